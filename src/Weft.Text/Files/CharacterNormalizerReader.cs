using Weft.Text.Normalizers;

namespace Weft.Text.Files;

/// <summary>Normalizers of a tokenizer.json with options about classes of characters.</summary>
internal static class CharacterNormalizerReader
{
    public static Normalizer ReadBert(JsonField field)
    {
        bool lowercase = field.Flag("lowercase", whenAbsent: true);
        return BertNormalizer.Of(field.Flag("clean_text", whenAbsent: true), field.Flag("handle_chinese_chars", whenAbsent: true),
            field.Flag("strip_accents", whenAbsent: lowercase), lowercase);
    }

    public static Normalizer ReadStrip(JsonField field) =>
        new StripNormalizer(field.Flag("strip_left", whenAbsent: true), field.Flag("strip_right", whenAbsent: true));
}
