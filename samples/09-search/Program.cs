#:project ../../src/Weft.Tasks/Weft.Tasks.csproj
// Finds the lines of a file that mean most nearly what is asked, by their vectors.
// dotnet run samples/09-search/Program.cs MODEL FILE "QUESTION"
using Microsoft.Extensions.AI;
using Weft.Tasks;

using LanguageModel model = LanguageModel.Load(args[0]);
using IEmbeddingGenerator<string, Embedding<float>> embedder = new TextEmbedder(model, new() { Normalize = true, Long = LongInput.Truncate });
string[] lines = [.. File.ReadLines(args[1]).Where(line => line.Length > 0)];
GeneratedEmbeddings<Embedding<float>> vectors = await embedder.GenerateAsync(lines);
ReadOnlyMemory<float> question = (await embedder.GenerateAsync([args[2]]))[0].Vector;

// Vectors of length 1: the product is the cosine.
float Cosine(Embedding<float> one) => one.Vector.ToArray().Zip(question.ToArray(), (x, y) => x * y).Sum();
foreach ((string line, float score) in lines.Zip(vectors.Select(Cosine)).OrderByDescending(pair => pair.Second).Take(5))
    Console.WriteLine($"{score,6:F3}  {line}");
