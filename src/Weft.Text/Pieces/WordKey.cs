using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Weft.Text;

/// <summary>
/// A short word in 16 bytes, and a number that says what they are: the lower halves of its units where the upper halves follow from a number, as they
/// do when the word is of one alphabet, or else whole units. Words with equal keys are equal.
/// </summary>
internal readonly struct WordKey
{
    /// <summary>UTF-16 units of the longest word.</summary>
    public const int Longest = 16;

    /// <summary>Longest of those whose upper halves follow no rule.</summary>
    private const int LongestWhole = 8;

    // The number: length - 1, four bits; upper half of the first unit, eight; the other upper half there is beside zero, eight; where that is, sixteen; whole units, one.
    private const int FirstShift = 4, OtherShift = 12, PlacesShift = 20, WholeShift = 36;

    private WordKey(Vector128<byte> letters, ulong shape) => (Letters, Shape) = (letters, shape);

    public Vector128<byte> Letters { get; }

    /// <summary>At most 37 bits.</summary>
    public ulong Shape { get; }

    /// <summary>So many ones, then zeros, read from place 16 minus that many.</summary>
    private static ReadOnlySpan<ushort> Ones =>
    [
        0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    /// <summary>False where the word does not fit.</summary>
    /// <param name="rest">The word and what comes after it: with that it is read at once.</param>
    /// <param name="length">Units of the word, at least one.</param>
    /// <param name="key">The word.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryMake(ReadOnlySpan<char> rest, int length, out WordKey key)
    {
        key = default;
        if (length > Longest)
            return false;
        Vector256<ushort> units = rest.Length < Longest ? OfEnd(rest[..length])
            : Vector256.LoadUnsafe(ref Unsafe.As<char, ushort>(ref MemoryMarshal.GetReference(rest))) & Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(Ones), (nuint)(Longest - length));
        if ((units & Vector256.Create((ushort)0xFF00)) != default)
            return TryMakeWide(units, length, out key);
        key = new WordKey(Vector128.Narrow(units.GetLower(), units.GetUpper()), (uint)length - 1);
        return true;
    }

    /// <summary>A number of so many bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Hash(int bits)
    {
        Vector128<ulong> letters = Letters.AsUInt64();
        ulong mixed = (letters[0] * 0x9E3779B97F4A7C15) ^ ulong.RotateLeft(letters[1] * 0xC2B2AE3D27D4EB4F, 31) ^ Shape;
        return (int)(((mixed ^ (mixed >> 29)) * 0xD6E8FEB86659FD93) >> (64 - bits));
    }

    private static bool TryMakeWide(Vector256<ushort> units, int length, out WordKey key)
    {
        Vector256<ushort> upper = units >>> 8;
        ulong first = upper[0];
        upper = upper.WithElement(0, (ushort)0);
        uint places = (~Vector256.Equals(upper, default)).ExtractMostSignificantBits();
        ushort other = upper[System.Numerics.BitOperations.TrailingZeroCount(places | 1u << (Longest - 1))];
        ulong shape = (uint)length - 1;
        if (Vector256.Equals(upper, Vector256.Create(other)).ExtractMostSignificantBits() is uint same && (places & ~same) == 0)
            key = new WordKey(Vector128.Narrow(units.GetLower() & Vector128.Create((ushort)0xFF), units.GetUpper() & Vector128.Create((ushort)0xFF)),
                shape | first << FirstShift | (ulong)other << OtherShift | (ulong)places << PlacesShift);
        else if (length <= LongestWhole)
            key = new WordKey(units.GetLower().AsByte(), shape | 1UL << WholeShift);
        else
            key = default;
        return key.Shape != 0;
    }

    private static Vector256<ushort> OfEnd(ReadOnlySpan<char> word)
    {
        Span<char> filled = stackalloc char[Longest];
        filled.Clear();
        word.CopyTo(filled);
        return Vector256.LoadUnsafe(ref Unsafe.As<char, ushort>(ref filled[0]));
    }
}
