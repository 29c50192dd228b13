using System.Text.RegularExpressions;

namespace Weft.Tasks;

/// <summary>Takes a text apart where paragraphs end, or else lines, sentences, words, characters: as little as needed.</summary>
internal static partial class TextParts
{
    /// <summary>Each finds the pieces of a text with what separates them, so that joined they are the text.</summary>
    private static readonly Func<string, IEnumerable<string>>[] Levels =
    [
        text => Matches(Paragraph(), text),
        text => Matches(Line(), text),
        text => Matches(Sentence(), text),
        text => Matches(Word(), text),
        Characters,
    ];

    /// <summary>The fewest parts, filled from the first on; joined they are the text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="fits">Whether a part is short enough.</param>
    /// <exception cref="ArgumentException">Not even one character is.</exception>
    public static IReadOnlyList<string> Of(string text, Func<string, bool> fits)
    {
        List<string> parts = [];
        string open = "";
        foreach (string piece in Pieces(text, fits, level: 0))
        {
            if (open.Length > 0 && !fits(open + piece))
            {
                parts.Add(open);
                open = "";
            }
            open += piece;
        }
        return [.. parts, open];
    }

    /// <summary>Pieces that fit, cut at the first level at which they do.</summary>
    private static IEnumerable<string> Pieces(string text, Func<string, bool> fits, int level) => fits(text) ? [text]
        : level < Levels.Length ? Levels[level](text).SelectMany(piece => Pieces(piece, fits, level + 1))
        : throw new ArgumentException($"not even '{text}' fits the model's context beside what stands around a text; use a model with a longer context");

    private static IEnumerable<string> Characters(string text)
    {
        for (int at = 0, length; at < text.Length; at += length)
        {
            length = char.IsSurrogatePair(text, at) ? 2 : 1;
            yield return text.Substring(at, length);
        }
    }

    private static IEnumerable<string> Matches(Regex pieces, string text) => pieces.Matches(text).Select(match => match.Value);

    [GeneratedRegex(@"(?:(?!\n\s*\n).)+(?:\n\s*\n\s*)?|\n\s*\n\s*", RegexOptions.Singleline)]
    private static partial Regex Paragraph();

    [GeneratedRegex(@"[^\n]*\n|[^\n]+")]
    private static partial Regex Line();

    /// <summary>Up to a mark that ends sentences, with closing quotes, and space where the script has any.</summary>
    [GeneratedRegex(@".+?(?:[.!?…][""'”’)\]]*\s+|[。！？][”’」』）]*\s*|\z)", RegexOptions.Singleline)]
    private static partial Regex Sentence();

    [GeneratedRegex(@"\S*\s+|\S+")]
    private static partial Regex Word();
}
