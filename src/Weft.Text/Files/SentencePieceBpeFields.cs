using System.Text.Json;
using Weft.Text.Bpe;
using Weft.Text.Unigram;

namespace Weft.Text.Files;

/// <summary>
/// What a SentencePiece model knows beyond merges, in fields of a tokenizer.json's BPE model that other readers pass over: a digit
/// for each piece's type, and the scores.
/// </summary>
internal static class SentencePieceBpeFields
{
    private const string ScoresName = "sentencepiece_scores";

    public static bool AreIn(JsonField model) => model.Optional(UnigramWriter.TypesName) is not null;

    public static void Write(Utf8JsonWriter writer, IReadOnlyList<ScoredPiece> pieces)
    {
        writer.WriteString(UnigramWriter.TypesName, string.Concat(pieces.Select(piece => (char)('0' + (int)piece.Type))));
        writer.WriteStartArray(ScoresName);
        foreach (ScoredPiece piece in pieces)
            writer.WriteNumberValue((float)piece.Score);
        writer.WriteEndArray();
    }

    public static SentencePieceBpeModel Read(JsonField model)
    {
        Dictionary<string, int> ids = VocabularyReader.Read(model.Required("vocab"));
        JsonField types = model.Required(UnigramWriter.TypesName), scores = model.Required(ScoresName);
        JsonField[] items = [.. scores.Items()];
        string digits = types.Text();
        if (digits.Length != ids.Count || digits.AsSpan().ContainsAnyExceptInRange('1', '6'))
            throw types.Refuse($"write one digit from 1 to 6 for each of the {ids.Count} tokens of model.vocab");
        if (items.Length != ids.Count)
            throw scores.Refuse($"write a number for each of the {ids.Count} tokens of model.vocab");
        var pieces = new ScoredPiece[ids.Count];
        foreach ((string text, int id) in ids)
            pieces[id < pieces.Length ? id : throw types.Refuse($"'{JsonField.Shorten(text)}' has id {id}; ids without gaps are needed")] =
                new ScoredPiece(text, ReadScore(items[id]), (PieceType)(digits[id] - '0'));
        int unknown = Array.FindIndex(pieces, piece => piece.Type == PieceType.Unknown);
        return unknown >= 0
            ? new SentencePieceBpeModel(pieces, unknown, model.Flag("byte_fallback", whenAbsent: false))
            : throw types.Refuse("one piece must be of type 2, unknown");
    }

    private static float ReadScore(JsonField score) =>
        score.Element.ValueKind == JsonValueKind.Number && score.Element.TryGetSingle(out float value) && float.IsFinite(value)
            ? value
            : throw score.Refuse("write a finite number here");
}
