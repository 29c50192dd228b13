using System.Globalization;
using System.Text.Json;
using Weft.Text.AddedTokens;
using Weft.Text.Bpe;
using Weft.Text.Normalizers;
using Weft.Text.Unigram;

namespace Weft.Text.Files.SentencePiece;

/// <summary>A SentencePiece model in the components of a tokenizer.json.</summary>
internal static class SentencePieceDefinition
{
    public static TokenizerDefinition Build(SentencePieceSpec spec, string file)
    {
        int unknown = Check(spec, file);
        CharsMap.Read(spec.CharsMap.Span, what => new InvalidDataException(
            $"{file}: field 'normalizer_spec.precompiled_charsmap' is damaged, {what}; download the model again or train it anew"));
        SentencePieceOptions options = spec.Normalization with
        {
            UserDefinedSymbols = [.. spec.Pieces.Where(piece => piece.Type == PieceType.UserDefined).Select(piece => piece.Text)],
        };
        TokenizerModel model = spec.IsUnigram
            ? new UnigramModel(new UnigramDefinition(spec.Pieces, unknown) { ByteFallback = spec.ByteFallback, AsSentencePiece = true })
            : new SentencePieceBpeModel(spec.Pieces, unknown, spec.ByteFallback);
        return new TokenizerDefinition(model, [.. AddedTokens(spec.Pieces)])
        {
            Normalizer = SentencePieceNormalizerReader.Write(spec.CharsMap, options),
            Decoder = Decoder(options),
        };
    }

    /// <summary>Refuses what SentencePiece itself refuses, and returns the id of the unknown piece.</summary>
    private static int Check(SentencePieceSpec spec, string file)
    {
        int unknown = -1;
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < spec.Pieces.Count; id++)
        {
            (string text, double score, PieceType type) = spec.Pieces[id];
            if (text.Length == 0)
                throw Refuse(id, "empty", "every piece has at least one character");
            if (!double.IsFinite(score))
                throw Refuse(id, $"{score}", "scores are finite numbers");
            if (!ids.TryAdd(text, id))
                throw Refuse(id, $"'{JsonField.Shorten(text)}'", $"piece {ids[text]} is the same");
            if (type == PieceType.Unknown)
                unknown = unknown < 0 ? id : throw Refuse(id, "a second unknown piece", $"piece {unknown} is one already");
        }
        if (unknown < 0)
            throw new InvalidDataException($"{file}: field 'pieces' holds no piece of type UNKNOWN (2); one of them must be");
        if (spec.ByteFallback)
            for (int b = 0; b < 256; b++)
                if (!ids.TryGetValue(BpeModel.ByteToken((byte)b), out int id) || spec.Pieces[id].Type != PieceType.Byte)
                    throw new InvalidDataException($"{file}: field 'trainer_spec.byte_fallback' is true; then '{BpeModel.ByteToken((byte)b)}' must be a piece of type BYTE (6)");
        return unknown;

        InvalidDataException Refuse(int id, string value, string problem) =>
            new($"{file}: field 'pieces[{id}]' is {value}; {problem}: download the model again or train it anew");
    }

    private static IEnumerable<AddedToken> AddedTokens(IReadOnlyList<ScoredPiece> pieces)
    {
        for (int id = 0; id < pieces.Count; id++)
            if (pieces[id].Type is PieceType.Control or PieceType.Unknown)
                yield return new AddedToken(id, pieces[id].Text) { Special = true };
    }

    private static JsonElement Decoder(SentencePieceOptions options)
    {
        const string Common = """{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"}""";
        // Text that never begins with a space loses all that its tokens may begin with.
        int spaces = options.RemoveExtraWhitespaces ? int.MaxValue : options.AddDummyPrefix ? 1 : 0;
        string strip = string.Create(CultureInfo.InvariantCulture, $$""",{"type":"Strip","content":" ","start":{{spaces}},"stop":0}""");
        return JsonElement.Parse("""{"type":"Sequence","decoders":[""" + Common + (spaces > 0 ? strip : "") + "]}");
    }
}
