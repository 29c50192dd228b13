using System.Text;

namespace Weft.Text;

/// <summary>The characters of a corpus, as they are and with the mark of those inside a word.</summary>
internal sealed class MarkedAlphabet
{
    private readonly HashSet<Rune> _kept;
    private readonly string _prefix;

    /// <param name="words">Each distinct word and how often it occurs.</param>
    /// <param name="limit">The most frequent characters to keep, of equals the lower code points; null for all.</param>
    /// <param name="prefix">The mark.</param>
    public MarkedAlphabet(Dictionary<string, long> words, int? limit, string prefix)
    {
        _prefix = prefix;
        _kept = [.. WordCounts.Characters(words).Take(limit ?? int.MaxValue).Select(entry => entry.Key)];
        string[] characters = [.. _kept.Order().Select(rune => rune.ToString())];
        var marked = words.Keys.SelectMany(Split).Where(symbol => symbol.StartsWith(prefix, StringComparison.Ordinal) && symbol.Length > prefix.Length)
            .ToHashSet(StringComparer.Ordinal);
        Tokens = [.. characters, .. characters.Select(character => prefix + character).Where(marked.Contains)];
    }

    /// <summary>The characters in order of their code points, then those marked ones that occur.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>A word as characters of the alphabet, all but its first one marked. Other characters are left out.</summary>
    public IEnumerable<string> Split(string word)
    {
        bool inside = false;
        foreach (Rune rune in word.EnumerateRunes())
        {
            if (_kept.Contains(rune))
                yield return inside ? $"{_prefix}{rune}" : rune.ToString();
            inside = true;
        }
    }
}
