using System.Text.Json;
using Weft.Text.Unigram;

namespace Weft.Text.Files;

/// <summary>Writes the <c>model</c> of a tokenizer.json when it is Unigram.</summary>
internal static class UnigramWriter
{
    /// <summary>
    /// A digit for each piece's type, which says that the model encodes as SentencePiece itself does. Other readers pass over it.
    /// </summary>
    public const string TypesName = "sentencepiece_types";

    public static void Write(Utf8JsonWriter writer, UnigramDefinition model)
    {
        writer.WriteString("type", "Unigram");
        if (model.UnknownId is int unknown)
            writer.WriteNumber("unk_id", unknown);
        else
            writer.WriteNull("unk_id");
        writer.WriteStartArray("vocab");
        foreach (ScoredPiece piece in model.Pieces)
        {
            writer.WriteStartArray();
            writer.WriteStringValue(piece.Text);
            writer.WriteNumberValue(piece.Score);
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
        writer.WriteBoolean("byte_fallback", model.ByteFallback);
        if (model.AsSentencePiece)
            writer.WriteString(TypesName, string.Concat(model.Pieces.Select(piece => (char)('0' + (int)piece.Type))));
    }
}
