using Weft.Text.Decoders;

namespace Weft.Text.Files;

/// <summary>Decoders of a tokenizer.json.</summary>
internal static class DecoderReader
{
    public static TokenDecoder Read(JsonField field) => Read(field, fused: false);

    private static TokenDecoder Read(JsonField field, bool fused)
    {
        JsonField type = field.Required("type");
        switch (type.Text())
        {
            case "Sequence":
                return ReadSequence(field, fused);
            case "Replace":
                return new ReplaceDecoder(PatternReader.ReadFixed(field), field.Required("content").Text());
            case "Fuse":
                return new FuseDecoder();
            case "Strip":
                return ReadStrip(field);
            case "ByteLevel" or "ByteFallback" or "WordPiece" or "CTC" or "BPEDecoder" or "Metaspace" when fused:
                throw type.Refuse("it reads single tokens; move it before the step that fuses them");
            case "ByteLevel":
                return new ByteLevelDecoder();
            case "Metaspace":
                return MetaspaceReader.ReadDecoder(field);
            case "ByteFallback":
                return new ByteFallbackDecoder();
            case "WordPiece":
                return WordDecoderReader.ReadWordPiece(field);
            case "CTC":
                return WordDecoderReader.ReadCtc(field);
            case "BPEDecoder":
                return WordDecoderReader.ReadSuffix(field);
            default:
                throw type.Refuse("this type is not read yet; types read here: Sequence, Replace, ByteFallback, Fuse, Strip, ByteLevel, "
                    + "WordPiece, CTC, BPEDecoder, Metaspace");
        }
    }

    private static DecoderSequence ReadSequence(JsonField field, bool fused)
    {
        var steps = new List<TokenDecoder>();
        foreach (JsonField item in field.Required("decoders").Items())
        {
            steps.Add(Read(item, fused));
            fused |= steps[^1].Fuses;
        }
        return new DecoderSequence(steps);
    }

    private static StripDecoder ReadStrip(JsonField field)
    {
        JsonField content = field.Required("content");
        if (content.Text() is not [char character] || char.IsSurrogate(character))
            throw content.Refuse("write one character here");
        return new StripDecoder(character,
            field.Required("start").Integer(0, int.MaxValue), field.Required("stop").Integer(0, int.MaxValue));
    }
}
