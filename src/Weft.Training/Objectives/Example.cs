namespace Weft.Training.Objectives;

/// <summary>One document, or a piece of one, as a model reads it and is to answer it. Legend: T tokens, U tokens of the source.</summary>
/// <param name="Ids">Of the decoder, or of an encoder alone, [T].</param>
/// <param name="Targets">Id to be predicted at each position, or <see cref="Batches.TrainingBatch.Ignored"/>, [T].</param>
public sealed record Example(long[] Ids, long[] Targets)
{
    /// <summary>Tokens that the earlier ones see too, the first so many.</summary>
    public int PrefixLength { get; init; }

    /// <summary>Segments of <see cref="Ids"/>, [T]; null: 0 throughout.</summary>
    public long[]? TokenTypes { get; init; }

    /// <summary>Numbers to be predicted where there is a target, [targets, L]; null: targets are ids or classes.</summary>
    public float[]? Values { get; init; }

    /// <summary>Of the encoder of an encoder-decoder, [U]; null without one.</summary>
    public long[]? SourceIds { get; init; }

    /// <summary>The answer to the same prompt that this one is preferred to; null of examples that are no preferences.</summary>
    public Example? Rejected { get; init; }

    /// <summary>Log-probability of the targets under the model that a preference is measured from, in nats; no number where it is not known.</summary>
    public double Reference { get; init; } = double.NaN;

    /// <summary>Tokens of the longer row that it takes.</summary>
    internal int LongestRow => Math.Max(Ids.Length, Rejected?.Ids.Length ?? 0);

    /// <summary>The decoder is given what it should have answered so far (teacher forcing): a start id, then the target without its last id.</summary>
    public static Example OfPair(long[] source, long[] target, long start) => new([start, .. target[..^1]], target) { SourceIds = source };
}

/// <summary>Most tokens of a row.</summary>
/// <param name="Length">Of the decoder, or of an encoder alone.</param>
/// <param name="SourceLength">Of the encoder of an encoder-decoder; 0 without one.</param>
public readonly record struct RowSize(int Length, int SourceLength);
