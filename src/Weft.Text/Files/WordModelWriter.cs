using System.Text.Json;
using Weft.Text.WordPiece;

namespace Weft.Text.Files;

/// <summary>Writes the <c>model</c> of a tokenizer.json when it is WordPiece or WordLevel.</summary>
internal static class WordModelWriter
{
    public static void Write(Utf8JsonWriter writer, WordPieceDefinition model)
    {
        writer.WriteString("type", "WordPiece");
        writer.WriteString("unk_token", model.UnknownToken);
        writer.WriteString("continuing_subword_prefix", model.Prefix);
        writer.WriteNumber("max_input_chars_per_word", model.MaximumCharacters);
        WriteVocabulary(writer, model.Ids);
    }

    public static void Write(Utf8JsonWriter writer, WordLevelModel model)
    {
        writer.WriteString("type", "WordLevel");
        WriteVocabulary(writer, model.Ids);
        writer.WriteString("unk_token", model.UnknownToken);
    }

    private static void WriteVocabulary(Utf8JsonWriter writer, IReadOnlyDictionary<string, int> ids)
    {
        writer.WriteStartObject("vocab");
        foreach ((string token, int id) in ids.OrderBy(entry => entry.Value))
            writer.WriteNumber(token, id);
        writer.WriteEndObject();
    }
}
