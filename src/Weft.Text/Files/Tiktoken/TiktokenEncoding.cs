using System.Globalization;
using Weft.Text.Files;
using Weft.Text.PreTokenizers;

namespace Weft.Text;

/// <summary>What a tiktoken rank file does not say: how text is split, and which special tokens there are.</summary>
/// <param name="Pattern">The regular expression whose matches are the pieces.</param>
/// <param name="SpecialTokens">Ids by name.</param>
public sealed record TiktokenEncoding(string Pattern, IReadOnlyDictionary<string, int> SpecialTokens)
{
    private const string EndOfText = "<|endoftext|>", FimPrefix = "<|fim_prefix|>", FimMiddle = "<|fim_middle|>", FimSuffix = "<|fim_suffix|>";

    /// <summary>r50k_base and GPT-2.</summary>
    public static TiktokenEncoding R50k { get; } = new(Gpt2Pattern.Text, Named((EndOfText, 50256)));

    /// <summary>p50k_base.</summary>
    public static TiktokenEncoding P50k { get; } = R50k;

    /// <summary>p50k_edit, which has the rank file of p50k_base.</summary>
    public static TiktokenEncoding P50kEdit { get; } =
        new(Gpt2Pattern.Text, Named((EndOfText, 50256), (FimPrefix, 50281), (FimMiddle, 50282), (FimSuffix, 50283)));

    /// <summary>cl100k_base.</summary>
    public static TiktokenEncoding Cl100k { get; } = new(KnownPatterns.Cl100k,
        Named((EndOfText, 100257), (FimPrefix, 100258), (FimMiddle, 100259), (FimSuffix, 100260), ("<|endofprompt|>", 100276)));

    /// <summary>o200k_base.</summary>
    public static TiktokenEncoding O200k { get; } = new(KnownPatterns.O200k, Named((EndOfText, 199999), ("<|endofprompt|>", 200018)));

    /// <summary>Llama 3, with its first names for the reserved tokens; the text begins with <c>&lt;|begin_of_text|&gt;</c>.</summary>
    public static TiktokenEncoding Llama3 { get; } = new(KnownPatterns.Cl100k, Named([.. Llama3Names().Select((name, i) => (name, 128000 + i))]))
    {
        FirstToken = "<|begin_of_text|>",
    };

    /// <summary>Qwen, which composes characters (NFC).</summary>
    public static TiktokenEncoding Qwen { get; } = new(KnownPatterns.Qwen2, Named([(EndOfText, 151643), ("<|im_start|>", 151644), ("<|im_end|>", 151645),
        .. Enumerable.Range(0, 205).Select(i => (string.Create(CultureInfo.InvariantCulture, $"<|extra_{i}|>"), 151646 + i))]))
    {
        ComposesCharacters = true,
    };

    /// <summary>Text is normalized to NFC first.</summary>
    public bool ComposesCharacters { get; init; }

    /// <summary>The special token that is put before every text; null for none.</summary>
    public string? FirstToken { get; init; }

    private static Dictionary<string, int> Named(params (string Name, int Id)[] tokens) => tokens.ToDictionary(token => token.Name, token => token.Id, StringComparer.Ordinal);

    private static IEnumerable<string> Llama3Names()
    {
        int reserved = 0;
        string Reserved() => string.Create(CultureInfo.InvariantCulture, $"<|reserved_special_token_{reserved++}|>");
        yield return "<|begin_of_text|>";
        yield return "<|end_of_text|>";
        for (int i = 0; i < 4; i++)
            yield return Reserved();
        yield return "<|start_header_id|>";
        yield return "<|end_header_id|>";
        yield return Reserved();
        yield return "<|eot_id|>";
        while (reserved < 251)
            yield return Reserved();
    }
}
