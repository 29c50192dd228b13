namespace Weft.Training.Batches;

/// <summary>
/// What a model reads and what it is to answer, as plain numbers: every objective ends here, and one loss serves them all.
/// Legend: B rows, T tokens, U tokens of the source. Arrays are row-major.
/// </summary>
public sealed record TrainingBatch
{
    /// <summary>A target that no loss is computed for.</summary>
    public const long Ignored = -100;

    /// <summary>Number of the document that padding makes up.</summary>
    public const long Padding = -1;

    /// <summary>B.</summary>
    public required int Rows { get; init; }

    /// <summary>T.</summary>
    public required int Length { get; init; }

    /// <summary>Token ids of the decoder, or of an encoder alone, [B, T].</summary>
    public required long[] Ids { get; init; }

    /// <summary>Id to be predicted at each position, or <see cref="Ignored"/>, [B, T].</summary>
    public required long[] Targets { get; init; }

    /// <summary>
    /// Numbers to be predicted at each position that has a target, [N, L], in the order of the positions, whose targets say no more than that
    /// there is one. Null: targets are ids or classes.
    /// </summary>
    public float[]? Values { get; init; }

    /// <summary>Rows that belong together: 2 of preferences, the chosen answer before the rejected one, else 1.</summary>
    public int RowsPerExample { get; init; } = 1;

    /// <summary>Of preferences, the log-probability of each row's targets under the model that training began with, [B], in nats; no number where it is not needed.</summary>
    public double[]? References { get; init; }

    /// <summary>Segment of each token, [B, T]; null: 0 throughout.</summary>
    public long[]? TokenTypes { get; init; }

    /// <summary>
    /// Document of each token, [B, T]: tokens see those of their own document only, in the source too. A document lies in one piece. Padding has the number <see cref="Padding"/>.
    /// Null: each row is one document.
    /// </summary>
    public long[]? Documents { get; init; }

    /// <summary>Position of each token, [B, T], which begins anew with each document; null: from 0 along the row.</summary>
    public long[]? Positions { get; init; }

    /// <summary>Tokens that the earlier tokens of their document see as well, [B, T], in a decoder; null: none.</summary>
    public bool[]? Prefix { get; init; }

    /// <summary>U; 0 without a source.</summary>
    public int SourceLength { get; init; }

    /// <summary>Token ids of the encoder of an encoder-decoder, [B, U]; null without one.</summary>
    public long[]? SourceIds { get; init; }

    /// <summary>As <see cref="Documents"/>, of the source, [B, U].</summary>
    public long[]? SourceDocuments { get; init; }

    /// <summary>As <see cref="Positions"/>, of the source, [B, U].</summary>
    public long[]? SourcePositions { get; init; }

    /// <summary>Positions that have a target.</summary>
    public long TargetCount => Targets.LongCount(target => target != Ignored);

    /// <summary>What a mean loss is the mean of: pairs of answers, or positions that have a target.</summary>
    public long LossCount => RowsPerExample > 1 ? Rows / RowsPerExample : TargetCount;

    /// <summary>The targets of as many places later, where those are of the same document, [B, T].</summary>
    internal long[] TargetsAhead(int places)
    {
        long[] ahead = new long[Targets.Length];
        for (int i = 0; i < ahead.Length; i++)
        {
            bool same = (i % Length) + places < Length && (Documents is null || Documents[i] == Documents[i + places]);
            ahead[i] = same ? Targets[i + places] : Ignored;
        }
        return ahead;
    }

    /// <summary>Some of the rows.</summary>
    public TrainingBatch Slice(int first, int count) => this with
    {
        Rows = count,
        Values = Values is null ? null : ValuesOf(first * Length, count * Length),
        References = References?[first..(first + count)],
        TokenTypes = Part(TokenTypes, Length, first, count),
        Ids = Part(Ids, Length, first, count)!,
        Targets = Part(Targets, Length, first, count)!,
        Documents = Part(Documents, Length, first, count),
        Positions = Part(Positions, Length, first, count),
        Prefix = Part(Prefix, Length, first, count),
        SourceIds = Part(SourceIds, SourceLength, first, count),
        SourceDocuments = Part(SourceDocuments, SourceLength, first, count),
        SourcePositions = Part(SourcePositions, SourceLength, first, count),
    };

    private float[] ValuesOf(int start, int length)
    {
        int each = Values!.Length / Math.Max(1, (int)TargetCount);
        int before = start - Targets.AsSpan(0, start).Count(Ignored), own = length - Targets.AsSpan(start, length).Count(Ignored);
        return Values[(before * each)..((before + own) * each)];
    }

    private static T[]? Part<T>(T[]? values, int length, int first, int count) => values?[(first * length)..((first + count) * length)];
}
