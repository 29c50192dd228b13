namespace Weft.Text;

/// <summary>The part of the original text that something stands for, in UTF-16 units: [Start, End).</summary>
internal readonly record struct Origin(int Start, int End)
{
    /// <summary>From the start of this to the end of a later one.</summary>
    public Origin To(Origin last) => new(Start, Math.Max(End, last.End));
}

/// <summary>
/// A stretch of text on its way to the model. Where offsets are wanted each UTF-16 unit carries the part of the original text that
/// it comes from; otherwise there are no origins, and nothing is spent on them.
/// </summary>
/// <param name="text">The text.</param>
/// <param name="origins">One per unit of the text, or none.</param>
/// <param name="isFirst">Nothing of the original text stands before the piece.</param>
internal readonly ref struct Piece(ReadOnlySpan<char> text, ReadOnlySpan<Origin> origins, bool isFirst)
{
    /// <summary>A piece that does not know where it comes from.</summary>
    public Piece(ReadOnlySpan<char> text) : this(text, default, isFirst: true)
    {
    }

    public ReadOnlySpan<char> Text { get; } = text;

    public ReadOnlySpan<Origin> Origins { get; } = origins;

    public bool IsFirst { get; } = isFirst;

    public int Length => Text.Length;

    public bool IsTracked => !Origins.IsEmpty;

    public Piece Slice(int start, int length) =>
        new(Text.Slice(start, length), Origins.IsEmpty ? default : Origins.Slice(start, length), IsFirst && start == 0);

    /// <summary>Where the units [start, end) come from; nowhere when the piece is not tracked.</summary>
    public Origin OriginOf(int start, int end) =>
        Origins.IsEmpty ? default : start < end ? Origins[start].To(Origins[end - 1]) : EmptyAt(start);

    // Between two units: after the one before.
    private Origin EmptyAt(int at)
    {
        int place = at > 0 ? Origins[at - 1].End : Origins[0].Start;
        return new Origin(place, place);
    }
}
