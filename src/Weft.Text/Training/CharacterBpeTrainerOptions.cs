namespace Weft.Text;

/// <summary>What <see cref="CharacterBpeTrainer"/> learns.</summary>
public sealed record CharacterBpeTrainerOptions
{
    /// <summary>Tokens at the end: special tokens, characters, their forms at the end of a word, and merges.</summary>
    public int VocabularySize { get; init; } = 8192;

    /// <summary>Take the ids from 0 on, in this order.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = ["<unk>"];

    /// <summary>Stands for characters outside the vocabulary; one of the special tokens, or null to drop such characters.</summary>
    public string? UnknownToken { get; init; } = "<unk>";

    /// <summary>A pair must occur at least so often in the corpus to be merged.</summary>
    public int MinimumFrequency { get; init; } = 2;

    /// <summary>The most characters that get tokens, the most frequent ones. Null for all.</summary>
    public int? MaximumAlphabet { get; init; }

    /// <summary>Marks the last symbol of a word. Empty for no mark.</summary>
    public string EndOfWordSuffix { get; init; } = "</w>";

    /// <summary>Which of equally frequent pairs is merged.</summary>
    public MergeTie Ties { get; init; }

    /// <summary>Threads that count words. The result is the same for every value.</summary>
    public int MaximumParallelism { get; init; } = Environment.ProcessorCount;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MinimumFrequency, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumParallelism, 1);
        if (MaximumAlphabet is int most)
            ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(MaximumAlphabet));
        SpecialTokenNames.Check(SpecialTokens);
        if (UnknownToken is string unknown && !SpecialTokens.Contains(unknown))
            throw new ArgumentException($"the unknown token '{unknown}' is none of the special tokens; add it to them, or name none", nameof(UnknownToken));
    }
}

/// <summary>Which of equally frequent pairs is merged.</summary>
public enum MergeTie
{
    /// <summary>The one with the smaller ids, as Hugging Face's trainer.</summary>
    SmallerIds,

    /// <summary>The one whose tokens come last in the order of code points, as subword-nmt.</summary>
    LastText,
}
