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
/// <param name="rest">The text, and what else can be read after it in the same buffer.</param>
/// <param name="length">Units of the text.</param>
/// <param name="origins">One per unit of the text, or none.</param>
/// <param name="isFirst">Nothing of the original text stands before the piece.</param>
internal readonly ref struct Piece(ReadOnlySpan<char> rest, int length, ReadOnlySpan<Origin> origins, bool isFirst)
{
    /// <summary>A piece that does not know where it comes from.</summary>
    public Piece(ReadOnlySpan<char> text) : this(text, text.Length, default, isFirst: true)
    {
    }

    /// <summary>Begins with <see cref="Text"/>. What comes after is there only to be read along with it in one vector.</summary>
    public ReadOnlySpan<char> Rest { get; } = rest;

    public int Length { get; } = length;

    public ReadOnlySpan<char> Text => Rest[..Length];

    public ReadOnlySpan<Origin> Origins { get; } = origins;

    public bool IsFirst { get; } = isFirst;

    public bool IsTracked => !Origins.IsEmpty;

    public Piece Slice(int start, int length) =>
        new(Rest[start..], Text.Slice(start, length).Length, Origins.IsEmpty ? default : Origins.Slice(start, length), IsFirst && start == 0);

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
