using Weft.Data;

namespace Weft.Training.Runs;

/// <summary>One source of a mixture.</summary>
public sealed record MixtureSource
{
    /// <summary>A token shard, or a glob for several that are read as one.</summary>
    public string Shard { get; init; } = "";

    /// <summary>Its share of the windows, in proportion to the other sources' weights.</summary>
    public double Weight { get; init; } = 1;
}

/// <summary>Token shards that are not learnt from.</summary>
public sealed record HeldOutRecipe
{
    /// <summary>A token shard, or a glob for several, that steers training.</summary>
    public string Validation { get; init; } = "";

    /// <summary>A token shard, or a glob for several, that is looked at once, at the end; by default that of the validation.</summary>
    public string? Test { get; init; }
}

/// <summary>Refuses mixtures that contradict themselves or the rest of a recipe.</summary>
internal static class MixtureCheck
{
    /// <exception cref="InvalidDataException">The message names key, value and remedy.</exception>
    public static void Check(Recipe recipe)
    {
        if (recipe.Data.Count == 0)
        {
            Require(recipe.HeldOut is null, "held-out is given without data; give the shards to learn from as data, or use text.validation");
            return;
        }
        Require(recipe.Text.Paths.Count == 0,
            $"data and text.paths are both given ({recipe.Data[0].Shard} and {(recipe.Text.Paths is [var path, ..] ? path : "")}); learn from shards or from text");
        Require(recipe.Tokenizer.File is { Length: > 0 }, "tokenizer.file is missing; with data, give the tokenizer.json that the shards were written with");
        Require(recipe.HeldOut is { Validation.Length: > 0 }, "held-out.validation is missing; with data, give a shard that is not learnt from");
        RecipeRange weights = RecipeRange.ByKey["data[].weight"];
        for (int i = 0; i < recipe.Data.Count; i++)
        {
            MixtureSource source = recipe.Data[i];
            Require(source.Shard.Length > 0, FormattableString.Invariant($"data[{i}].shard is missing; give a .tokens file or a glob"));
            Require(weights.Holds(source.Weight) && double.IsFinite(source.Weight), FormattableString.Invariant($"data[{i}].weight is {source.Weight}; {weights.Remedy}"));
        }
    }

    /// <summary>Asks whether shards fit the tokenizer of the recipe.</summary>
    /// <param name="set">The shards.</param>
    /// <param name="tokenizerHash">The tokenizer's hash.</param>
    /// <param name="vocabularySize">Its ids lie below this.</param>
    /// <exception cref="InvalidDataException">They were written with another one; the message names shard and both hashes.</exception>
    public static void CheckTokenizer(ShardSet set, string tokenizerHash, int vocabularySize)
    {
        foreach (TokenShard shard in set.Shards)
        {
            if (shard.TokenizerHash is { } hash && hash != tokenizerHash)
                throw new InvalidDataException($"{shard.FilePath} was written with another tokenizer (hash {hash}, the recipe's {tokenizerHash}); "
                    + "give that tokenizer as tokenizer.file, or write the shard again");
            if (shard.VocabularySize > vocabularySize)
                throw new InvalidDataException(FormattableString.Invariant(
                    $"{shard.FilePath} holds ids below {shard.VocabularySize}, but the tokenizer has {vocabularySize}; give the tokenizer that it was written with as tokenizer.file"));
        }
    }

    private static void Require(bool valid, string message)
    {
        if (!valid)
            throw new InvalidDataException(message);
    }
}
