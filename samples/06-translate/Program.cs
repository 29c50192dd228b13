#:project ../../src/Weft.Tasks/Weft.Tasks.csproj
// Translates a text; the second best translations show how sure the model is.
// dotnet run samples/06-translate/Program.cs MODEL "TEXT" [SOURCE TARGET]
using Weft.Inference;
using Weft.Tasks;

using LanguageModel model = LanguageModel.Load(args[0]);
// Models for one pair of languages (opus-mt) are not told; M2M-100 and NLLB are.
Translator translator = new(model, new()
{
    SourceLanguage = args.ElementAtOrDefault(2),
    TargetLanguage = args.ElementAtOrDefault(3),
    Beams = 4,
    LengthPenalty = 1,
});
foreach (Hypothesis candidate in translator.Candidates(args[1]))
    Console.WriteLine($"{candidate.Score,8:F3}  {candidate.Text}");
