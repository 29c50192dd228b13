using Weft.Text.Decoders;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Files;

/// <summary>The <c>Metaspace</c> of a tokenizer.json, as pre-tokenizer and as decoder.</summary>
internal static class MetaspaceReader
{
    public static MetaspacePreTokenizer ReadPreTokenizer(JsonField field) =>
        new(ReadMark(field), ReadScheme(field), field.Flag("split", whenAbsent: true));

    public static MetaspaceDecoder ReadDecoder(JsonField field) => new(ReadMark(field), ReadScheme(field) != PrependScheme.Never);

    private static char ReadMark(JsonField field)
    {
        JsonField mark = field.Required("replacement");
        return mark.Text() is [char only] && !char.IsSurrogate(only) ? only : throw mark.Refuse("write one character here, such as \"▁\"");
    }

    // Files written before 2024 say only whether there is a prefix.
    private static PrependScheme ReadScheme(JsonField field)
    {
        bool prefix = field.Flag("add_prefix_space", whenAbsent: true);
        JsonField? scheme = field.Optional("prepend_scheme");
        PrependScheme read = scheme?.Text() switch
        {
            null => prefix ? PrependScheme.Always : PrependScheme.Never,
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            _ => throw scheme.Value.Refuse("write always, first or never here"),
        };
        return prefix || read == PrependScheme.Never ? read : throw scheme!.Value.Refuse("add_prefix_space is false; write never here or remove add_prefix_space");
    }
}
