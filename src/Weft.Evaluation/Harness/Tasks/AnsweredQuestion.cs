using Weft.Evaluation.Harness.Code;
using Weft.Evaluation.Harness.Requests;

namespace Weft.Evaluation.Harness.Tasks;

/// <summary>A question and what the model answered.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="Scores">Of each alternative; of the continuation or of the whole text one; none of a generation.</param>
/// <param name="Text">What the model wrote; empty where nothing was to be written.</param>
public sealed record AnsweredQuestion(Question Question, IReadOnlyList<ScoredText> Scores, string Text = "")
{
    /// <summary>How its program ended; null where there is none.</summary>
    public CodeOutcome? Outcome { get; init; }

    /// <summary>The index of the likeliest alternative, the first where several are.</summary>
    /// <param name="measure">Takes log-likelihood and alternative.</param>
    /// <param name="begin">Of the alternatives that compete.</param>
    /// <param name="end">Behind them; null for all.</param>
    internal int Best(Func<double, Alternative, double> measure, int begin = 0, int? end = null)
    {
        IReadOnlyList<Alternative> items = ((Question.Alternatives)Question).Items;
        return Enumerable.Range(begin, (end ?? items.Count) - begin).MaxBy(i => measure(Scores[i].LogLikelihood, items[i]));
    }
}
