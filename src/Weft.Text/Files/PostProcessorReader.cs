using Weft.Text.PostProcessors;

namespace Weft.Text.Files;

/// <summary>Post-processors of a tokenizer.json.</summary>
internal static class PostProcessorReader
{
    public static PostProcessor Read(JsonField field)
    {
        JsonField type = field.Required("type");
        switch (type.Text())
        {
            case "Sequence":
                return field.Required("processors").Items().Select(Read)
                    .Aggregate(PostProcessor.Nothing, (inner, outer) => inner.Within(outer));
            case "ByteLevel":
                return WithOffsets(PostProcessor.Nothing, field);
            case "TemplateProcessing":
                return ReadTemplate(field);
            case "RobertaProcessing":
                return WithOffsets(Around(field, separators: 2, secondType: 0), field);
            case "BertProcessing":
                return Around(field, separators: 1, secondType: 1);
            default:
                throw type.Refuse("this type is not known; types: Sequence, ByteLevel, TemplateProcessing, RobertaProcessing, BertProcessing");
        }
    }

    private static PostProcessor WithOffsets(PostProcessor processor, JsonField field) => processor with
    {
        TrimOffsets = field.Flag("trim_offsets", whenAbsent: true),
        AddPrefixSpace = field.Flag("add_prefix_space", whenAbsent: true),
    };

    private static PostProcessor Around(JsonField field, int separators, int secondType)
    {
        TemplatePart first = TemplatePart.Special(ReadTokenAndId(field.Required("cls")), 0);
        int separator = ReadTokenAndId(field.Required("sep"));
        TemplatePart middle = TemplatePart.Special(separator, 0), last = TemplatePart.Special(separator, secondType);
        return new(
            [first, TemplatePart.Text(0, 0), middle],
            [first, TemplatePart.Text(0, 0), .. Enumerable.Repeat(middle, separators), TemplatePart.Text(1, secondType), last]);
    }

    private static PostProcessor ReadTemplate(JsonField field)
    {
        TemplatePart[] single = [.. ReadParts(field, field.Required("single"))];
        if (single.Count(part => part.IsText) != 1 || single.Any(part => part.Sequence == 1))
            throw field.Required("single").Refuse("a template of a single text names sequence A once and no other");
        TemplatePart[] pair = [.. field.Optional("pair") is JsonField parts ? ReadParts(field, parts) : []];
        return pair.Length == 0 || pair.Count(part => part.Sequence == 0) == 1 && pair.Count(part => part.Sequence == 1) == 1
            ? new PostProcessor(single, pair)
            : throw field.Required("pair").Refuse("a template of a pair names sequence A and sequence B once each");
    }

    private static IEnumerable<TemplatePart> ReadParts(JsonField field, JsonField parts)
    {
        foreach (JsonField item in parts.Items())
        {
            bool isText = item.Optional("Sequence") is not null;
            JsonField part = item.Required(isText ? "Sequence" : "SpecialToken");
            JsonField name = part.Required("id");
            int typeId = part.Optional("type_id")?.Integer(0, int.MaxValue) ?? 0;
            if (isText)
            {
                yield return TemplatePart.Text(name.Text() switch
                {
                    "A" => 0,
                    "B" => 1,
                    _ => throw name.Refuse("write A or B here"),
                }, typeId);
                continue;
            }
            foreach (JsonField id in field.Required("special_tokens").Required(name.Text()).Required("ids").Items())
                yield return TemplatePart.Special(id.Integer(0, TokenizerReader.HighestId), typeId);
        }
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
