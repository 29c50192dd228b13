namespace Weft.Data;

/// <summary>How documents become a corpus.</summary>
public sealed record CorpusOptions
{
    /// <summary>Expected share of validation documents, 0 to 1.</summary>
    public double ValidationFraction { get; init; } = 0.05;

    /// <summary>Expected share of test documents, 0 to 1; both shares together at most 1.</summary>
    public double TestFraction { get; init; }

    /// <summary>Another seed gives an independent split.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// Whether a text that came before is dropped; without it a duplicate still lands in the split of its twin.
    /// </summary>
    public bool DropDuplicates { get; init; } = true;
}

/// <summary>Size of one split.</summary>
/// <param name="Documents">Documents.</param>
/// <param name="Characters">UTF-16 code units of their text.</param>
/// <param name="Bytes">UTF-8 bytes of their text.</param>
public sealed record SplitStatistics(long Documents, long Characters, long Bytes);

/// <summary>What a corpus holds and what was left out of it.</summary>
/// <param name="Documents">Documents read, duplicates included.</param>
/// <param name="Duplicates">Documents dropped because the same text had come before.</param>
/// <param name="Train">Size of the training split.</param>
/// <param name="Validation">Size of the validation split.</param>
/// <param name="Test">Size of the test split.</param>
public sealed record CorpusStatistics(
    long Documents, long Duplicates, SplitStatistics Train, SplitStatistics Validation, SplitStatistics Test);

/// <summary>Documents by split, each list in the order in which they were read.</summary>
/// <param name="Train">What the model learns from.</param>
/// <param name="Validation">What steers training.</param>
/// <param name="Test">What is looked at once.</param>
/// <param name="Statistics">Counts.</param>
public sealed record Corpus(
    IReadOnlyList<TextDocument> Train,
    IReadOnlyList<TextDocument> Validation,
    IReadOnlyList<TextDocument> Test,
    CorpusStatistics Statistics)
{
    /// <summary>The documents of one split.</summary>
    public IReadOnlyList<TextDocument> this[DataSplit split] => split switch
    {
        DataSplit.Train => Train,
        DataSplit.Validation => Validation,
        DataSplit.Test => Test,
        _ => throw new ArgumentOutOfRangeException(nameof(split), split, "not a split"),
    };
}

/// <summary>Drops exact duplicates and assigns documents to splits.</summary>
public static class CorpusBuilder
{
    /// <summary>
    /// Reads all documents into memory. A split that was asked for but got no document, as happens with very little text, is
    /// given the training document whose hash position is lowest, so that a small file can still be evaluated.
    /// </summary>
    /// <exception cref="InvalidDataException">There are fewer distinct documents than splits that were asked for.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A fraction is not in [0, 1], or they add up to more than 1.</exception>
    public static Corpus Build(IEnumerable<TextDocument> documents, CorpusOptions? options = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        options ??= new CorpusOptions();
        HashSplit.CheckFractions(options.ValidationFraction, options.TestFraction);
        var deduplicator = new ExactDeduplicator();
        List<TextDocument>[] splits = [[], [], []];
        long read = 0;
        foreach (TextDocument document in documents)
        {
            ct.ThrowIfCancellationRequested();
            read++;
            if (options.DropDuplicates && !deduplicator.TryAdd(document.Text))
                continue;
            DataSplit split = HashSplit.Of(document.Text, options.ValidationFraction, options.TestFraction, options.Seed);
            splits[(int)split].Add(document);
        }
        FillEmpty(splits, DataSplit.Validation, options.ValidationFraction, options);
        FillEmpty(splits, DataSplit.Test, options.TestFraction, options);
        return Counted(splits, read, deduplicator.Duplicates);
    }

    /// <summary>A corpus of documents in the order of <see cref="DataSplit"/>, with the splits' sizes.</summary>
    internal static Corpus Counted(IReadOnlyList<TextDocument>[] splits, long read, long duplicates)
    {
        SplitStatistics[] sizes = [.. splits.Select(Measure)];
        return new Corpus(splits[0], splits[1], splits[2], new CorpusStatistics(read, duplicates, sizes[0], sizes[1], sizes[2]));
    }

    private static void FillEmpty(List<TextDocument>[] splits, DataSplit split, double fraction, CorpusOptions options)
    {
        List<TextDocument> train = splits[(int)DataSplit.Train];
        if (fraction == 0 || splits[(int)split].Count > 0)
            return;
        TextDocument? lowest = train.MinBy(document => HashSplit.Position(document.Text, options.Seed));
        // Twins must not lie on both sides of a split.
        TextDocument[] moved = [.. train.Where(document => document.Text == lowest?.Text)];
        if (moved.Length == train.Count)
            throw new InvalidDataException(FormattableString.Invariant(
                $"{splits.Sum(s => s.Count)} documents are too few to hold out {fraction:P0} for {split}; give more text"));
        train.RemoveAll(document => document.Text == lowest!.Text);
        splits[(int)split].AddRange(moved);
    }

    private static SplitStatistics Measure(IReadOnlyList<TextDocument> documents) => new(
        documents.Count,
        documents.Sum(document => (long)document.Text.Length),
        documents.Sum(document => (long)System.Text.Encoding.UTF8.GetByteCount(document.Text)));
}
