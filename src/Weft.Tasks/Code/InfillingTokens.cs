using Weft.Text;

namespace Weft.Tasks;

/// <summary>The tokens by which a model of code is asked for what stands between two texts (Bavarian et al. 2022, arXiv:2207.14255).</summary>
/// <param name="Prefix">Before what stands before the gap.</param>
/// <param name="Suffix">Before what stands after it.</param>
/// <param name="Middle">After both; what follows fills the gap.</param>
/// <param name="Ends">Ids that end the filling.</param>
internal sealed record InfillingTokens(int Prefix, int Suffix, int Middle, IReadOnlyList<int> Ends)
{
    private const string CodeLlama = "▁<PRE>";

    /// <summary>A piece of its own, which takes the space.</summary>
    private const string Anchor = "☺";

    /// <summary>Spellings of published models, all in the order of prefix, suffix, middle.</summary>
    private static readonly (string Prefix, string Suffix, string Middle)[] Spellings =
    [
        ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"), // Qwen, CodeGemma
        ("<fim_prefix>", "<fim_suffix>", "<fim_middle>"), // StarCoder
        ("<fim-prefix>", "<fim-suffix>", "<fim-middle>"), // SantaCoder
        (CodeLlama, "▁<SUF>", "▁<MID>"), // Code Llama
        ("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"), // DeepSeek
    ];

    /// <summary>Tokens that end a filling beside those that end a text.</summary>
    private static readonly string[] Endings =
        ["▁<EOT>", "<|endoftext|>", "<|fim_pad|>", "<fim_pad>", "<|file_sep|>", "<file_sep>", "<|file_separator|>", "<|repo_name|>", "<repo_name>", "<|cursor|>"];

    /// <summary>The tokenizer puts a space before each text, which would be one too many after the gap.</summary>
    public bool DropsSpace { get; private init; }

    /// <summary>The tokens of a tokenizer; null where it has none.</summary>
    public static InfillingTokens? Of(Tokenizer tokenizer)
    {
        foreach ((string prefix, string suffix, string middle) in Spellings)
            if (tokenizer.TokenToId(prefix) is { } before && tokenizer.TokenToId(suffix) is { } after && tokenizer.TokenToId(middle) is { } between)
                return new(before, after, between, [before, after, between, .. Endings.Select(tokenizer.TokenToId).OfType<int>()]) { DropsSpace = prefix == CodeLlama };
        return null;
    }

    /// <summary>What stands after the gap; as Code Llama's own code has it, without the space that its tokenizer puts before a text.</summary>
    public int[] EncodeSuffix(Tokenizer tokenizer, string text)
    {
        int[] anchor = DropsSpace ? tokenizer.EncodeToIds(Anchor, addSpecialTokens: false) : [];
        int[] both = tokenizer.EncodeToIds(DropsSpace ? Anchor + text : text, addSpecialTokens: false);
        return both[anchor.Length..];
    }
}
