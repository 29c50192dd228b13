namespace Weft.Tasks;

/// <summary>A set of bytes.</summary>
/// <param name="Low">A bit for each byte below 128.</param>
/// <param name="High">A bit for each byte from 128 on.</param>
internal readonly record struct ByteSet(UInt128 Low, UInt128 High)
{
    private const int Half = 128;

    public static ByteSet operator |(ByteSet a, ByteSet b) => new(a.Low | b.Low, a.High | b.High);

    /// <summary>Those from one byte to another, both included.</summary>
    public static ByteSet Range(int first, int last)
    {
        ByteSet set = default;
        for (int value = first; value <= last; value++)
            set |= value < Half ? new(UInt128.One << value, 0) : new(0, UInt128.One << (value - Half));
        return set;
    }

    /// <summary>Those that some characters of ASCII are.</summary>
    public static ByteSet Of(ReadOnlySpan<char> characters)
    {
        ByteSet set = default;
        foreach (char character in characters)
            set |= Range(character, character);
        return set;
    }

    public bool Contains(byte value) => ((value < Half ? Low >> value : High >> (value - Half)) & 1) != 0;

    /// <summary>Those that are not in another set.</summary>
    public ByteSet Except(ByteSet other) => new(Low & ~other.Low, High & ~other.High);
}
