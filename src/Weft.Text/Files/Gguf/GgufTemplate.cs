using System.Text.Json;

namespace Weft.Text.Files.Gguf;

/// <summary>The tokens that a GGUF file wants before and after a text, as a post-processor of a tokenizer.json.</summary>
internal static class GgufTemplate
{
    /// <param name="vocabulary">Names the tokens and says whether to add them.</param>
    /// <param name="begins">Whether there is one before the text when the file does not say.</param>
    /// <param name="ends">Whether there is one after it.</param>
    public static JsonElement? Of(GgufVocabulary vocabulary, bool begins, bool ends)
    {
        int? begin = vocabulary.Flag("add_bos_token", begins) ? vocabulary.Id("bos_token_id") : null;
        int? end = vocabulary.Flag("add_eos_token", ends) ? vocabulary.Id("eos_token_id") : null;
        if (begin is null && end is null)
            return null;
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("type", "TemplateProcessing");
            WriteTemplate(writer, "single", ["A"]);
            WriteTemplate(writer, "pair", ["A", "B"]);
            writer.WriteStartObject("special_tokens");
            foreach (int id in new[] { begin, end }.OfType<int>().Distinct())
                WriteToken(writer, vocabulary.Tokens[id], id);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return JsonElement.Parse(stream.ToArray());

        void WriteTemplate(Utf8JsonWriter writer, string name, string[] texts)
        {
            writer.WriteStartArray(name);
            foreach (string text in texts)
            {
                int typeId = text == "A" ? 0 : 1;
                if (begin is int first)
                    WritePart(writer, "SpecialToken", vocabulary.Tokens[first], typeId);
                WritePart(writer, "Sequence", text, typeId);
                if (end is int last)
                    WritePart(writer, "SpecialToken", vocabulary.Tokens[last], typeId);
            }
            writer.WriteEndArray();
        }
    }

    private static void WritePart(Utf8JsonWriter writer, string kind, string id, int typeId)
    {
        writer.WriteStartObject();
        writer.WriteStartObject(kind);
        writer.WriteString("id", id);
        writer.WriteNumber("type_id", typeId);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteToken(Utf8JsonWriter writer, string token, int id)
    {
        writer.WriteStartObject(token);
        writer.WriteString("id", token);
        writer.WriteStartArray("ids");
        writer.WriteNumberValue(id);
        writer.WriteEndArray();
        writer.WriteStartArray("tokens");
        writer.WriteStringValue(token);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
