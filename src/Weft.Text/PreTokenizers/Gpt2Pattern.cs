using static Weft.Text.PreTokenizers.CharacterClass;

namespace Weft.Text.PreTokenizers;

/// <summary>
/// GPT-2's splitting pattern as a scanner (Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"):
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>. It classifies whole Unicode scalars,
/// where a .NET Regex sees the two halves of a letter outside the basic plane as symbols.
/// </summary>
internal readonly struct Gpt2Pattern : IScanner
{
    public const string Text = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    int IScanner.MatchLength(ReadOnlySpan<char> text) => MatchLength(text);

    /// <summary>
    /// Length of the match at the start of <paramref name="text"/>, which is not empty. Matches cover all text.
    /// </summary>
    public static int MatchLength(ReadOnlySpan<char> text)
    {
        int at = text[0] == ' ' && text.Length > 1 ? 1 : 0;
        byte kind = (byte)(At(text, at, out int width) & Word);
        if (kind == Letter)
            return LettersEnd(text, at + width);
        if (kind != Space)
            return text[0] == '\'' && Contraction.Length(text) is int contraction and > 0 ? contraction : RunEnd(text, at + width, Word, kind);
        return Spaces.Length(text, RunEnd(text, at + width, Space, Space));
    }
}

/// <summary>White space as GPT-2's pattern and its heirs split it: <c>\s+(?!\S)|\s+</c>.</summary>
internal static class Spaces
{
    /// <summary>Of the white space before a word the last character is left over: a space joins the word.</summary>
    /// <param name="text">Begins with white space.</param>
    /// <param name="end">The end of the white space, all of it in the basic plane.</param>
    public static int Length(ReadOnlySpan<char> text, int end) => end == text.Length || end == 1 ? end : end - 1;
}
