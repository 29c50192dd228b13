using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>Texts filled up to a width in code points.</summary>
internal static class TextPadding
{
    public static string Blanks(Budget budget, int count) => Fill(budget, " ", count);

    /// <summary>A character so many times.</summary>
    public static string Fill(Budget budget, string character, int count)
    {
        count = Math.Max(0, count);
        budget.SpendText((long)count * character.Length);
        return character.Length == 1 ? new string(character[0], count) : string.Concat(Enumerable.Repeat(character, count));
    }

    /// <summary><c>str.center</c>: an odd blank goes to the left when the width is odd, as in CPython.</summary>
    public static string Center(Budget budget, string text, int width, string character = " ")
    {
        int missing = Missing(text, width);
        int left = missing / 2 + (missing & width & 1);
        return missing == 0 ? text : Fill(budget, character, left) + text + Fill(budget, character, missing - left);
    }

    /// <summary>Blanks that a text lacks to a width.</summary>
    public static int Missing(string text, int width) => (int)Math.Max(0, (long)width - CodePoints.Count(text));
}
