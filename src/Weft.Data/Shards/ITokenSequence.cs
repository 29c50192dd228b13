namespace Weft.Data;

/// <summary>Token ids in documents that lie end to end: one shard, or several as one. Safe for concurrent readers.</summary>
public interface ITokenSequence
{
    /// <summary>What messages call it: a file, or the pattern of several.</summary>
    string Name { get; }

    /// <summary>Token ids.</summary>
    long TokenCount { get; }

    /// <summary>Documents.</summary>
    long DocumentCount { get; }

    /// <summary>Every id is below this.</summary>
    int VocabularySize { get; }

    /// <summary>UTF-8 bytes of the source text: bits per byte = summed loss in nats / ln 2 / this.</summary>
    long ByteCount { get; }

    /// <summary>Position of a document's first token; it ends where the next one starts.</summary>
    /// <param name="index">0 to <see cref="DocumentCount"/>; the latter gives <see cref="TokenCount"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such document.</exception>
    long DocumentStart(long index);

    /// <summary>Copies the ids from token position <paramref name="start"/> on until <paramref name="destination"/> is full.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the stream.</exception>
    /// <exception cref="InvalidDataException">A stored id is outside the vocabulary: the file was damaged.</exception>
    void Copy(long start, Span<long> destination);
}
