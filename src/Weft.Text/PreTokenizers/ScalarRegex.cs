using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Weft.Text.PreTokenizers;

/// <summary>
/// A regular expression that sees Unicode scalars. .NET matches UTF-16 units, so that <c>\p{L}</c> misses letters outside the
/// basic plane; here each such scalar is matched as one stand-in character of its own general category.
/// </summary>
/// <param name="pattern">In .NET's syntax.</param>
/// <param name="longestMatch">The time for one match; ten seconds when null.</param>
/// <param name="place">File and field of the pattern, for complaints.</param>
internal sealed class ScalarRegex(string pattern, TimeSpan? longestMatch = null, string place = "the tokenizer's pattern")
{
    // Ruby syntax, which Hugging Face tokenizers use, lets ^ and $ match at every line.
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.Multiline;

    // An alternative that no well-formed text matches: without one, .NET gives each length of a match of \s+ a state of its own, some microseconds for each.
    private const string Never = @"\uDC00\uDC00|";

    /// <summary>No text needs so long for one match unless the expression tries again and again what it has tried.</summary>
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(10);

    private readonly Regex _regex = Make(pattern, longestMatch ?? LongestMatch);

    /// <summary>Appends start and end of each match, in UTF-16 units of <paramref name="text"/>.</summary>
    /// <exception cref="InvalidDataException">The expression takes a time that grows too fast with the text.</exception>
    public void FindMatches(ReadOnlySpan<char> text, List<(int Start, int End)> matches)
    {
        try
        {
            FindAll(text, matches);
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new InvalidDataException($"{place} is '{pattern}', which found no match within {_regex.MatchTimeout.TotalSeconds} seconds in a text of "
                + $"{text.Length} characters; its time grows too fast with the text, so split the text or rewrite the pattern", error);
        }
    }

    // Without backtracking the time is proportional to the text; but lookaround and the like need it.
    private static Regex Make(string pattern, TimeSpan longest)
    {
        try
        {
            return new Regex(Never + pattern, Options | RegexOptions.NonBacktracking, longest);
        }
        catch (NotSupportedException)
        {
            return new Regex(pattern, Options | RegexOptions.Compiled, longest);
        }
    }

    private void FindAll(ReadOnlySpan<char> text, List<(int Start, int End)> matches)
    {
        if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            foreach (ValueMatch match in _regex.EnumerateMatches(text))
                matches.Add((match.Index, match.Index + match.Length));
            return;
        }
        var shadow = new char[text.Length];
        var offsets = new int[text.Length + 1];
        int length = 0, at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            shadow[length] = rune.IsBmp ? (char)rune.Value : StandIn(Rune.GetUnicodeCategory(rune));
            offsets[length++] = at;
            at += rune.Utf16SequenceLength;
        }
        offsets[length] = at;
        foreach (ValueMatch match in _regex.EnumerateMatches(shadow.AsSpan(0, length)))
            matches.Add((offsets[match.Index], offsets[match.Index + match.Length]));
    }

    // Rare characters without case partners in ASCII, so that a literal of a pattern does not match them by accident.
    private static char StandIn(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => '\u10A0',
        UnicodeCategory.LowercaseLetter => '\u0250',
        UnicodeCategory.TitlecaseLetter => '\u1F88',
        UnicodeCategory.ModifierLetter => '\uA015',
        UnicodeCategory.OtherLetter => '\uA000',
        UnicodeCategory.NonSpacingMark => '\uA8E0',
        UnicodeCategory.SpacingCombiningMark => '\uA823',
        UnicodeCategory.EnclosingMark => '\uA670',
        UnicodeCategory.DecimalDigitNumber => '\uA8D0',
        UnicodeCategory.LetterNumber => '\uA6E6',
        UnicodeCategory.OtherNumber => '\uA830',
        UnicodeCategory.ConnectorPunctuation => '\uFE33',
        UnicodeCategory.DashPunctuation => '\u1400',
        UnicodeCategory.OtherPunctuation => '\uA60D',
        UnicodeCategory.OpenPunctuation => '\u2E22',
        UnicodeCategory.ClosePunctuation => '\u2E23',
        UnicodeCategory.MathSymbol => '\u2A01',
        UnicodeCategory.CurrencySymbol => '\uA838',
        UnicodeCategory.ModifierSymbol => '\uA700',
        UnicodeCategory.OtherSymbol => '\uA490',
        UnicodeCategory.Format => '\u2061',
        UnicodeCategory.PrivateUse => '\uE000',
        _ => '\uFFFF',
    };
}
