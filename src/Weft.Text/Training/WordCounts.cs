using System.Runtime.InteropServices;
using System.Text;

namespace Weft.Text;

/// <summary>How often each word occurs. One per thread, added up at the end.</summary>
internal sealed class WordCounts
{
    private readonly Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public WordCounts() => _lookup = Counts.GetAlternateLookup<ReadOnlySpan<char>>();

    public Dictionary<string, long> Counts { get; } = new(StringComparer.Ordinal);

    public void Add(ReadOnlySpan<char> word) => CollectionsMarshal.GetValueRefOrAddDefault(_lookup, word, out _)++;

    /// <summary>Counts the words of documents.</summary>
    /// <param name="documents">Read once.</param>
    /// <param name="split">Adds the words of one document.</param>
    /// <param name="parallelism">Most threads at once.</param>
    /// <param name="progress">Told how much is read.</param>
    /// <param name="cancellationToken">Stops the counting.</param>
    public static Dictionary<string, long> Of(IEnumerable<string> documents, DocumentCounter.CountDocument<WordCounts> split,
        int parallelism, IProgress<TokenizerTrainingProgress>? progress, CancellationToken cancellationToken)
    {
        IReadOnlyList<WordCounts> perThread = DocumentCounter.Count(documents, split, parallelism,
            done => progress?.Report(new TokenizerTrainingProgress("count", done, 0)), cancellationToken);
        Dictionary<string, long> total = perThread[0].Counts;
        foreach (WordCounts counts in perThread.Skip(1))
            foreach ((string word, long count) in counts.Counts)
                CollectionsMarshal.GetValueRefOrAddDefault(total, word, out _) += count;
        return total;
    }

    /// <summary>How often each character occurs in words, the most frequent first, of equals the lower code point.</summary>
    public static IEnumerable<KeyValuePair<Rune, long>> Characters(IEnumerable<KeyValuePair<string, long>> words)
    {
        var counts = new Dictionary<Rune, long>();
        foreach ((string word, long count) in words)
            foreach (Rune rune in word.EnumerateRunes())
                CollectionsMarshal.GetValueRefOrAddDefault(counts, rune, out _) += count;
        return counts.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key);
    }
}
