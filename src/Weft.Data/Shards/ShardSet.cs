namespace Weft.Data;

/// <summary>
/// Several shards read as one stream, in the order given. Each stays memory-mapped: nothing is loaded, and a position is found by a
/// search over their ends. Safe for concurrent readers.
/// </summary>
public sealed class ShardSet : ITokenSequence, IDisposable
{
    private readonly TokenShard[] _shards;

    /// <summary>Tokens and documents before each shard, and all of them at the end.</summary>
    private readonly long[] _tokens, _documents;

    private ShardSet(string name, TokenShard[] shards)
    {
        Name = name;
        _shards = shards;
        _tokens = Ends(shard => shard.TokenCount);
        _documents = Ends(shard => shard.DocumentCount);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The shards, in order.</summary>
    public IReadOnlyList<TokenShard> Shards => _shards;

    /// <inheritdoc/>
    public long TokenCount => _tokens[^1];

    /// <inheritdoc/>
    public long DocumentCount => _documents[^1];

    /// <inheritdoc/>
    public int VocabularySize => _shards.Max(shard => shard.VocabularySize);

    /// <inheritdoc/>
    public long ByteCount => _shards.Sum(shard => shard.ByteCount);

    /// <summary>Opens the shards that a path or a glob stands for, sorted ordinally by path.</summary>
    /// <param name="pattern">A file, or a glob with <c>*</c>, <c>?</c> and <c>**</c>.</param>
    /// <exception cref="FileNotFoundException">It stands for no file.</exception>
    /// <exception cref="InvalidDataException">A file is no shard, is damaged, or holds no token; or the shards were written with different tokenizers.</exception>
    public static ShardSet Open(string pattern)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        string[] paths = File.Exists(pattern) ? [pattern]
            : FileGlob.IsGlob(pattern) ? [.. FileGlob.Match(pattern).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]
            : [];
        if (paths.Length == 0)
            throw new FileNotFoundException($"{pattern}: no such shard, and no file matches it; check the spelling", pattern);
        List<TokenShard> shards = [];
        try
        {
            foreach (string path in paths)
                shards.Add(TokenShard.Open(path));
            Check(shards);
            return new ShardSet(pattern, [.. shards]);
        }
        catch
        {
            shards.ForEach(shard => shard.Dispose());
            throw;
        }
    }

    /// <inheritdoc/>
    public long DocumentStart(long index)
    {
        if (index < 0 || index > DocumentCount)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"{Name} has {DocumentCount} documents");
        if (index == DocumentCount)
            return TokenCount;
        int shard = Containing(_documents, index);
        return _tokens[shard] + _shards[shard].DocumentStart((int)(index - _documents[shard]));
    }

    /// <inheritdoc/>
    public void Copy(long start, Span<long> destination)
    {
        if (start < 0 || start > TokenCount - destination.Length)
            throw new ArgumentOutOfRangeException(
                nameof(start), start, $"{destination.Length} ids from there leave {Name} of {TokenCount} tokens");
        for (int shard = destination.IsEmpty ? 0 : Containing(_tokens, start); !destination.IsEmpty; shard++)
        {
            int count = (int)Math.Min(destination.Length, _tokens[shard + 1] - start);
            _shards[shard].Copy(start - _tokens[shard], destination[..count]);
            destination = destination[count..];
            start += count;
        }
    }

    /// <summary>Unmaps the files.</summary>
    public void Dispose()
    {
        foreach (TokenShard shard in _shards)
            shard.Dispose();
    }

    /// <summary>An empty shard or a stray tokenizer would otherwise show as worse losses, days later.</summary>
    private static void Check(List<TokenShard> shards)
    {
        TokenShard? known = null;
        foreach (TokenShard shard in shards)
        {
            if (shard.TokenCount == 0)
                throw new InvalidDataException($"{shard.FilePath}: the shard is empty; write it again from text, or leave it out");
            if (shard.TokenizerHash is null)
                continue;
            known ??= shard;
            if (shard.TokenizerHash != known.TokenizerHash)
                throw new InvalidDataException($"{shard.FilePath} was written with another tokenizer (hash {shard.TokenizerHash}) than {known.FilePath} "
                    + $"(hash {known.TokenizerHash}); write both with one tokenizer");
        }
    }

    private long[] Ends(Func<TokenShard, long> count)
    {
        long[] ends = new long[_shards.Length + 1];
        for (int i = 0; i < _shards.Length; i++)
            ends[i + 1] = checked(ends[i] + count(_shards[i]));
        return ends;
    }

    /// <summary>The shard that holds an item. No shard is empty, so no two ends are equal.</summary>
    private static int Containing(long[] ends, long item)
    {
        int found = Array.BinarySearch(ends, item);
        return found >= 0 ? found : ~found - 1;
    }
}
