namespace Weft.Tasks;

/// <summary>A part of the context that may answer the question.</summary>
/// <param name="Text">The part itself.</param>
/// <param name="Start">Where it begins in the context, in UTF-16 units.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Score">The logit of its first token as a beginning and that of its last as an end, added.</param>
/// <param name="Probability">Among the answers that were kept, and no answer where there is a score of it.</param>
public sealed record Answer(string Text, int Start, int End, double Score, double Probability);

/// <summary>What was found in a context.</summary>
/// <param name="Candidates">The best answers, the best first; empty where the context is.</param>
/// <param name="NoAnswerScore">
/// Of the token before all others, such as [CLS], as beginning and end, the least of all windows; null where the tokenizer puts none there.
/// </param>
/// <param name="NoAnswerProbability">That of no answer; null likewise.</param>
public sealed record AnswerSearch(IReadOnlyList<Answer> Candidates, double? NoAnswerScore, double? NoAnswerProbability)
{
    /// <summary>The answer; null where there is none, or where the options allow for none and that is likelier.</summary>
    public Answer? Best { get; internal init; }
}
