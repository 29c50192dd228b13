using Weft.Text.PreTokenizers;

namespace Weft.Text;

/// <summary>What <see cref="ByteLevelBpeTrainer"/> learns.</summary>
public sealed record BpeTrainerOptions
{
    /// <summary>Tokens at the end: special tokens, the 256 bytes and merges. A small corpus may give fewer.</summary>
    public int VocabularySize { get; init; } = 4096;

    /// <summary>Take the ids from 0 on, in this order.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = ["<|endoftext|>"];

    /// <summary>A pair must occur at least so often in the corpus to be merged.</summary>
    public int MinimumFrequency { get; init; } = 2;

    /// <summary>Threads that count words. The result is the same for every value.</summary>
    public int MaximumParallelism { get; init; } = Environment.ProcessorCount;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MinimumFrequency, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumParallelism, 1);
        SpecialTokenNames.Check(SpecialTokens);
        foreach (string name in SpecialTokens)
            if (name is [char only] && ByteAlphabet.ToByte(only) >= 0)
                throw new ArgumentException(
                    $"special token '{name}' is the name of a byte; give it a longer name", nameof(SpecialTokens));
        if (VocabularySize < 256 + SpecialTokens.Count)
            throw new ArgumentOutOfRangeException(nameof(VocabularySize), VocabularySize,
                $"vocabulary size {VocabularySize} cannot hold 256 bytes and {SpecialTokens.Count} special tokens; "
                + $"ask for at least {256 + SpecialTokens.Count}");
    }
}
