namespace Weft.Data;

/// <summary>A question, the text that it is asked of, and the parts of that text that answer it.</summary>
/// <param name="Id">Tells questions of a file apart.</param>
/// <param name="Question">The question.</param>
/// <param name="Context">The text.</param>
/// <param name="Answers">What people marked; none where the text has no answer.</param>
/// <param name="Source">File and question, for messages.</param>
public sealed record ReadingQuestion(string Id, string Question, string Context, IReadOnlyList<MarkedAnswer> Answers, string Source)
{
    /// <summary>What the text is a part of, such as an article; texts of one are alike, so that none is judged by what was learnt from another.</summary>
    public string Article { get; init; } = Context;
}

/// <summary>A part of a text.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Start">Where it begins, counted in code points, as the files of SQuAD count.</param>
public sealed record MarkedAnswer(string Text, int Start)
{
    /// <summary>Where it stands in a text, in UTF-16 units; null where that text says something else there.</summary>
    public Range? In(string context)
    {
        ArgumentNullException.ThrowIfNull(context);
        int start = Place(context);
        return start >= 0 && context.AsSpan(start).StartsWith(Text, StringComparison.Ordinal) ? start..(start + Text.Length) : null;
    }

    /// <summary>What a text says where it should be, at most as many characters.</summary>
    public string Instead(string context)
    {
        ArgumentNullException.ThrowIfNull(context);
        int start = Place(context);
        return start < 0 ? "" : context.Substring(start, Math.Min(Text.Length, context.Length - start));
    }

    /// <summary>The UTF-16 unit; -1 for none.</summary>
    private int Place(string context)
    {
        int unit = 0, point = 0;
        for (; point < Start && unit < context.Length; point++)
            unit += char.IsSurrogatePair(context, unit) ? 2 : 1;
        return Start < 0 || point < Start ? -1 : unit;
    }
}
