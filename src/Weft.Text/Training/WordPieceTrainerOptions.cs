namespace Weft.Text;

/// <summary>What <see cref="WordPieceTrainer"/> learns.</summary>
public sealed record WordPieceTrainerOptions
{
    private static readonly string[] Needed = ["[UNK]", "[CLS]", "[SEP]"];

    /// <summary>Tokens at the end: special tokens, characters and merges. A small corpus may give fewer, a rich alphabet more.</summary>
    public int VocabularySize { get; init; } = 30522;

    /// <summary>Take the ids from 0 on, in this order. <c>[UNK]</c>, <c>[CLS]</c> and <c>[SEP]</c> must be among them.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>A pair must occur at least so often in the corpus to be merged.</summary>
    public int MinimumFrequency { get; init; } = 2;

    /// <summary>The most frequent characters that are kept; words with others lose these in training. Null keeps all.</summary>
    public int? AlphabetLimit { get; init; } = 1000;

    /// <summary>Make letters small and take accents off.</summary>
    public bool Lowercase { get; init; } = true;

    /// <summary>Threads that count words. The result is the same for every value.</summary>
    public int MaximumParallelism { get; init; } = Environment.ProcessorCount;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MinimumFrequency, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumParallelism, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(AlphabetLimit ?? 1, 1, nameof(AlphabetLimit));
        SpecialTokenNames.Check(SpecialTokens);
        foreach (string name in Needed)
            if (!SpecialTokens.Contains(name))
                throw new ArgumentException($"BERT needs the special token '{name}'; list it", nameof(SpecialTokens));
        if (VocabularySize <= SpecialTokens.Count)
            throw new ArgumentOutOfRangeException(nameof(VocabularySize), VocabularySize,
                $"vocabulary size {VocabularySize} cannot hold more than the {SpecialTokens.Count} special tokens; ask for more");
    }
}
