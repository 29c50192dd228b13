using Weft.Text.Normalizers;

namespace Weft.Text.Files;

/// <summary>The normalizer <c>Precompiled</c> of a tokenizer.json.</summary>
internal static class CharsMapReader
{
    public static PrecompiledNormalizer Read(JsonField field) => new(ReadMap(field));

    public static CharsMap ReadMap(JsonField field)
    {
        JsonField map = field.Required("precompiled_charsmap");
        byte[] bytes;
        try
        {
            bytes = Convert.FromBase64String(map.Text());
        }
        catch (FormatException)
        {
            throw map.Refuse("this is not base64; take the file as it was published");
        }
        return CharsMap.Read(bytes, what => map.Refuse($"{what}; take the file as it was published"));
    }
}
