using Weft.Data;
using Weft.Training.Objectives;

namespace Weft.Training.Batches;

/// <summary>What frames the documents of a pair.</summary>
/// <param name="Length">Most tokens of a target, its end included. Pairs that are longer are left out.</param>
/// <param name="SourceLength">Most tokens of a source, its end included. Pairs that are longer are left out.</param>
/// <param name="StartId">What the decoder begins with.</param>
/// <param name="EndId">Ends source and target; it is added where a document does not end with it.</param>
public sealed record PairOptions(int Length, int SourceLength, long StartId, long EndId);

/// <summary>Two shards whose documents correspond, such as sentences and their translations: the decoder is to answer the first with the second.</summary>
public sealed class ParallelDocuments : Examples
{
    private readonly ITokenSequence _source;
    private readonly ITokenSequence _target;
    private readonly PairOptions _options;
    private readonly int[] _kept;

    /// <summary>Lays out the pairs; the shards stay the caller's.</summary>
    /// <exception cref="ArgumentException">The shards do not correspond, or no pair is short enough.</exception>
    public ParallelDocuments(ITokenSequence source, ITokenSequence target, PairOptions options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(options);
        if (source.DocumentCount != target.DocumentCount)
            throw new ArgumentException($"{source.Name} holds {source.DocumentCount} documents, {target.Name} {target.DocumentCount}; give two shards whose documents correspond");
        (_source, _target, _options) = (source, target, options);
        _kept = [.. Enumerable.Range(0, checked((int)source.DocumentCount))
            .Where(i => LengthOf(source, i) + 1 <= options.SourceLength && LengthOf(target, i) + 1 <= options.Length)];
        LeftOut = (int)source.DocumentCount - _kept.Length;
        if (_kept.Length == 0)
            throw new ArgumentException($"none of the {source.DocumentCount} pairs of {source.Name} fits {options.SourceLength} tokens of source and {options.Length} of target; allow longer ones");
        MeanLength = _kept.Average(i => (double)LengthOf(target, i) + 1);
    }

    /// <summary>Pairs that are too long.</summary>
    public int LeftOut { get; }

    /// <inheritdoc/>
    public override long Count => _kept.Length;

    /// <inheritdoc/>
    public override RowSize Size => new(_options.Length, _options.SourceLength);

    /// <inheritdoc/>
    public override double MeanLength { get; }

    /// <inheritdoc/>
    public override Example Make(long index, KeyedRandom random) =>
        Example.OfPair(Read(_source, _kept[index]), Read(_target, _kept[index]), _options.StartId);

    private static long LengthOf(ITokenSequence shard, int document) => shard.DocumentStart(document + 1) - shard.DocumentStart(document);

    private long[] Read(ITokenSequence shard, int document)
    {
        long[] ids = new long[LengthOf(shard, document)];
        shard.Copy(shard.DocumentStart(document), ids);
        return ids[^1] == _options.EndId ? ids : [.. ids, _options.EndId];
    }
}
