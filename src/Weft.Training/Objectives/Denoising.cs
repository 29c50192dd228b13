using Weft.Data;

namespace Weft.Training.Objectives;

/// <summary>
/// The encoder reads a damaged text, the decoder is to give the whole text: sentences stand in another order, and spans are each replaced by one
/// mask, some of them of no length (Lewis et al. 2019, arXiv:1910.13461, section 2.2).
/// </summary>
/// <param name="MaskId">Stands in for a span.</param>
/// <param name="StartId">What the decoder begins with; BART's end of text.</param>
/// <param name="EndId">Ends source and target.</param>
public sealed record Denoising(long MaskId, long StartId, long EndId) : TextObjective
{
    /// <summary>Share of the tokens that are masked.</summary>
    public double Share { get; init; } = 0.3;

    /// <summary>Mean of the Poisson distribution that the lengths of spans are drawn from.</summary>
    public double MeanSpan { get; init; } = 3;

    /// <summary>Put before the text in source and target; null for nothing.</summary>
    public long? BeginId { get; init; }

    /// <summary>For each id, whether it ends a sentence, such as a full stop. Null: sentences keep their order.</summary>
    public IReadOnlyList<bool>? EndsSentence { get; init; }

    /// <inheritdoc/>
    public override int FewestTokens => 2;

    /// <inheritdoc/>
    public override int PieceLength(int length)
    {
        CheckShare(Share, nameof(Share));
        Check(MeanSpan is > 0 and < 100, MeanSpan, nameof(MeanSpan), "some tokens, such as 3");
        return AtLeast(length - Around - 1, length) + 1; // one token masked, one left
    }

    /// <inheritdoc/>
    public override RowSize SizeOf(int pieceLength) => new(pieceLength + Around, pieceLength + Around);

    private int Around => BeginId is null ? 1 : 2;

    /// <inheritdoc/>
    public override Example Make(long[] ids, KeyedRandom random)
    {
        long[] begin = BeginId is { } id ? [id] : [];
        long[] damaged = Infill(Permute(ids, random), random);
        return Example.OfPair([.. begin, .. damaged, EndId], [.. begin, .. ids, EndId], StartId);
    }

    private long[] Permute(long[] ids, KeyedRandom random)
    {
        if (EndsSentence is not { } ends)
            return ids;
        var sentences = new List<long[]>();
        for (int start = 0, place = 0; place < ids.Length; place++)
        {
            if (!Look(ends, ids[place], nameof(EndsSentence)) && place < ids.Length - 1)
                continue;
            sentences.Add(ids[start..(place + 1)]);
            start = place + 1;
        }
        long[][] order = [.. sentences];
        random.Shuffle(order.AsSpan());
        return [.. order.SelectMany(sentence => sentence)];
    }

    /// <summary>Spans do not touch, so that each has a mask of its own.</summary>
    private long[] Infill(long[] ids, KeyedRandom random)
    {
        int masked = Math.Min(ids.Length - 1, (int)Math.Ceiling(ids.Length * Share)), kept = ids.Length - masked;
        (List<int> spans, int empty) = Spans(masked, kept + 1, random);
        int[] gaps = [.. Enumerable.Range(0, kept + 1)];
        random.Shuffle(gaps.AsSpan());
        int[] spanAt = new int[kept + 1];
        for (int i = 0; i < spans.Count; i++)
            spanAt[gaps[i]] = spans[i];
        var damaged = new List<long>();
        int place = 0;
        for (int gap = 0; gap <= kept; gap++)
        {
            if (spanAt[gap] > 0)
                damaged.Add(MaskId);
            place += spanAt[gap];
            if (gap < kept)
                damaged.Add(ids[place++]);
        }
        for (; empty > 0; empty--)
            damaged.Insert(random.Below(damaged.Count + 1), MaskId);
        return [.. damaged];
    }

    /// <summary>Lengths of the spans that cover <paramref name="masked"/> tokens, and how many of no length were drawn between them.</summary>
    /// <param name="masked">What they add up to.</param>
    /// <param name="most">Places for spans.</param>
    /// <param name="random">Draws them.</param>
    private (List<int> Spans, int Empty) Spans(int masked, int most, KeyedRandom random)
    {
        var spans = new List<int>();
        int empty = 0;
        for (int left = masked; left > 0;)
        {
            int length = Math.Min(left, spans.Count + 1 == most ? left : random.Poisson(MeanSpan));
            if (length > 0)
                spans.Add(length);
            else
                empty++;
            left -= length;
        }
        // The damaged text is never longer than the whole one.
        return (spans, Math.Min(empty, masked - spans.Count));
    }
}
