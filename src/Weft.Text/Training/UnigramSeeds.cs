using System.Text;

namespace Weft.Text;

/// <summary>
/// The strings that occur most often within words, weighted by length: the inner nodes of the tree of suffixes, walked through a sorted array
/// of them (Abouelhoda et al. 2004, "Replacing suffix trees with enhanced suffix arrays"). Memory is a few integers per
/// character of the distinct words.
/// </summary>
internal static class UnigramSeeds
{
    /// <summary>All characters with their counts, then the best longer strings; the order does not depend on anything but the words.</summary>
    public static List<(string Text, double Weight)> Find((string Word, long Count)[] words, UnigramTrainerOptions options, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var ends = new List<int>();
        var counts = new List<long>();
        foreach ((string word, long count) in words)
        {
            text.Append(word);
            for (int i = 0; i < word.Length; i++)
            {
                ends.Add(text.Length);
                counts.Add(count);
            }
        }
        var suffixes = new Suffixes(text.ToString(), [.. ends], options.MaximumPieceLength);
        cancellationToken.ThrowIfCancellationRequested();
        int[] sorted = suffixes.Sorted();
        cancellationToken.ThrowIfCancellationRequested();
        List<(string Text, double Weight)> longer = Repeated(suffixes, sorted, counts);
        longer.Sort((a, b) => a.Weight != b.Weight ? b.Weight.CompareTo(a.Weight) : string.CompareOrdinal(a.Text, b.Text));
        var characters = WordCounts.Characters(words.Select(word => KeyValuePair.Create(word.Word, word.Count))).OrderBy(entry => entry.Key);
        return [.. characters.Select(entry => (entry.Key.ToString(), (double)entry.Value)), .. longer.Take(options.SeedSize)];
    }

    // An interval of suffixes that share their first units closes where the next one shares fewer.
    private static List<(string Text, double Weight)> Repeated(Suffixes suffixes, int[] sorted, List<long> counts)
    {
        var found = new Dictionary<string, double>(StringComparer.Ordinal);
        var open = new Stack<(int Length, long Before)>();
        long before = 0;
        for (int i = 0, sharedBefore = 0, shared; i < sorted.Length; i++, sharedBefore = shared)
        {
            shared = i + 1 < sorted.Length ? suffixes.Shared(sorted[i], sorted[i + 1]) : 0;
            // The end of a word that occurs often is repeated too.
            ReadOnlySpan<char> whole = suffixes.Of(sorted[i]);
            if (whole.Length > Math.Max(shared, sharedBefore))
                Add(found, whole, counts[sorted[i]]);
            long from = before;
            before += counts[sorted[i]];
            while (open.TryPeek(out var top) && top.Length > shared)
            {
                open.Pop();
                from = top.Before;
                Add(found, suffixes.Text.AsSpan(sorted[i], top.Length), before - top.Before);
            }
            if (shared > 0 && !(open.TryPeek(out var outer) && outer.Length == shared))
                open.Push((shared, from));
        }
        return [.. found.Select(entry => (entry.Key, entry.Value))];
    }

    private static void Add(Dictionary<string, double> found, ReadOnlySpan<char> text, long count)
    {
        if (char.IsHighSurrogate(text[^1]))
            text = text[..^1];
        bool isCharacter = text.Length < 2 || text.Length == 2 && char.IsHighSurrogate(text[0]);
        if (!isCharacter && count >= 2)
            found[text.ToString()] = (double)count * text.Length;
    }

    /// <summary>The suffixes of words, cut at the most units that a piece may have.</summary>
    private sealed class Suffixes(string text, int[] ends, int longest)
    {
        public string Text => text;

        public int[] Sorted()
        {
            int[] starts = [.. Enumerable.Range(0, text.Length).Where(at => !char.IsLowSurrogate(text[at]))];
            ulong[] heads = [.. starts.Select(Head)];
            Array.Sort(heads, starts);
            for (int from = 0, to; from < starts.Length; from = to)
            {
                for (to = from + 1; to < starts.Length && heads[to] == heads[from];)
                    to++;
                starts.AsSpan(from, to - from).Sort(Compare);
            }
            return starts;
        }

        public int Shared(int a, int b) => Of(a).CommonPrefixLength(Of(b));

        public ReadOnlySpan<char> Of(int start) => text.AsSpan(start, Math.Min(longest, ends[start] - start));

        // The first four units as one number.
        private ulong Head(int start)
        {
            ulong head = 0;
            ReadOnlySpan<char> suffix = Of(start);
            for (int i = 0; i < 4; i++)
                head = head << 16 | (i < suffix.Length ? suffix[i] : 0u);
            return head;
        }

        private int Compare(int a, int b) =>
            Of(a).SequenceCompareTo(Of(b)) is int order and not 0 ? order : a.CompareTo(b);
    }
}
