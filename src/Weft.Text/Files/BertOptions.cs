using System.Text.Json;

namespace Weft.Text.Files;

/// <summary>What a tokenizer_config.json tells of a BERT tokenizer beside its vocabulary.</summary>
/// <param name="Lowercase">Null leaves it to the vocabulary: capitals in it mean that case matters.</param>
internal sealed record BertOptions(bool? Lowercase = null)
{
    /// <summary>Null takes accents off where letters are made small.</summary>
    public bool? StripAccents { get; init; }

    /// <summary>Chinese characters are words by themselves.</summary>
    public bool SpaceChinese { get; init; } = true;

    /// <param name="json">The content of a tokenizer_config.json.</param>
    /// <param name="file">Names it in error messages.</param>
    /// <exception cref="InvalidDataException">It is not JSON or a field has no meaning.</exception>
    public static BertOptions Read(ReadOnlyMemory<byte> json, string file)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            var root = new JsonField(file, "", document.RootElement);
            return new BertOptions(Flag(root, "do_lower_case"))
            {
                StripAccents = Flag(root, "strip_accents"),
                SpaceChinese = root.Flag("tokenize_chinese_chars", whenAbsent: true),
            };
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{file}: not complete JSON at line {error.LineNumber + 1}; download or export the file again", error);
        }
    }

    private static bool? Flag(JsonField root, string name) => root.Optional(name) is null ? null : root.Flag(name, whenAbsent: false);
}
