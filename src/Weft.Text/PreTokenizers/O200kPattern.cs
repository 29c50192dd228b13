using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static Weft.Text.PreTokenizers.CharacterClass;

namespace Weft.Text.PreTokenizers;

/// <summary>
/// The pattern of o200k, which cuts inside of words where a capital follows a small letter, and of Tekken, which has single digits and
/// keeps contractions apart. U is <c>[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]</c> and W is <c>[\p{Ll}\p{Lm}\p{Lo}\p{M}]</c> in
/// <c>[^\r\n\p{L}\p{N}]?U*W+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?U+W*(?i:…)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
/// </summary>
/// <param name="digits">The most digits of a piece.</param>
/// <param name="contractions">A word takes its contraction with it.</param>
internal readonly struct O200kPattern(int digits, bool contractions) : IScanner
{
    public int MatchLength(ReadOnlySpan<char> text)
    {
        if (AsciiWordEnd(text) is int asciiEnd and > 0)
            return contractions && text[asciiEnd] == '\'' ? asciiEnd + Contraction.LengthInAnyCase(text[asciiEnd..]) : asciiEnd;
        byte first = At(text, 0, out int width);
        if (WordEnd(text, first, width) is int end and > 0)
            return contractions ? end + Contraction.LengthInAnyCase(text[end..]) : end;
        if ((first & Number) != 0)
            return Cl100kPattern.NumbersEnd(text, width, digits);
        byte second = width < text.Length ? At(text, width, out _) : Space;
        return (first & Space) == 0 ? Cl100kPattern.SymbolsEnd(text, width, "/")
            : text[0] == ' ' && (second & Word) == 0 ? Cl100kPattern.SymbolsEnd(text, 1, "/")
            : Cl100kPattern.SpacesEnd(text);
    }

    /// <summary>
    /// The end of a short word of ASCII that ends in small letters before another character of ASCII, perhaps with one character before it: most
    /// words are such. 0 for all other text.
    /// </summary>
    private static int AsciiWordEnd(ReadOnlySpan<char> text)
    {
        if (text.Length <= Vector256<ushort>.Count)
            return 0;
        int start = text[0] is ' ' or '"' or '(' ? 1 : 0;
        Vector256<ushort> units = Vector256.LoadUnsafe(ref Unsafe.As<char, ushort>(ref MemoryMarshal.GetReference(text)), (nuint)start);
        uint upper = Vector256.LessThan(units - Vector256.Create((ushort)'A'), Vector256.Create((ushort)26)).ExtractMostSignificantBits();
        uint lower = Vector256.LessThan(units - Vector256.Create((ushort)'a'), Vector256.Create((ushort)26)).ExtractMostSignificantBits();
        int capitals = BitOperations.TrailingZeroCount(~upper), letters = BitOperations.TrailingZeroCount(~(lower >> capitals));
        int end = start + capitals + letters;
        return letters > 0 && end < text.Length && capitals + letters < Vector256<ushort>.Count && char.IsAscii(text[end]) ? end : 0;
    }

    /// <summary>
    /// The end of a word, or 0. One that ends in W goes before one that does not, one with a character before it before one without.
    /// </summary>
    private static int WordEnd(ReadOnlySpan<char> text, byte first, int width)
    {
        bool mayStandBefore = (first & (Letter | Number | LineBreak)) == 0;
        int upper = 0;
        int end = mayStandBefore ? LowerEnd(text, width, out upper) : 0;
        if (end == 0)
            end = LowerEnd(text, 0, out int upperWithout) is int without and > 0 ? without : mayStandBefore && upper > width ? upper : upperWithout;
        return end;
    }

    /// <summary>The end of <c>U*W+</c>, or 0.</summary>
    private static int LowerEnd(ReadOnlySpan<char> text, int start, out int upper)
    {
        upper = start;
        int both = 0;
        while (upper < text.Length && At(text, upper, out int width) is byte classes && (classes & Upper) != 0)
        {
            upper += width;
            if ((classes & Lower) != 0)
                both = upper;
        }
        int end = RunEnd(text, upper, Lower, Lower);
        // Without a small letter after the capitals, W takes back the last of them that it may.
        return end > upper ? end : both;
    }
}
