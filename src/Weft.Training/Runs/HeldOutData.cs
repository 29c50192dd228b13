using Weft.Data;

namespace Weft.Training.Runs;

/// <summary>The token ids of a run that are not learnt from: its own splits, or the recipe's shards. Opened anew by who needs them.</summary>
public sealed class HeldOutData : IDisposable
{
    private readonly ShardSet? _test;

    private HeldOutData(ShardSet validation, ShardSet? test)
    {
        Validation = validation;
        _test = test;
    }

    /// <summary>What steers training.</summary>
    public ITokenSequence Validation { get; }

    /// <summary>What the result is measured on: the test data, or the validation data where there is no test data.</summary>
    public ITokenSequence Final => HasTest ? _test! : Validation;

    /// <summary>Whether there is test data.</summary>
    public bool HasTest => _test is { TokenCount: > 1 };

    /// <summary>Tokens of the test data.</summary>
    public long TestTokens => _test?.TokenCount ?? 0;

    internal IEnumerable<ShardSet> Sets => _test is null ? [(ShardSet)Validation] : [(ShardSet)Validation, _test];

    /// <summary>Opens the held-out data of a run.</summary>
    /// <param name="recipe">Its recipe.</param>
    /// <param name="folder">Its folder.</param>
    /// <exception cref="FileNotFoundException">A shard is missing.</exception>
    /// <exception cref="InvalidDataException">A shard is damaged, or holds too little to measure a loss.</exception>
    public static HeldOutData Open(Recipe recipe, RunFolder folder)
    {
        (string validation, string? test) = recipe.Data.Count > 0
            ? (recipe.HeldOut!.Validation, recipe.HeldOut.Test)
            : (folder.Shards.Validation, folder.Shards.Test);
        ShardSet first = OpenSet(validation, recipe, "validation");
        try
        {
            if (first.TokenCount < 2)
                throw new InvalidDataException(
                    $"the validation text ({validation}) has {first.TokenCount} tokens; a loss needs at least 2: give more text");
            return new(first, test is null || (recipe.Data.Count == 0 && IsEmpty(test)) ? null : OpenSet(test, recipe, "test"));
        }
        catch
        {
            first.Dispose();
            throw;
        }
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
