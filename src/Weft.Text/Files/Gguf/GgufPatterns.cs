using System.Text;
using System.Text.Json;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Files.Gguf;

/// <summary>
/// The patterns that <c>tokenizer.ggml.pre</c> names, as the tokenizer.json files of the models write them. Several patterns split one after
/// another what the one before has left.
/// </summary>
internal static class GgufPatterns
{
    private const string Llama3 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Qwen2 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";
    private const string CasedRest = @" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Tekken = $@"[^\r\n\p{{L}}\p{{N}}]?{Upper}*{Lower}+|[^\r\n\p{{L}}\p{{N}}]?{Upper}+{Lower}*|\p{{N}}|{CasedRest}";
    private const string Gpt4O = $@"[^\r\n\p{{L}}\p{{N}}]?{Upper}*{Lower}+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{{L}}\p{{N}}]?{Upper}+{Lower}*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{{N}}{{1,3}}|{CasedRest}";
    private const string DeepSeekWords = """[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+""";
    private const string Poro = " ?[^(\\s|.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C)]+";
    private const string ThreeDigits = "[0-9][0-9][0-9]";

    private static readonly Dictionary<string, string[]> Patterns = Table(
        (["gpt-2", "gpt2", "phi-2", "mpt", "olmo", "jais", "jina-es", "jina-de", "roberta-bpe", "gigachat", "modern-bert"], [Gpt2Pattern.Text]),
        (["default"], [@"[\p{P}\$\+<=>\^~\|]+", Gpt2Pattern.Text, @"\p{N}+", ThreeDigits]),
        (["falcon"], [@"[\p{P}\$\+<=>\^~\|`]+", Gpt2Pattern.Text, ThreeDigits]),
        (["starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b"], [@"\p{N}", Gpt2Pattern.Text]),
        (["llama3", "llama-v3", "llama-bpe", "falcon3", "dbrx", "smaug-bpe", "chatglm-bpe", "glm4"], [Llama3]),
        (["qwen2", "stablelm2", "deepseek-r1-qwen", "megrez"], [Qwen2]),
        (["tekken"], [Tekken]),
        (["gpt-4o", "llama4"], [Gpt4O]),
        (["deepseek-coder"], ["[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+", @"\p{N}"]),
        (["deepseek-v3"], [@"\p{N}{1,3}", "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+", DeepSeekWords]),
        (["poro-chat", "bloom", "gpt3-finnish"], [Poro]),
        (["viking"], [Poro, @"\p{N}"]));

    /// <summary>Names whose models take a word that is a token whole, whatever the merges would give.</summary>
    public static bool IgnoresMerges(string name) => name is "llama3" or "llama-v3" or "llama-bpe" or "falcon3" or "tekken";

    /// <summary>A tokenizer.json's pre-tokenizer that splits by the named patterns and then goes to bytes; null for a name that is not known.</summary>
    public static JsonElement? Find(string name)
    {
        if (!Patterns.TryGetValue(name, out string[]? patterns))
            return null;
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("type", "Sequence");
            writer.WriteStartArray("pretokenizers");
            foreach (string pattern in patterns)
                WriteSplit(writer, pattern);
            writer.WriteRawValue("""{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""");
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return JsonElement.Parse(Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static void WriteSplit(Utf8JsonWriter writer, string pattern)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "Split");
        writer.WriteStartObject("pattern");
        writer.WriteString("Regex", pattern);
        writer.WriteEndObject();
        writer.WriteString("behavior", "Isolated");
        writer.WriteBoolean("invert", false);
        writer.WriteEndObject();
    }

    private static Dictionary<string, string[]> Table(params (string[] Names, string[] Patterns)[] groups) =>
        groups.SelectMany(group => group.Names.Select(name => KeyValuePair.Create(name, group.Patterns))).ToDictionary(StringComparer.Ordinal);
}
