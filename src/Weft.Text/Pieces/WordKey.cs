using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Weft.Text;

/// <summary>A word of 1 to 16 UTF-16 units, filled up with zeros, as one vector.</summary>
internal readonly struct WordKey
{
    /// <summary>UTF-16 units of the longest word.</summary>
    public const int Longest = 16;

    private WordKey(Vector256<ushort> units, int length) => (Units, Length) = (units, length);

    public Vector256<ushort> Units { get; }

    public int Length { get; }

    /// <summary>So many ones, then zeros, read from place 16 minus that many.</summary>
    private static ReadOnlySpan<ushort> Ones =>
    [
        0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    /// <param name="rest">The word and what comes after it: with that it is read at once.</param>
    /// <param name="length">Units of the word, 1 to <see cref="Longest"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordKey Of(ReadOnlySpan<char> rest, int length)
    {
        if (rest.Length < Longest)
            return OfEnd(rest[..length]);
        Vector256<ushort> units = Vector256.LoadUnsafe(ref Unsafe.As<char, ushort>(ref MemoryMarshal.GetReference(rest)));
        return new WordKey(units & Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(Ones), (nuint)(Longest - length)), length);
    }

    /// <summary>A number of so many bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Hash(int bits)
    {
        Vector256<ulong> units = Units.AsUInt64();
        ulong mixed = (units[0] * 0x9E3779B97F4A7C15) ^ ulong.RotateLeft(units[1] * 0xC2B2AE3D27D4EB4F, 31)
            ^ (units[2] * 0x165667B19E3779F9) ^ ulong.RotateLeft(units[3] * 0x27D4EB2F165667C5, 17);
        return (int)(((mixed ^ (mixed >> 29)) * 0xD6E8FEB86659FD93) >> (64 - bits));
    }

    private static WordKey OfEnd(ReadOnlySpan<char> word)
    {
        Span<char> filled = stackalloc char[Longest];
        filled.Clear();
        word.CopyTo(filled);
        return new WordKey(Vector256.LoadUnsafe(ref Unsafe.As<char, ushort>(ref filled[0])), word.Length);
    }
}
