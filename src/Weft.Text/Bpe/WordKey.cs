using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Text.Bpe;

/// <summary>
/// A word of 1 to 16 UTF-16 units in four numbers. Longer and shorter words are read from both ends, so that no unit before or after
/// them is touched: a word of six units gives the first four and the last four.
/// </summary>
internal readonly struct WordKey
{
    /// <summary>UTF-16 units of the longest word.</summary>
    public const int Longest = 16;

    private WordKey(int length, WordUnits units) => (Length, Units) = (length, units);

    public int Length { get; }

    public WordUnits Units { get; }

    /// <param name="word">1 to <see cref="Longest"/> units.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordKey Of(ReadOnlySpan<char> word)
    {
        ref byte first = ref Unsafe.As<char, byte>(ref MemoryMarshal.GetReference(word));
        ref byte end = ref Unsafe.Add(ref first, word.Length * sizeof(char));
        WordUnits units = word.Length switch
        {
            > 8 => new(Read(ref first, 0), Read(ref first, 8), Read(ref end, -16), Read(ref end, -8)),
            >= 4 => new(Read(ref first, 0), Read(ref end, -8), 0, 0),
            >= 2 => new(Unsafe.ReadUnaligned<uint>(ref first), Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref end, -4)), 0, 0),
            _ => new(word[0], 0, 0, 0),
        };
        return new WordKey(word.Length, units);
    }

    /// <summary>A number of so many bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Hash(int bits)
    {
        ulong mixed = (Units.A * 0x9E3779B97F4A7C15) ^ ulong.RotateLeft(Units.B * 0xC2B2AE3D27D4EB4F, 31) ^ (Units.C * 0x165667B19E3779F9) ^ (Units.D + (uint)Length);
        return (int)(((mixed ^ (mixed >> 29)) * 0xD6E8FEB86659FD93) >> (64 - bits));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Read(ref byte origin, int offset) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref origin, offset));
}

/// <summary>The units of a word as numbers.</summary>
internal readonly struct WordUnits(ulong a, ulong b, ulong c, ulong d)
{
    public readonly ulong A = a, B = b, C = c, D = d;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Equals(in WordUnits other) => ((A ^ other.A) | (B ^ other.B) | (C ^ other.C) | (D ^ other.D)) == 0;
}
