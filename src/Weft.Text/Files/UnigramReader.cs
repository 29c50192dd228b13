using System.Text.Json;
using Weft.Text.Unigram;

namespace Weft.Text.Files;

/// <summary>The <c>model</c> of a tokenizer.json when it is Unigram.</summary>
internal static class UnigramReader
{
    public static UnigramDefinition Read(JsonField model)
    {
        JsonField? types = model.Optional(UnigramWriter.TypesName);
        List<ScoredPiece> pieces = ReadPieces(model.Required("vocab"), types);
        int? unknown = model.Optional("unk_id") is not JsonField id ? null
            : pieces.Count > 0 ? id.Integer(0, pieces.Count - 1)
            : throw id.Refuse("model.vocab is empty; list the pieces there");
        return new UnigramDefinition(pieces, unknown)
        {
            ByteFallback = model.Flag("byte_fallback", whenAbsent: false),
            AsSentencePiece = types is not null,
        };
    }

    // [["<unk>", 0.0], ["▁the", -3.1], ...]
    private static List<ScoredPiece> ReadPieces(JsonField vocabulary, JsonField? types)
    {
        string? digits = types?.Text();
        var pieces = new List<ScoredPiece>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonField item in vocabulary.Items())
        {
            JsonField[] pair = [.. item.Items()];
            if (pair.Length != 2 || pair[0].Text().Length == 0 || pair[1].Element.ValueKind != JsonValueKind.Number)
                throw item.Refuse("write a piece and its score here: [\"▁the\", -3.1]");
            double score = pair[1].Element.GetDouble();
            if (!double.IsFinite(score))
                throw pair[1].Refuse("write a finite number here");
            if (!seen.Add(pair[0].Text()))
                throw item.Refuse("this piece is listed twice; keep one entry");
            PieceType type = digits is null ? PieceType.Normal
                : pieces.Count < digits.Length && digits[pieces.Count] is >= '1' and <= '7' ? (PieceType)(digits[pieces.Count] - '0')
                : throw types!.Value.Refuse("write one digit from 1 to 7 for each piece here");
            pieces.Add(new ScoredPiece(pair[0].Text(), score, type));
            if (pieces.Count > TokenizerReader.HighestId)
                throw item.Refuse($"a vocabulary holds at most {TokenizerReader.HighestId} pieces; remove the rest");
        }
        return pieces;
    }
}
