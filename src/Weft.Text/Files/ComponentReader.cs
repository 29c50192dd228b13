using Weft.Text.Normalizers;
using Weft.Text.PostProcessors;

namespace Weft.Text.Files;

/// <summary>
/// Normalizers and post-processors of a tokenizer.json. A type that is not read is refused by name, never passed over.
/// </summary>
internal static class ComponentReader
{
    public static Normalizer ReadNormalizer(JsonField field)
    {
        JsonField type = field.Required("type");
        switch (type.Text())
        {
            case "Sequence":
                return new NormalizerSequence([.. field.Required("normalizers").Items().Select(ReadNormalizer)]);
            case "Prepend":
                return new PrependNormalizer(field.Required("prepend").Text());
            case "Replace":
                return new ReplaceNormalizer(ReadFixedPattern(field), field.Required("content").Text());
            case "NFC":
                return new UnicodeNormalizer(compatible: false, compose: true);
            case "NFD":
                return new UnicodeNormalizer(compatible: false, compose: false);
            case "NFKC":
                return new UnicodeNormalizer(compatible: true, compose: true);
            case "NFKD":
                return new UnicodeNormalizer(compatible: true, compose: false);
            default:
                throw type.Refuse("this type is not read yet; types read here: Sequence, Prepend, Replace, NFC, NFD, NFKC, NFKD");
        }
    }

    /// <summary>A pattern that must be a fixed string of at least one character.</summary>
    public static string ReadFixedPattern(JsonField field)
    {
        JsonField pattern = field.Required("pattern");
        if (pattern.Optional("String") is not JsonField text)
            throw pattern.Refuse("only a fixed string is read here: {\"String\": \"...\"}");
        return text.Text() is { Length: > 0 } value ? value : throw text.Refuse("write at least one character here");
    }

    public static PostProcessor ReadPostProcessor(JsonField field)
    {
        JsonField type = field.Required("type");
        switch (type.Text())
        {
            case "Sequence":
                return field.Required("processors").Items().Select(ReadPostProcessor)
                    .Aggregate(PostProcessor.Nothing, (inner, outer) => inner.Within(outer));
            // Trims offsets, which ids do not have.
            case "ByteLevel":
                return PostProcessor.Nothing;
            case "TemplateProcessing":
                return ReadTemplate(field);
            case "RobertaProcessing" or "BertProcessing":
                return new PostProcessor([ReadTokenAndId(field.Required("cls"))], [ReadTokenAndId(field.Required("sep"))]);
            default:
                throw type.Refuse("this type is not read yet; types read here: Sequence, ByteLevel, TemplateProcessing, "
                    + "RobertaProcessing, BertProcessing");
        }
    }

    private static PostProcessor ReadTemplate(JsonField field)
    {
        JsonField single = field.Required("single");
        var before = new List<int>();
        var after = new List<int>();
        int texts = 0;
        foreach (JsonField item in single.Items())
        {
            if (item.Optional("Sequence") is JsonField sequence)
            {
                if (sequence.Required("id").Text() != "A")
                    throw sequence.Refuse("a template of a single text names only sequence A");
                texts++;
                continue;
            }
            JsonField name = item.Required("SpecialToken").Required("id");
            JsonField token = field.Required("special_tokens").Required(name.Text());
            foreach (JsonField id in token.Required("ids").Items())
                (texts == 0 ? before : after).Add(id.Integer(0, TokenizerReader.HighestId));
        }
        return texts == 1
            ? new PostProcessor(before, after)
            : throw single.Refuse("a template of a single text names sequence A once");
    }

    // ["</s>", 2]
    private static int ReadTokenAndId(JsonField field)
    {
        JsonField[] items = [.. field.Items()];
        return items.Length == 2
            ? items[1].Integer(0, TokenizerReader.HighestId)
            : throw field.Refuse("write a token and its id here: [\"</s>\", 2]");
    }
}
