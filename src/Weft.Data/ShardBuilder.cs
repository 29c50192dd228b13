using System.Runtime.ExceptionServices;
using System.Text;

namespace Weft.Data;

/// <summary>How text becomes token ids.</summary>
public sealed record ShardOptions
{
    /// <summary>Text to ids; called from several threads at once.</summary>
    public required Func<string, int[]> Encode { get; init; }

    /// <summary>Ids lie in [0, this).</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Appended to each document; null where the encoder does so itself.</summary>
    public int? EndOfTextId { get; init; }

    /// <summary>SHA-256 of the tokenizer.json behind <see cref="Encode"/>, in hexadecimal, which the shards keep; null: not known.</summary>
    public string? TokenizerHash { get; init; }

    /// <summary>Encoders at work at once; the result does not depend on it.</summary>
    public int DegreeOfParallelism { get; init; } = Environment.ProcessorCount;
}

/// <summary>How far writing shards has come.</summary>
/// <param name="Split">The shard in work.</param>
/// <param name="Documents">Documents of this split written so far.</param>
/// <param name="TotalDocuments">Documents of this split.</param>
/// <param name="Tokens">Ids of this split written so far.</param>
public sealed record ShardProgress(DataSplit Split, long Documents, long TotalDocuments, long Tokens);

/// <summary>The three shards of a corpus.</summary>
/// <param name="Train">Path of the training shard.</param>
/// <param name="Validation">Path of the validation shard.</param>
/// <param name="Test">Path of the test shard.</param>
public sealed record ShardFiles(string Train, string Validation, string Test);

/// <summary>Tokenizes a corpus into shards.</summary>
public static class ShardBuilder
{
    // Bounds the ids in memory; large enough that threads seldom wait at a chunk's end.
    private const int ChunkCharacters = 1 << 20;

    /// <summary>
    /// Writes train.tokens, validation.tokens and test.tokens into <paramref name="folder"/>, documents in the corpus's order
    /// whatever the number of threads. Each shard appears whole or not at all; a split without documents gives a shard without
    /// tokens, so that no shard of an earlier run stays behind.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The encoder gave an id outside the vocabulary.</exception>
    /// <exception cref="InvalidDataException">The encoder gave no id for a document, and there is no end-of-text id.</exception>
    /// <exception cref="IOException">The disk is full or the folder cannot be written.</exception>
    public static ShardFiles Write(
        Corpus corpus,
        string folder,
        ShardOptions options,
        IProgress<ShardProgress>? progress = null,
        CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.DegreeOfParallelism);
        var files = new ShardFiles(
            Path.Combine(folder, "train.tokens"), Path.Combine(folder, "validation.tokens"), Path.Combine(folder, "test.tokens"));
        // All three are written before the first gets its name, so that a failed encoder leaves the shards of an earlier run
        // consistent.
        using var train = TokenShardWriter.Create(files.Train, options.VocabularySize, options.TokenizerHash);
        using var validation = TokenShardWriter.Create(files.Validation, options.VocabularySize, options.TokenizerHash);
        using var test = TokenShardWriter.Create(files.Test, options.VocabularySize, options.TokenizerHash);
        Append(train, corpus, DataSplit.Train, options, progress, ct);
        Append(validation, corpus, DataSplit.Validation, options, progress, ct);
        Append(test, corpus, DataSplit.Test, options, progress, ct);
        train.Complete();
        validation.Complete();
        test.Complete();
        return files;
    }

    private static void Append(
        TokenShardWriter writer,
        Corpus corpus,
        DataSplit split,
        ShardOptions options,
        IProgress<ShardProgress>? progress,
        CancellationToken ct)
    {
        IReadOnlyList<TextDocument> documents = corpus[split];
        for (int first = 0; first < documents.Count;)
        {
            int end = ChunkEnd(documents, first);
            int[][] ids = Encode(documents, first, end, options, ct);
            for (int i = first; i < end; i++)
                writer.Add(ids[i - first], Encoding.UTF8.GetByteCount(documents[i].Text));
            first = end;
            progress?.Report(new ShardProgress(split, end, documents.Count, writer.TokenCount));
        }
    }

    private static int ChunkEnd(IReadOnlyList<TextDocument> documents, int first)
    {
        int end = first;
        for (long characters = 0; end < documents.Count && characters < ChunkCharacters; end++)
            characters += documents[end].Text.Length + 1;
        return end;
    }

    private static int[][] Encode(
        IReadOnlyList<TextDocument> documents, int first, int end, ShardOptions options, CancellationToken ct)
    {
        int[][] ids = new int[end - first][];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.DegreeOfParallelism, CancellationToken = ct };
        try
        {
            Parallel.For(first, end, parallel, i => ids[i - first] = EncodeOne(documents[i], options));
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }
        return ids;
    }

    private static int[] EncodeOne(TextDocument document, ShardOptions options)
    {
        int[] ids = options.Encode(document.Text);
        if (options.EndOfTextId is { } endOfText)
            return [.. ids, endOfText];
        return ids.Length > 0
            ? ids
            : throw new InvalidDataException(
                $"{document.Source}: the tokenizer gives no id; give an end-of-text id or leave the text out");
    }
}
