using Weft.Data;

namespace Weft.Training.Objectives;

/// <summary>
/// Spans of a text are each replaced by a sentinel, and the decoder is to give them back, each behind its sentinel (Raffel et al. 2019,
/// arXiv:1910.10683, section 3.1.4); counted, rounded and drawn as in T5's own preparation (seqio's random_spans_noise_mask).
/// </summary>
/// <param name="FirstSentinel">Id of the first sentinel; those that follow have the ids below it, as in T5, where it is the last of the vocabulary.</param>
/// <param name="Sentinels">How many there are.</param>
/// <param name="StartId">What the decoder begins with; T5's padding.</param>
/// <param name="EndId">Ends source and target.</param>
public sealed record SpanCorruption(long FirstSentinel, int Sentinels, long StartId, long EndId) : TextObjective
{
    /// <summary>Share of the tokens that are taken out.</summary>
    public double Density { get; init; } = 0.15;

    /// <summary>Mean length of a span, in tokens.</summary>
    public double MeanSpan { get; init; } = 3;

    /// <inheritdoc/>
    public override int FewestTokens => 2;

    /// <inheritdoc/>
    /// <remarks>The longest text whose source fits: 568 tokens for a source of 512.</remarks>
    public override int PieceLength(int length)
    {
        CheckShare(Density, nameof(Density));
        Check(MeanSpan >= 1, MeanSpan, nameof(MeanSpan), "one token at least, such as 3");
        int tokens = FewestTokens;
        if (SizeOf(tokens).SourceLength > length)
            throw new ArgumentException($"rows of {length} tokens have no room for a text, a sentinel and an end; give longer ones");
        while (SizeOf(tokens + 1).SourceLength <= length)
            tokens++;
        if (SpansOf(tokens) > Sentinels)
            throw new ArgumentException($"{tokens} tokens make {SpansOf(tokens)} spans, but there are {Sentinels} sentinels; give shorter rows or more sentinels");
        return tokens;
    }

    /// <inheritdoc/>
    public override RowSize SizeOf(int pieceLength)
    {
        (int noise, int spans) = (NoiseOf(pieceLength), SpansOf(pieceLength));
        return new(noise + spans + 1, pieceLength - noise + spans + 1);
    }

    /// <inheritdoc/>
    public override Example Make(long[] ids, KeyedRandom random)
    {
        int noise = NoiseOf(ids.Length), spans = SpansOf(ids.Length);
        // In this order, as in T5: the lengths of the spans, then of what stands before each of them.
        int[] taken = Segments(noise, spans, random), kept = Segments(ids.Length - noise, spans, random);
        var source = new List<long>();
        var target = new List<long>();
        int place = 0;
        for (int span = 0; span < spans; span++)
        {
            source.AddRange(ids.AsSpan(place, kept[span]));
            source.Add(FirstSentinel - span);
            target.Add(FirstSentinel - span);
            target.AddRange(ids.AsSpan(place + kept[span], taken[span]));
            place += kept[span] + taken[span];
        }
        return Example.OfPair([.. source, EndId], [.. target, EndId], StartId);
    }

    /// <summary>Tokens taken out of so many; at least one, and one is left. Halves are rounded to even, as TensorFlow does.</summary>
    private int NoiseOf(int tokens) => Math.Clamp((int)MathF.Round(tokens * (float)Density), 1, tokens - 1);

    private int SpansOf(int tokens) => Math.Clamp((int)MathF.Round(NoiseOf(tokens) / (float)MeanSpan), 1, Math.Min(NoiseOf(tokens), tokens - NoiseOf(tokens)));

    /// <summary>Lengths of so many segments, each at least one, every division equally likely.</summary>
    private static int[] Segments(int items, int segments, KeyedRandom random)
    {
        bool[] begins = new bool[items - 1];
        begins.AsSpan(0, segments - 1).Fill(true);
        random.Shuffle(begins.AsSpan());
        int[] lengths = new int[segments];
        int segment = 0;
        lengths[0] = 1;
        foreach (bool first in begins)
            lengths[segment += first ? 1 : 0]++;
        return lengths;
    }
}
