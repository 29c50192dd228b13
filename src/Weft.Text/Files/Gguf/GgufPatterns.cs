using System.Text.Json;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Files.Gguf;

/// <summary>
/// The patterns that <c>tokenizer.ggml.pre</c> names, as the tokenizer.json files of the models write them. Several patterns split one after
/// another what the one before has left.
/// </summary>
internal static class GgufPatterns
{
    private const string DeepSeekWords = """[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+""";
    private const string Poro = " ?[^(\\s|.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C)]+";
    private const string ThreeDigits = "[0-9][0-9][0-9]";

    private static readonly Dictionary<string, string[]> Patterns = Table(
        (["gpt-2", "gpt2", "phi-2", "mpt", "olmo", "jais", "jina-es", "jina-de", "roberta-bpe", "gigachat", "modern-bert"], [Gpt2Pattern.Text]),
        (["default"], [@"[\p{P}\$\+<=>\^~\|]+", Gpt2Pattern.Text, @"\p{N}+", ThreeDigits]),
        (["falcon"], [@"[\p{P}\$\+<=>\^~\|`]+", Gpt2Pattern.Text, ThreeDigits]),
        (["starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b"], [@"\p{N}", Gpt2Pattern.Text]),
        (["llama3", "llama-v3", "llama-bpe", "falcon3", "dbrx", "smaug-bpe", "chatglm-bpe", "glm4"], [KnownPatterns.Cl100k]),
        (["qwen2", "stablelm2", "deepseek-r1-qwen", "megrez"], [KnownPatterns.Qwen2]),
        (["tekken"], [KnownPatterns.Tekken]),
        (["gpt-4o", "llama4"], [KnownPatterns.O200k]),
        (["deepseek-coder"], ["[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+", @"\p{N}"]),
        (["deepseek-v3"], [@"\p{N}{1,3}", "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+", DeepSeekWords]),
        (["poro-chat", "bloom", "gpt3-finnish"], [Poro]),
        (["viking"], [Poro, @"\p{N}"]));

    /// <summary>Names whose models take a word that is a token whole, whatever the merges would give.</summary>
    public static bool IgnoresMerges(string name) => name is "llama3" or "llama-v3" or "llama-bpe" or "falcon3" or "tekken";

    /// <summary>A tokenizer.json's pre-tokenizer that splits by the named patterns and then goes to bytes; null for a name that is not known.</summary>
    public static JsonElement? Find(string name) =>
        Patterns.TryGetValue(name, out string[]? patterns) ? ByteLevelComponents.Splitting(patterns) : null;

    /// <summary>The name whose models split as a tokenizer.json's pre-tokenizer does before bytes, and take whole words alike; null where none does.</summary>
    public static string? NameOf(JsonElement? preTokenizer, bool ignoresMerges) =>
        preTokenizer is { } element && PatternsOf(element) is { } patterns
            ? Patterns.FirstOrDefault(entry => entry.Value.SequenceEqual(patterns) && IgnoresMerges(entry.Key) == ignoresMerges).Key
            : null;

    /// <summary>The patterns that split one after another; null where something else is done.</summary>
    private static IReadOnlyList<string>? PatternsOf(JsonElement component)
    {
        string? Text(string name) => component.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        bool Is(string name, bool whenAbsent) => component.TryGetProperty(name, out JsonElement value) ? value.ValueKind == JsonValueKind.True : whenAbsent;
        switch (Text("type"))
        {
            case "Sequence":
                IReadOnlyList<string>?[] steps = [.. component.GetProperty("pretokenizers").EnumerateArray().Select(PatternsOf)];
                return steps.Contains(null) ? null : [.. steps.SelectMany(step => step!)];
            case "ByteLevel":
                return Is("add_prefix_space", true) ? null : Is("use_regex", true) ? [Gpt2Pattern.Text] : [];
            case "Digits":
                return Is("individual_digits", false) ? [@"\p{N}"] : null;
            case "Split":
                return Text("behavior") == "Isolated" && !Is("invert", false) && component.GetProperty("pattern").TryGetProperty("Regex", out JsonElement regex) ? [regex.GetString()!] : null;
            default:
                return null;
        }
    }

    private static Dictionary<string, string[]> Table(params (string[] Names, string[] Patterns)[] groups) =>
        groups.SelectMany(group => group.Names.Select(name => KeyValuePair.Create(name, group.Patterns))).ToDictionary(StringComparer.Ordinal);
}
