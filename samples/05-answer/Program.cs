#:project ../../src/Weft.Tasks/Weft.Tasks.csproj
// Answers a question by a part of a file, however long it is.
// dotnet run samples/05-answer/Program.cs MODEL FILE "QUESTION"
using Weft.Tasks;

using LanguageModel model = LanguageModel.Load(args[0]);
string context = File.ReadAllText(args[1]);
QuestionAnswerer answerer = new(model, new() { Long = LongInput.Stride, AllowNoAnswer = true });
AnswerSearch found = answerer.Answer(args[2], context);
Console.WriteLine(found.Best is { } best ? $"{best.Text} ({best.Probability:P1})" : $"no answer ({found.NoAnswerProbability:P1})");
foreach (Answer other in found.Candidates.Take(3))
{
    // Offsets are those of the text as it was given, so the place can be shown.
    int from = Math.Max(0, other.Start - 30), to = Math.Min(context.Length, other.End + 30);
    Console.WriteLine($"  {other.Probability,6:P1}  …{context[from..other.Start]}[{other.Text}]{context[other.End..to]}…".ReplaceLineEndings(" "));
}
