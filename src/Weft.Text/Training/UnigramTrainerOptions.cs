namespace Weft.Text;

/// <summary>What <see cref="UnigramTrainer"/> learns.</summary>
public sealed record UnigramTrainerOptions
{
    /// <summary>Tokens at the end: the unknown token, special tokens, characters and pieces. A small corpus may give fewer.</summary>
    public int VocabularySize { get; init; } = 8000;

    /// <summary>Stands for characters that the corpus lacks. It has id 0.</summary>
    public string UnknownToken { get; init; } = "<unk>";

    /// <summary>Take the ids after the unknown token, in this order.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = ["<s>", "</s>"];

    /// <summary>Most UTF-16 units of a piece.</summary>
    public int MaximumPieceLength { get; init; } = 16;

    /// <summary>Most candidates to begin with.</summary>
    public int SeedSize { get; init; } = 1_000_000;

    /// <summary>The part of the pieces that a round of pruning leaves, above 0 and below 1.</summary>
    public double ShrinkingFactor { get; init; } = 0.75;

    /// <summary>Steps of expectation and maximization between two rounds of pruning.</summary>
    public int StepsPerRound { get; init; } = 2;

    /// <summary>Threads. The result is the same for every value.</summary>
    public int MaximumParallelism { get; init; } = Environment.ProcessorCount;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumPieceLength, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(SeedSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(StepsPerRound, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumParallelism, 1);
        if (!(ShrinkingFactor > 0 && ShrinkingFactor < 1))
            throw new ArgumentOutOfRangeException(nameof(ShrinkingFactor), ShrinkingFactor,
                $"shrinking factor {ShrinkingFactor} does not leave a part; write a number above 0 and below 1");
        ArgumentOutOfRangeException.ThrowIfLessThan(VocabularySize, SpecialTokens.Count + 2);
        SpecialTokenNames.Check([UnknownToken, .. SpecialTokens]);
    }
}
