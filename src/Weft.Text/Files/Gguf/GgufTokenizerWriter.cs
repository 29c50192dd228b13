using System.Text;
using System.Text.Json;
using Weft.Gguf;

namespace Weft.Text.Files.Gguf;

/// <summary>
/// Writes a tokenizer as llama.cpp's keys. These describe kinds of tokenizers rather than their parts, so what is written is read again and tried: unless
/// it gives the same ids it is not written.
/// </summary>
internal static class GgufTokenizerWriter
{
    private const string Prefix = "tokenizer.ggml.";

    /// <summary>
    /// Texts that tell kinds apart: cases, digits, punctuation, contractions, white space of all kinds, scripts, and characters that few vocabularies have.
    /// All are in composed form, since llama.cpp never composes.
    /// </summary>
    private static readonly string[] Probes =
    [
        "Hello world", " leading and  double  spaces ", "It's what they'll DO, isn't it? I'VE", "3 33 333 3333 12345.678e-9", "a\nb\n\n c\t\td \r\n  e   ",
        "(x_1+y)*{z}[0]; // <tag/> #!$%&@^~|`\"'\\", "naïve Café Straße ΑΒΓ привет שלום عربي हिन्दी ไทย", "你好，世界。こんにちは 한국어", "😀👍🏽 ∑∞ \u00A0\u3000|", "zzzxxqqj supercalifragilistic",
    ];

    public static GgufTokenizer Write(Tokenizer tokenizer, TokenizerDefinition definition, int vocabularySize, IReadOnlyList<int> endOfTextIds)
    {
        using var json = new MemoryStream();
        TokenizerWriter.Write(json, definition);
        KeyValuePair<string, object> whole = new(GgufTokenizerReader.HuggingFaceKey, Encoding.UTF8.GetString(json.GetBuffer(), 0, (int)json.Length));
        GgufVocabularyBuilder? vocabulary = GgufVocabularyBuilder.Of(definition, vocabularySize);
        string? pattern = vocabulary?.Model != "gpt2" ? "default" : GgufPatterns.NameOf(definition.PreTokenizer, definition.Model is Bpe.BpeModel { Definition.IgnoreMerges: true });
        string? problem = vocabulary is null ? $"its model {tokenizer.Components.Model} is none that GGUF files name"
            : pattern is null ? $"no name of GGUF files stands for its pre-tokenizer {tokenizer.Components.PreTokenizer ?? "(none)"}" : null;
        if (problem is null)
        {
            string? difference = null;
            foreach ((bool spaced, bool trimmed) in new[] { (true, false), (true, true), (false, false), (false, true) })
            {
                OrderedDictionary<string, object> keys = KeysOf(tokenizer, vocabulary!, pattern!, endOfTextIds);
                if (vocabulary!.Scores is not null)
                    AddNormalization(keys, definition, spaced, trimmed);
                difference = Compare(tokenizer, keys);
                if (difference is null)
                    return new([.. keys, whole], null);
            }
            problem = $"as GGUF files describe it, {difference}";
        }
        return new([new(Prefix + "model", "none"), whole], problem);
    }

    private static OrderedDictionary<string, object> KeysOf(Tokenizer tokenizer, GgufVocabularyBuilder vocabulary, string pattern, IReadOnlyList<int> endOfTextIds)
    {
        OrderedDictionary<string, object> keys = new() { [Prefix + "model"] = vocabulary.Model, [Prefix + "pre"] = pattern, [Prefix + "tokens"] = vocabulary.Tokens };
        if (vocabulary.Scores is not null)
            keys[Prefix + "scores"] = vocabulary.Scores;
        keys[Prefix + "token_type"] = vocabulary.Types;
        if (vocabulary.Merges is not null)
            keys[Prefix + "merges"] = vocabulary.Merges;
        // What the post-processor puts around a text.
        int[] around = tokenizer.EncodeToIds("a"), inside = tokenizer.EncodeToIds("a", addSpecialTokens: false);
        int at = around.AsSpan().IndexOf(inside);
        int? before = at == 1 ? around[0] : null, after = at >= 0 && around.Length == at + inside.Length + 1 ? around[^1] : null;
        SpecialTokenRoles roles = tokenizer.Settings.Roles;
        (string Name, int? Id)[] ids =
        [
            ("bos", before ?? roles.Beginning?.Id),
            ("eos", after ?? roles.End?.Id ?? tokenizer.Settings.EndOfTextIds.Concat(endOfTextIds).Cast<int?>().FirstOrDefault()),
            ("unknown", roles.Unknown?.Id ?? Array.IndexOf(vocabulary.Types, (int)Unigram.PieceType.Unknown) switch { < 0 => null, int id => id }),
            // Misspelt in the format itself.
            ("seperator", roles.Separator?.Id), ("padding", roles.Padding?.Id), ("cls", roles.Classification?.Id), ("mask", roles.Mask?.Id),
        ];
        foreach ((string name, int? id) in ids)
            if (id is >= 0 && id < vocabulary.Tokens.Length)
                keys[$"{Prefix}{name}_token_id"] = (uint)id.Value;
        keys[Prefix + "add_bos_token"] = before is not null;
        keys[Prefix + "add_eos_token"] = after is not null;
        return keys;
    }

    private static void AddNormalization(OrderedDictionary<string, object> keys, TokenizerDefinition definition, bool spaced, bool trimmed)
    {
        keys[Prefix + "add_space_prefix"] = spaced;
        keys[Prefix + "remove_extra_whitespaces"] = trimmed;
        if (definition.Normalizer is { } normalizer && CharsMapOf(normalizer) is { Length: > 0 } map)
            keys[Prefix + "precompiled_charsmap"] = map;
    }

    private static byte[]? CharsMapOf(JsonElement component) =>
        component.TryGetProperty("precompiled_charsmap", out JsonElement map) && map.TryGetBytesFromBase64(out byte[]? bytes) ? bytes
        : component.TryGetProperty("normalizers", out JsonElement steps) ? steps.EnumerateArray().Select(CharsMapOf).FirstOrDefault(found => found is not null)
        : null;

    /// <summary>What the keys give another reading of; null where all probes agree.</summary>
    private static string? Compare(Tokenizer tokenizer, IReadOnlyCollection<KeyValuePair<string, object>> keys)
    {
        using var stream = new MemoryStream();
        GgufMetadataWriter.Write(stream, keys, 0);
        stream.Position = 0;
        using GgufMetadata metadata = GgufMetadata.Open(stream, "keys");
        Tokenizer again;
        try
        {
            again = new Tokenizer(GgufTokenizerReader.ReadKeys(metadata), "keys");
        }
        catch (InvalidDataException e)
        {
            return $"it cannot be read again ({e.Message})";
        }
        string? text = Probes.FirstOrDefault(probe => !tokenizer.EncodeToIds(probe).AsSpan().SequenceEqual(again.EncodeToIds(probe)));
        return text is null ? null : $"'{text.ReplaceLineEndings(" ")}' would get other ids";
    }
}
