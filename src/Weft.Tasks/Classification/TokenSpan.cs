namespace Weft.Tasks;

/// <summary>A token of a text and its likeliest label.</summary>
/// <param name="Label">As the model's config names it, such as <c>B-PER</c>.</param>
/// <param name="Start">Where the token begins in the text, in UTF-16 units.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Probability">From 0 to 1.</param>
public sealed record TokenLabel(string Label, int Start, int End, float Probability);

/// <summary>A part of a text that a model labelled as one thing, such as a name.</summary>
/// <param name="Label">What it is, without the mark of beginnings and insides.</param>
/// <param name="Text">The part itself.</param>
/// <param name="Start">Where it begins in the text, in UTF-16 units.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Probability">The mean of those of its tokens.</param>
public sealed record TokenSpan(string Label, string Text, int Start, int End, float Probability)
{
    /// <summary>Tokens that are no part of anything.</summary>
    private const string Outside = "O";

    /// <summary>
    /// Joins the labels of a text's tokens: neighbours of one label make one span, which <c>B-</c> begins anew, and <c>O</c> makes none. What Transformers
    /// calls the simple strategy.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="labels">Of its tokens, in their order.</param>
    public static IReadOnlyList<TokenSpan> Join(string text, IReadOnlyList<TokenLabel> labels)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(labels);
        List<TokenSpan> spans = [];
        for (int first = 0, end; first < labels.Count; first = end)
        {
            string kind = KindOf(labels[first].Label);
            for (end = first + 1; end < labels.Count && KindOf(labels[end].Label) == kind && !Begins(labels[end].Label);)
                end++;
            (int from, int to) = (labels[first].Start, labels[end - 1].End);
            // Tokens of some tokenizers hold the space before them.
            while (from < to && char.IsWhiteSpace(text[from]))
                from++;
            while (to > from && char.IsWhiteSpace(text[to - 1]))
                to--;
            if (kind != Outside)
                spans.Add(new(kind, text[from..to], from, to, labels.Skip(first).Take(end - first).Average(label => label.Probability)));
        }
        return spans;
    }

    private static bool Begins(string label) => label.StartsWith("B-", StringComparison.Ordinal);

    private static string KindOf(string label) => Begins(label) || label.StartsWith("I-", StringComparison.Ordinal) ? label[2..] : label;
}
