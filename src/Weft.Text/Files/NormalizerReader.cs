using Weft.Text.Normalizers;

namespace Weft.Text.Files;

/// <summary>Normalizers of a tokenizer.json. A type that is not read is refused by name, never passed over.</summary>
internal static class NormalizerReader
{
    public static Normalizer Read(JsonField field)
    {
        JsonField type = field.Required("type");
        switch (type.Text())
        {
            case "Sequence" when field.Optional(SentencePieceNormalizerReader.Name) is not null:
                return SentencePieceNormalizerReader.Read(field);
            case "Sequence":
                return new NormalizerSequence([.. field.Required("normalizers").Items().Select(Read)]);
            case "Prepend":
                return new PrependNormalizer(field.Required("prepend").Text());
            case "Replace":
                return PatternReader.ReadReplacement(field);
            case "NFC":
                return new UnicodeNormalizer(compatible: false, compose: true);
            case "NFD":
                return new UnicodeNormalizer(compatible: false, compose: false);
            case "NFKC":
                return new UnicodeNormalizer(compatible: true, compose: true);
            case "NFKD":
                return new UnicodeNormalizer(compatible: true, compose: false);
            case "BertNormalizer":
                return CharacterNormalizerReader.ReadBert(field);
            case "Lowercase":
                return CharacterNormalizers.Lowercase;
            case "StripAccents":
                return CharacterNormalizers.Without(CharacterClasses.Mark);
            case "Strip":
                return CharacterNormalizerReader.ReadStrip(field);
            case "Nmt":
                return CharacterNormalizers.Nmt;
            case "ByteLevel":
                return CharacterNormalizers.ByteLevel;
            case "Precompiled":
                return CharsMapReader.Read(field);
            default:
                throw type.Refuse("this type is not read yet; types read here: Sequence, Prepend, Replace, NFC, NFD, NFKC, NFKD, "
                    + "BertNormalizer, Lowercase, StripAccents, Strip, Nmt, ByteLevel, Precompiled");
        }
    }
}
