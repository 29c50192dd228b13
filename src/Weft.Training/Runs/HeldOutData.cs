using Weft.Data;

namespace Weft.Training.Runs;

/// <summary>The token ids of a run that are not learnt from: its own splits, or the recipe's shards. Opened anew by who needs them.</summary>
public sealed class HeldOutData : IDisposable
{
    private readonly ShardSet _validation;
    private readonly ShardSet? _test;
    private readonly ShardSet? _validationSource;
    private readonly ShardSet? _testSource;

    private HeldOutData(Func<string, string, ShardSet> open, (string Path, string? Source) validation, (string? Path, string? Source) test)
    {
        try
        {
            _validation = open(validation.Path, "validation");
            if (_validation.TokenCount < 2)
                throw new InvalidDataException(
                    $"the validation text ({validation.Path}) has {_validation.TokenCount} tokens; a loss needs at least 2: give more text");
            _validationSource = validation.Source is null ? null : open(validation.Source, "validation");
            _test = test.Path is null ? null : open(test.Path, "test");
            _testSource = test.Path is null || test.Source is null ? null : open(test.Source, "test");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What steers training; of pairs, the targets.</summary>
    public ITokenSequence Validation => _validation;

    /// <summary>Sources of <see cref="Validation"/>; null without pairs.</summary>
    public ITokenSequence? ValidationSource => _validationSource;

    /// <summary>What the result is measured on: the test data, or the validation data where there is no test data.</summary>
    public ITokenSequence Final => HasTest ? _test! : _validation;

    /// <summary>Sources of <see cref="Final"/>; null without pairs.</summary>
    public ITokenSequence? FinalSource => HasTest ? _testSource : _validationSource;

    /// <summary>Whether there is test data.</summary>
    public bool HasTest => _test is { TokenCount: > 1 };

    /// <summary>Tokens of the test data.</summary>
    public long TestTokens => _test?.TokenCount ?? 0;

    internal IEnumerable<ShardSet> Sets => new[] { _validation, _test, _validationSource, _testSource }.OfType<ShardSet>();

    /// <summary>Opens the held-out data of a run.</summary>
    /// <param name="recipe">Its recipe.</param>
    /// <param name="folder">Its folder.</param>
    /// <exception cref="FileNotFoundException">A shard is missing.</exception>
    /// <exception cref="InvalidDataException">A shard is damaged, or holds too little to measure a loss.</exception>
    public static HeldOutData Open(Recipe recipe, RunFolder folder)
    {
        Func<string, string, ShardSet> open = (path, split) => OpenSet(path, recipe, split);
        if (recipe.Data.Count > 0)
            return new(open, (recipe.HeldOut!.Validation, null), (recipe.HeldOut.Test, null));
        bool pairs = recipe.Text.HasPairs, empty = IsEmpty(folder.Shards.Test);
        return new(open, (folder.Shards.Validation, pairs ? folder.SourceShards.Validation : null),
            (empty ? null : folder.Shards.Test, pairs ? folder.SourceShards.Test : null));
    }

    /// <summary>Unmaps the files.</summary>
    public void Dispose()
    {
        foreach (ShardSet set in Sets)
            set.Dispose();
    }

    /// <summary>A split of text that holds nothing is no mistake: small texts leave some empty.</summary>
    private static bool IsEmpty(string path)
    {
        using TokenShard shard = TokenShard.Open(path);
        return shard.TokenCount == 0;
    }

    private static ShardSet OpenSet(string path, Recipe recipe, string split)
    {
        if (recipe.Data.Count == 0 && IsEmpty(path))
            throw new InvalidDataException($"the {split} text has no tokens; give more text or a larger share of it");
        return ShardSet.Open(path);
    }
}
