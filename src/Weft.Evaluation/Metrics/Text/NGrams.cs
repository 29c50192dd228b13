using System.Runtime.InteropServices;
using System.Text;

namespace Weft.Evaluation.Metrics.Text;

/// <summary>How often each run of n neighbours stands in a sequence of words or of characters.</summary>
internal sealed class NGrams
{
    private readonly string _text;

    /// <summary>Where each unit begins and ends in the text, in UTF-16 code units.</summary>
    private readonly List<(int Start, int End)> _units = [];

    private NGrams(string text) => _text = text;

    /// <summary>How many units there are.</summary>
    public int Length => _units.Count;

    /// <summary>Units are words, none of which holds a space.</summary>
    public static NGrams OfWords(IReadOnlyList<string> words)
    {
        var sequence = new NGrams(string.Join(' ', words));
        int start = 0;
        foreach (string word in words)
        {
            sequence._units.Add((start, start + word.Length));
            start += word.Length + 1;
        }
        return sequence;
    }

    /// <summary>Units are Unicode's scalar values.</summary>
    public static NGrams OfCharacters(string text)
    {
        var sequence = new NGrams(text);
        int start = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            sequence._units.Add((start, start + rune.Utf16SequenceLength));
            start += rune.Utf16SequenceLength;
        }
        return sequence;
    }

    /// <summary>The counts of one order.</summary>
    /// <param name="n">1 or more.</param>
    public Dictionary<string, int> Count(int n)
    {
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        var bySpan = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int i = 0; i + n <= _units.Count; i++)
            CollectionsMarshal.GetValueRefOrAddDefault(bySpan, _text.AsSpan(_units[i].Start.._units[i + n - 1].End), out _)++;
        return counts;
    }

    /// <summary>The counts of orders 1 to <paramref name="longest"/>.</summary>
    public Dictionary<string, int>[] CountAll(int longest) => [.. Enumerable.Range(1, longest).Select(Count)];

    /// <summary>How many n-grams two sequences share, each counted as often as in the one that has fewer.</summary>
    public static long Matches(Dictionary<string, int> one, Dictionary<string, int> other)
    {
        long matches = 0;
        foreach ((string ngram, int count) in one)
            if (other.TryGetValue(ngram, out int most))
                matches += Math.Min(count, most);
        return matches;
    }
}
