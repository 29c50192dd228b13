namespace Weft.Text.MachineLearning;

/// <summary>What Microsoft.ML.Tokenizers has no word for.</summary>
public sealed record MachineLearningTokenizerOptions
{
    /// <summary>Add the tokens that the file puts around texts. They count for a greatest number of tokens, too.</summary>
    public bool AddSpecialTokens { get; init; }

    /// <summary>Which special tokens a text may name. None by default.</summary>
    public SpecialTokens AllowedSpecialTokens { get; init; } = SpecialTokens.None;

    /// <summary>Leave special tokens out of decoded text.</summary>
    public bool SkipSpecialTokens { get; init; } = true;
}

/// <summary>The way in.</summary>
public static class MachineLearningTokenizerExtensions
{
    /// <summary>The tokenizer as one of Microsoft.ML.Tokenizers.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="options">Null for the defaults.</param>
    public static MachineLearningTokenizer ToMachineLearning(this Tokenizer tokenizer, MachineLearningTokenizerOptions? options = null) => new(tokenizer, options);
}
