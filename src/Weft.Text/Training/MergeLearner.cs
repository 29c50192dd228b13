using Weft.Text.Bpe;

namespace Weft.Text;

/// <summary>
/// Learns merges from distinct words and their counts: again and again the most frequent pair, of equals by default the one with
/// the smaller ids, as Hugging Face's <c>BpeTrainer</c>. Counts are kept up to date instead of recounted, so that a merge costs
/// time only in the words that hold it.
/// </summary>
internal sealed class MergeLearner
{
    private readonly int[][] _words;
    private readonly int[] _lengths;
    private readonly long[] _counts;
    private readonly PairTable _pairs = new();
    private readonly PriorityQueue<ulong, (long NegativeCount, ulong Pair)> _queue;

    /// <param name="words">Each distinct word as ids of its symbols, and how often it occurs. The arrays are changed.</param>
    /// <param name="ties">Which of two pairs, left id in the upper 32 bits, comes first when both are equally frequent; the one of smaller ids when null.</param>
    public MergeLearner(IReadOnlyList<(int[] Ids, long Count)> words, IComparer<ulong>? ties = null)
    {
        _queue = ties is null ? new() : new(Comparer<(long NegativeCount, ulong Pair)>.Create((a, b) =>
            a.NegativeCount != b.NegativeCount ? a.NegativeCount.CompareTo(b.NegativeCount) : ties.Compare(a.Pair, b.Pair)));
        _words = [.. words.Select(word => word.Ids)];
        _lengths = [.. words.Select(word => word.Ids.Length)];
        _counts = [.. words.Select(word => word.Count)];
        for (int w = 0; w < _words.Length; w++)
            for (int i = 0; i + 1 < _lengths[w]; i++)
                _pairs.Add(_words[w][i], _words[w][i + 1], _counts[w], w);
        EnqueueGrown();
    }

    /// <summary>The most frequent pair, or null when none occurs <paramref name="minimum"/> times.</summary>
    public (int Left, int Right)? TakeBest(int minimum)
    {
        while (_queue.TryDequeue(out ulong pair, out var priority))
        {
            long count = _pairs.CountOf(pair);
            if (count < minimum)
                continue;
            if (count == -priority.NegativeCount)
                return ((int)(pair >> 32), (int)(uint)pair);
            // Only a count that shrank: one that grew has been queued again with its new count.
            if (count < -priority.NegativeCount)
                _queue.Enqueue(pair, (-count, pair));
        }
        return null;
    }

    /// <summary>Replaces the pair in every word.</summary>
    public void Apply(BpeMerge merge)
    {
        foreach (int word in _pairs.TakeWords(PairTable.Key(merge.Left, merge.Right)))
            MergeWord(word, merge);
        EnqueueGrown();
    }

    private void MergeWord(int w, BpeMerge merge)
    {
        int[] word = _words[w];
        int length = _lengths[w], kept = 0;
        long count = _counts[w];
        for (int i = 0; i < length; i++)
        {
            if (i + 1 == length || word[i] != merge.Left || word[i + 1] != merge.Right)
            {
                word[kept++] = word[i];
                continue;
            }
            _pairs.Remove(merge.Left, merge.Right, count);
            if (kept > 0)
            {
                _pairs.Remove(word[kept - 1], merge.Left, count);
                _pairs.Add(word[kept - 1], merge.Result, count, w);
            }
            if (i + 2 < length)
            {
                _pairs.Remove(merge.Right, word[i + 2], count);
                _pairs.Add(merge.Result, word[i + 2], count, w);
            }
            word[kept++] = merge.Result;
            i++;
        }
        _lengths[w] = kept;
    }

    private void EnqueueGrown()
    {
        foreach ((ulong pair, long count) in _pairs.TakeGrown())
            _queue.Enqueue(pair, (-count, pair));
    }
}
