using System.Text.Encodings.Web;
using System.Text.Json;
using Weft.Text.AddedTokens;

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
        writer.WritePropertyName("truncation");
        if (definition.Truncation is Truncation truncation)
            LengthReader.Write(writer, truncation);
        else
            writer.WriteNullValue();
        writer.WritePropertyName("padding");
        if (definition.Padding is Padding padding)
            LengthReader.Write(writer, padding);
        else
            writer.WriteNullValue();
        WriteAddedTokens(writer, definition.AddedTokens);
        WriteComponent(writer, "normalizer", definition.Normalizer);
        WriteComponent(writer, "pre_tokenizer", definition.PreTokenizer);
        WriteComponent(writer, "post_processor", definition.PostProcessor);
        WriteComponent(writer, "decoder", definition.Decoder);
        writer.WriteStartObject("model");
        definition.Model.Write(writer);
        writer.WriteEndObject();
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
}
