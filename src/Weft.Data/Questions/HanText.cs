namespace Weft.Data;

/// <summary>What is different about Chinese: no blanks between words, and marks of its own.</summary>
internal static class HanText
{
    /// <summary>A character of Chinese.</summary>
    public static bool IsHan(char c) => c is (>= '\u4E00' and <= '\u9FFF') or (>= '\u3400' and <= '\u4DBF') or '\u3007';

    /// <summary>A mark as wide as a character, behind which no blank stands.</summary>
    public static bool IsWideMark(char c) => c is (>= '\u3000' and <= '\u3006') or (>= '\u3008' and <= '\u303F') or (>= '\uFF00' and <= '\uFF60');

    /// <summary>A character of Chinese or such a mark.</summary>
    public static bool IsWide(char c) => IsHan(c) || IsWideMark(c);

    /// <summary>More than a third is Chinese, a word of another script counting as two characters: names alone make no English of it.</summary>
    public static bool IsChinese(ReadOnlySpan<char> text) => 3 * HanCount(text) > Size(text);

    /// <summary>Length in half words: two for what stands between blanks, one for a character of Chinese.</summary>
    public static int Size(ReadOnlySpan<char> text)
    {
        int size = 0;
        bool within = false;
        foreach (char c in text)
        {
            bool letter = char.IsLetterOrDigit(c), han = IsHan(c);
            size += han ? 1 : letter && !within ? 2 : 0;
            within = !han && (letter || (within && !char.IsWhiteSpace(c)));
        }
        return size;
    }

    private static int HanCount(ReadOnlySpan<char> text)
    {
        int count = 0;
        foreach (char c in text)
            count += IsHan(c) ? 1 : 0;
        return count;
    }
}
