#:project ../../src/Weft.Tasks/Weft.Tasks.csproj
// Labels texts with a classifier: of sequences, such as a sentiment, or of tokens, such as names.
// dotnet run samples/04-classify/Program.cs MODEL "TEXT"...
using Weft.Model.Spec;
using Weft.Tasks;

using LanguageModel model = LanguageModel.Load(args[0]);
// A long text is read in windows here; without a policy it would be refused.
TextClassificationOptions options = new() { Long = LongInput.Stride };
foreach (string text in args[1..])
{
    Console.WriteLine(text);
    if (model.Spec.Head is HeadSpec.TokenClassification)
    {
        foreach (TokenSpan span in new TokenClassifier(model, options).Find(text))
            Console.WriteLine($"  {span.Label,-8} {span.Start,4}..{span.End,-4} {span.Probability:P1}  {span.Text}");
        continue;
    }
    Classification found = new TextClassifier(model, options).Classify(text);
    // Labels that do not exclude each other are chosen by a threshold.
    IEnumerable<LabelScore> chosen = found.Kind == LabelKind.Independent ? found.Above(0.5f) : found.Scores.Take(3);
    foreach (LabelScore score in chosen)
        Console.WriteLine($"  {score.Name,-20} {score.Probability:P1}");
}
