using System.Text;
using Weft.Evaluation.Metrics.Text;

namespace Weft.Evaluation.Metrics.Ter;

/// <summary>Takes lines apart as Tercom's normalizer does, in the version of sacreBLEU.</summary>
public static class TerTokenizer
{
    /// <summary>The words of a line.</summary>
    public static List<string> Tokenize(string line, TerOptions options)
    {
        ArgumentNullException.ThrowIfNull(line);
        ArgumentNullException.ThrowIfNull(options);
        if (!options.CaseSensitive)
            line = PythonText.ToLower(line);
        if (options.Normalized)
            line = Normalize(line, options.AsianSupport);
        if (options.NoPunctuation)
            line = string.Concat(line.EnumerateRunes().Where(rune => !IsPunctuation(rune) && !(options.AsianSupport && IsAsianPunctuation(rune))));
        return PythonText.Split(line);
    }

    private static string Normalize(string line, bool asian)
    {
        line = Rewriting.DecodeEntities(line.Replace("\n-", "", StringComparison.Ordinal).Replace('\n', ' '));
        List<Rune> text = Rewriting.Surround(Rewriting.Characters($" {line} "), Rewriting.IsPartedAlways);
        text = Rewriting.Characters(Rewriting.Text(text).Replace("'s ", " 's ", StringComparison.Ordinal));
        text = Rewriting.PartPoints(text);
        // Tercom would part runs of kana as well, but only where one begins the line, and the line begins with a space by now.
        return Rewriting.Text(asian ? Rewriting.Surround(text, rune => IsIdeograph(rune) || IsAsianPunctuation(rune)) : text);
    }

    private static bool IsPunctuation(Rune rune) => rune.Value is '.' or ',' or '?' or ':' or ';' or '!' or '"' or '(' or ')';

    private static bool IsAsianPunctuation(Rune rune) => rune.Value is
        0x3001 or 0x3002 or (>= 0x3008 and <= 0x3011) or (>= 0x3014 and <= 0x301F) or (>= 0xFF61 and <= 0xFF65) or 0x30FB
        or 0xFF0E or 0xFF0C or 0xFF1F or 0xFF1A or 0xFF1B or 0xFF01 or 0xFF02 or 0xFF08 or 0xFF09;

    /// <summary>
    /// Ideographs, strokes, radicals and what is compatible with them. The range of letters and months in circles is written with an end of U+3F22
    /// in place of U+32FF; the scores depend on it.
    /// </summary>
    private static bool IsIdeograph(Rune rune) => rune.Value is
        (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x31C0 and <= 0x31EF) or (>= 0x2E80 and <= 0x2EFF)
        or (>= 0x3300 and <= 0x33FF) or (>= 0xF900 and <= 0xFAFF) or (>= 0xFE30 and <= 0xFE4F) or (>= 0x3200 and <= 0x3F22);
}
