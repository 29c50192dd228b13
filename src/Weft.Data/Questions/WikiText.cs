using System.Text;
using System.Text.RegularExpressions;

namespace Weft.Data;

/// <summary>
/// The form of WikiText (Merity et al. 2016, arXiv:1609.07843): headings between signs of equality, and words, marks and parts of numbers with blanks between them.
/// </summary>
internal static partial class WikiText
{
    /// <summary>The level of a heading, 1 for that of an article, and what it says; level 0 for a line that is none.</summary>
    public static (int Level, string Title) Heading(string line)
    {
        ReadOnlySpan<char> rest = line.AsSpan().Trim();
        int level = 0;
        for (; rest.Length > 4 && rest.StartsWith("= ") && rest.EndsWith(" ="); level++)
            rest = rest[2..^2];
        return level == 0 || rest.IndexOf('=') >= 0 ? (0, "") : (level, rest.Trim().ToString());
    }

    /// <summary>The line as it was before words and marks were taken apart; one that was not taken apart stays as it is.</summary>
    public static string Clean(string line)
    {
        if (!IsTakenApart().IsMatch(line))
            return line;
        var text = new StringBuilder(line.Length);
        // Marks that stand open, and whether the next word follows without a blank.
        bool quoted = false, single = false, joins = true;
        foreach (string word in Joined().Replace(line, "${mark}").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            bool closes = Closes().IsMatch(word), opens = word is "(" or "[" or "{" or "$" or "£" or "€" or "“" or "‘";
            if (word == "\"")
                (closes, opens, quoted) = (quoted, !quoted, !quoted);
            else if (word == "'" && !single && text.Length > 0 && text[^1] == 's')
                closes = true;
            else if (word == "'")
                (closes, opens, single) = (single, !single, !single);
            if (!joins && !closes)
                text.Append(' ');
            text.Append(word);
            joins = opens || word == "/";
        }
        return text.ToString();
    }

    [GeneratedRegex(@" @[-,.]@ | , |(?<! \.) \.\s*$")]
    private static partial Regex IsTakenApart();

    /// <summary>Hyphens and marks within numbers, which are between signs of their own; dashes between numbers.</summary>
    [GeneratedRegex(@" @(?<mark>[-,.])@ |(?<=\d) (?<mark>–) (?=\d)")]
    private static partial Regex Joined();

    /// <summary>What follows a word without a blank.</summary>
    [GeneratedRegex(@"^(?:[,.;:!?%)\]}/”’°]|\.\.\.|n't|'(?:s|re|ve|ll|d|m))$")]
    private static partial Regex Closes();
}
