using Weft.Text;

namespace Weft.Training.Objectives;

/// <summary>Which tokens of a window answer a question, and which ones might. Legend: T tokens of the window.</summary>
/// <param name="Start">Index of the answer's first token; 0, the token before the question, where the window does not hold it whole.</param>
/// <param name="End">Index of its last token; likewise 0.</param>
/// <param name="First">Index of the first token of the text.</param>
/// <param name="Last">Index of its last token.</param>
public readonly record struct SpanTarget(int Start, int End, int First, int Last)
{
    /// <summary>Numbers of <see cref="ToValues"/>.</summary>
    internal const int Count = 4;

    /// <summary>Tokens that may begin or end an answer: those of the text, and the one that says that there is none.</summary>
    internal int Candidates => Last - First + 2;

    /// <summary>Of a window of a question and a text.</summary>
    /// <param name="window">[T], the text as the second sequence.</param>
    /// <param name="answer">Where it stands in the text, in UTF-16 units; null for no answer.</param>
    /// <returns>Null where the tokenizer makes no token of the answer.</returns>
    public static SpanTarget? Of(EncodedText window, (int Start, int End)? answer)
    {
        ArgumentNullException.ThrowIfNull(window);
        int first = Array.IndexOf(window.Sequences, 1), last = Array.LastIndexOf(window.Sequences, 1);
        var none = new SpanTarget(0, 0, first, last);
        if (answer is not (var from, var to) || window.Offsets[first].Start.Value > from || window.Offsets[last].End.Value < to)
            return none;
        int start = Array.FindIndex(window.Offsets, first, last - first + 1, offset => offset.End.Value > from);
        int end = Array.FindLastIndex(window.Offsets, last, last - first + 1, offset => offset.Start.Value < to);
        return start < 0 || end < start ? null : none with { Start = start, End = end };
    }

    /// <summary>As a batch keeps it; places are far below 2^24, up to which fp32 has every whole number.</summary>
    internal float[] ToValues() => [Start, End, First, Last];

    /// <summary>Reads what <see cref="ToValues"/> wrote.</summary>
    internal static SpanTarget Read(ReadOnlySpan<float> values) => new((int)values[0], (int)values[1], (int)values[2], (int)values[3]);

    /// <summary>The place of a token among the candidates, the first of which says that there is no answer.</summary>
    internal long Candidate(int token) => token == 0 ? 0 : token - First + 1;

    /// <summary>The token of a candidate.</summary>
    internal int Token(int candidate) => candidate == 0 ? 0 : First + candidate - 1;
}
