#:project ../../src/Weft.Text/Weft.Text.csproj
// Trains a tokenizer, saves it, loads it again and looks at what it makes of a sentence.
// dotnet run samples/01-tokenize/Program.cs [TEXT FILES]
using Weft.Text;

string[] documents = args.Length > 0
    ? [.. args.Select(File.ReadAllText)]
    : [.. Enumerable.Range(0, 50).Select(i => $"The weaver of cloth number {i} weaves a thread, then another thread.")];

Tokenizer trained = ByteLevelBpeTrainer.Train(documents, new BpeTrainerOptions { VocabularySize = 400, SpecialTokens = ["<|endoftext|>"] });
string folder = Directory.CreateTempSubdirectory("weft-sample-").FullName;
trained.Save(folder);

// Any tokenizer's file or folder can stand here; its content says what it is.
Tokenizer tokenizer = Tokenizer.Load(folder);
Console.WriteLine($"{tokenizer.Components.Model}, {tokenizer.VocabularySize} tokens");

const string Sentence = "The weaver's new thread: 日本 😀";
foreach (EncodedToken token in tokenizer.EncodeToTokens(Sentence))
    Console.WriteLine($"{token.Id,5}  {token.Value,-12} {token.Offset,-8} '{Sentence[token.Offset]}'");

// The way back, one id at a time, as a model would give them: no piece holds a part of a character.
Detokenizer detokenizer = tokenizer.CreateDetokenizer();
foreach (int id in tokenizer.EncodeToIds(Sentence))
    Console.Write($"[{detokenizer.Append(id)}]");
Console.WriteLine($"[{detokenizer.Flush()}]");

// Text from outside cannot pretend to be structure, unless it may.
Console.WriteLine(string.Join(',', tokenizer.EncodeToIds("<|endoftext|>")));
Console.WriteLine(string.Join(',', tokenizer.EncodeToIds("<|endoftext|>", parseSpecialTokens: true)));

Directory.Delete(folder, recursive: true);
