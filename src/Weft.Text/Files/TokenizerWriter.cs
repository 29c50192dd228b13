using System.Text.Encodings.Web;
using System.Text.Json;
using Weft.Text.AddedTokens;
using Weft.Text.Bpe;

namespace Weft.Text.Files;

/// <summary>Writes a definition as Hugging Face's tokenizer.json, version 1.0.</summary>
internal static class TokenizerWriter
{
    // A tokenizer.json is data that is read as JSON, never put into a page, so only JSON's own escapes are needed.
    private static readonly JsonWriterOptions Options = new()
    {
        Indented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(Stream stream, TokenizerDefinition definition)
    {
        using var writer = new Utf8JsonWriter(stream, Options);
        writer.WriteStartObject();
        writer.WriteString("version", "1.0");
        writer.WriteNull("truncation");
        writer.WriteNull("padding");
        WriteAddedTokens(writer, definition.AddedTokens);
        WriteComponent(writer, "normalizer", definition.Normalizer);
        WriteComponent(writer, "pre_tokenizer", definition.PreTokenizer);
        WriteComponent(writer, "post_processor", definition.PostProcessor);
        WriteComponent(writer, "decoder", definition.Decoder);
        WriteModel(writer, definition.Model);
        writer.WriteEndObject();
    }

    private static void WriteComponent(Utf8JsonWriter writer, string name, JsonElement? component)
    {
        writer.WritePropertyName(name);
        if (component is JsonElement element)
            element.WriteTo(writer);
        else
            writer.WriteNullValue();
    }

    private static void WriteAddedTokens(Utf8JsonWriter writer, IEnumerable<AddedToken> tokens)
    {
        writer.WriteStartArray("added_tokens");
        foreach (AddedToken token in tokens.OrderBy(token => token.Id))
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", token.Id);
            writer.WriteString("content", token.Content);
            writer.WriteBoolean("single_word", token.SingleWord);
            writer.WriteBoolean("lstrip", token.LeftStrip);
            writer.WriteBoolean("rstrip", token.RightStrip);
            writer.WriteBoolean("normalized", token.Normalized);
            writer.WriteBoolean("special", token.Special);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteModel(Utf8JsonWriter writer, BpeDefinition model)
    {
        writer.WriteStartObject("model");
        writer.WriteString("type", "BPE");
        writer.WriteNull("dropout");
        writer.WriteString("unk_token", model.UnknownToken);
        writer.WriteNull("continuing_subword_prefix");
        writer.WriteNull("end_of_word_suffix");
        writer.WriteBoolean("fuse_unk", model.FuseUnknown);
        writer.WriteBoolean("byte_fallback", model.ByteFallback);
        writer.WriteBoolean("ignore_merges", model.IgnoreMerges);
        writer.WriteStartObject("vocab");
        Dictionary<int, string> tokens = [];
        foreach ((string token, int id) in model.Ids.OrderBy(entry => entry.Value))
        {
            writer.WriteNumber(token, id);
            tokens.Add(id, token);
        }
        writer.WriteEndObject();
        WriteMerges(writer, model.Merges, tokens);
        writer.WriteEndObject();
    }

    // The older form "a b" is what every reader knows; only tokens that hold a space need the newer one.
    private static void WriteMerges(Utf8JsonWriter writer, IReadOnlyList<BpeMerge> merges, Dictionary<int, string> tokens)
    {
        bool spaces = merges.Any(merge => tokens[merge.Result].Contains(' ', StringComparison.Ordinal));
        writer.WriteStartArray("merges");
        foreach (BpeMerge merge in merges)
        {
            (string left, string right) = (tokens[merge.Left], tokens[merge.Right]);
            if (!spaces)
            {
                writer.WriteStringValue($"{left} {right}");
                continue;
            }
            writer.WriteStartArray();
            writer.WriteStringValue(left);
            writer.WriteStringValue(right);
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
    }
}
