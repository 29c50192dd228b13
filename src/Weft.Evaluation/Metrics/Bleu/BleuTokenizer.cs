using System.Text;
using Weft.Evaluation.Metrics.Text;

namespace Weft.Evaluation.Metrics.Bleu;

/// <summary>Takes lines apart as sacreBLEU's tokenizers of the same names do.</summary>
public static class BleuTokenizer
{
    /// <summary>The name that stands in a signature.</summary>
    public static string Name(BleuTokenization tokenization) => tokenization switch
    {
        BleuTokenization.V13a => "13a",
        BleuTokenization.International => "intl",
        BleuTokenization.Chinese => "zh",
        BleuTokenization.Characters => "char",
        BleuTokenization.None => "none",
        _ => throw new NotSupportedException($"BLEU knows no tokenization {tokenization}"),
    };

    /// <summary>The tokens of a line.</summary>
    public static IReadOnlyList<string> Tokenize(string line, BleuTokenization tokenization)
    {
        ArgumentNullException.ThrowIfNull(line);
        return PythonText.Split(tokenization switch
        {
            BleuTokenization.V13a => V13a(line),
            BleuTokenization.International => International(line),
            BleuTokenization.Chinese => Chinese(line),
            BleuTokenization.Characters => Rewriting.Text(Rewriting.Surround(Rewriting.Characters(line), static _ => true)),
            BleuTokenization.None => line,
            _ => throw new NotSupportedException($"BLEU knows no tokenization {tokenization}"),
        });
    }

    private static string V13a(string line)
    {
        line = line.Replace("<skipped>", "", StringComparison.Ordinal).Replace("-\n", "", StringComparison.Ordinal).Replace('\n', ' ');
        return Rewriting.Text(Rewriting.PartWestern(Rewriting.Characters($" {Rewriting.DecodeEntities(line)} ")));
    }

    private static string International(string line)
    {
        List<Rune> text = Rewriting.Characters(line);
        text = Rewriting.PartSecond(text, static rune => !Rewriting.IsNumber(rune), Rune.IsPunctuation);
        text = Rewriting.PartFirst(text, Rune.IsPunctuation, static rune => !Rewriting.IsNumber(rune));
        return Rewriting.Text(Rewriting.Surround(text, Rune.IsSymbol));
    }

    private static string Chinese(string line) =>
        Rewriting.Text(Rewriting.PartWestern(Rewriting.Surround(Rewriting.Characters(PythonText.Trim(line)), IsChinese)));

    /// <summary>
    /// sacreBLEU's ranges, and what it makes of two of them. It means extension B and the compatibility supplement, but writes their ends as a
    /// character and a digit, which compares as U+2001 to U+2A6D and as radicals: arrows, dashes and quotation marks stand alone too, and the
    /// rarest characters do not.
    /// </summary>
    private static bool IsChinese(Rune rune) => rune.Value is
        (>= 0x3400 and <= 0x4DB5) or (>= 0x4E00 and <= 0x9FBB) or (>= 0xF900 and <= 0xFA2D) or (>= 0xFA30 and <= 0xFA6A) or (>= 0xFA70 and <= 0xFAD9)
        or (>= 0x2001 and <= 0x2A6D) or (>= 0xFF00 and <= 0xFFEF) or (>= 0x2E80 and <= 0x2EFF) or (>= 0x3000 and <= 0x303F)
        or (>= 0x31C0 and <= 0x31EF) or (>= 0x2F00 and <= 0x2FDF) or (>= 0x2FF0 and <= 0x2FFF) or (>= 0x3100 and <= 0x312F)
        or (>= 0x31A0 and <= 0x31BF) or (>= 0xFE10 and <= 0xFE1F) or (>= 0xFE30 and <= 0xFE4F) or (>= 0x3200 and <= 0x33FF);
}
