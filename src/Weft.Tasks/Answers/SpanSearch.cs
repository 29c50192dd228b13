namespace Weft.Tasks;

// T tokens.

/// <summary>A span of tokens.</summary>
/// <param name="First">Index of its first token.</param>
/// <param name="Last">Index of its last.</param>
/// <param name="Score">The logits of both, added.</param>
internal readonly record struct ScoredSpan(int First, int Last, double Score);

/// <summary>The best spans of a window, looked at one and all (Devlin et al. 2018, arXiv:1810.04805, section 4.2).</summary>
internal static class SpanSearch
{
    /// <param name="logits">[T, 2]: of being the first and the last token.</param>
    /// <param name="permitted">[T]: whether an answer may begin or end there.</param>
    /// <param name="longest">Most tokens of a span.</param>
    /// <param name="count">How many are wanted.</param>
    /// <returns>The best first; of equals the one that begins, then ends, earlier.</returns>
    public static IReadOnlyList<ScoredSpan> Best(ReadOnlySpan<float> logits, ReadOnlySpan<bool> permitted, int longest, int count)
    {
        var kept = new PriorityQueue<ScoredSpan, (double Score, int First, int Last)>();
        for (int first = 0; first < permitted.Length; first++)
            for (int last = first; permitted[first] && last < Math.Min(permitted.Length, first + longest); last++)
            {
                if (!permitted[last])
                    continue;
                double score = (double)logits[2 * first] + logits[(2 * last) + 1];
                kept.Enqueue(new(first, last, score), (score, -first, -last));
                if (kept.Count > count)
                    kept.Dequeue();
            }
        ScoredSpan[] best = new ScoredSpan[kept.Count];
        for (int rank = best.Length - 1; rank >= 0; rank--)
            best[rank] = kept.Dequeue();
        return best;
    }
}
