#:project ../../src/Weft.Tasks/Weft.Tasks.csproj
// Fills the gap in a file of code, marked by a line "// ...".
// dotnet run samples/08-complete/Program.cs MODEL FILE
using Weft.Tasks;

using LanguageModel model = LanguageModel.Load(args[0]);
string[] sides = File.ReadAllText(args[1]).Split("// ...", 2);
CodeCompleter completer = new(model, new() { MaximumTokens = 200, Long = LongInput.Truncate });
CodeCompletion completion = completer.Complete(sides[0], sides.ElementAtOrDefault(1) ?? "");
if (sides.Length == 2 && !completion.FillsGap)
    Console.Error.WriteLine("this model has no tokens for gaps: it has seen only what stands before it");
Console.WriteLine(sides[0] + completion.Text + sides.ElementAtOrDefault(1));
