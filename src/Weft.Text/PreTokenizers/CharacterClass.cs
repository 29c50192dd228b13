using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace Weft.Text.PreTokenizers;

/// <summary>
/// What patterns ask of a Unicode scalar: <c>\p{L}</c>, <c>\p{N}</c>, <c>\s</c>, <c>[\r\n]</c>, and the two halves of a word of which
/// letters without case and marks belong to both. A table for the basic plane, the general category for the rest.
/// </summary>
internal static class CharacterClass
{
    public const byte Letter = 1, Number = 2, Space = 4, LineBreak = 8;

    /// <summary>Upper: Lu, Lt, Lm, Lo, M. Lower: Ll, Lm, Lo, M.</summary>
    public const byte Upper = 16, Lower = 32;

    /// <summary>Symbols, and all else that is neither letter nor number nor space, have none of these.</summary>
    public const byte Word = Letter | Number | Space;

    private const byte Half = 64;

    private static readonly byte[] BasicPlane = ClassifyBasicPlane();

    /// <summary>The classes of the scalar at a place in well-formed text, and its UTF-16 units.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte At(ReadOnlySpan<char> text, int at, out int width)
    {
        byte classes = BasicPlane[text[at]];
        width = 1;
        return classes == Half ? BeyondBasicPlane(text, at, out width) : classes;
    }

    /// <summary>The end of the scalars from a place on of whose classes those in <paramref name="mask"/> are <paramref name="wanted"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int RunEnd(ReadOnlySpan<char> text, int at, byte mask, byte wanted)
    {
        while (at < text.Length && (At(text, at, out int width) & mask) == wanted)
            at += width;
        return at;
    }

    /// <summary>The end of the letters from a place on: of those of ASCII sixteen at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LettersEnd(ReadOnlySpan<char> text, int at)
    {
        if (text.Length - at >= Vector256<ushort>.Count)
        {
            at += AsciiLetters(text, at);
            if (at < text.Length && (BasicPlane[text[at]] & (Letter | Half)) == 0)
                return at;
        }
        return RunEnd(text, at, Letter, Letter);
    }

    /// <summary>How many of the sixteen units from a place on are letters of ASCII before the first that is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int AsciiLetters(ReadOnlySpan<char> text, int at)
    {
        Vector256<ushort> units = Vector256.LoadUnsafe(ref Unsafe.As<char, ushort>(ref MemoryMarshal.GetReference(text)), (nuint)at);
        Vector256<ushort> letters = Vector256.LessThan((units | Vector256.Create((ushort)0x20)) - Vector256.Create((ushort)'a'), Vector256.Create((ushort)26));
        return BitOperations.TrailingZeroCount(~letters.ExtractMostSignificantBits());
    }

    private static byte BeyondBasicPlane(ReadOnlySpan<char> text, int at, out int width)
    {
        _ = Rune.DecodeFromUtf16(text[at..], out Rune rune, out width);
        return Classify(Rune.GetUnicodeCategory(rune));
    }

    private static byte Classify(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => Letter | Upper,
        UnicodeCategory.LowercaseLetter => Letter | Lower,
        UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Letter | Upper | Lower,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => Upper | Lower,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Number,
        _ => 0,
    };

    private static byte[] ClassifyBasicPlane()
    {
        byte[] classes = new byte[char.MaxValue + 1];
        for (int c = 0; c < classes.Length; c++)
            classes[c] = char.IsSurrogate((char)c) ? Half
                : (char)c is '\r' or '\n' ? (byte)(Space | LineBreak)
                : char.IsWhiteSpace((char)c) ? Space : Classify(CharUnicodeInfo.GetUnicodeCategory((char)c));
        return classes;
    }
}
