namespace Weft.Text.Files;

/// <summary>What a tokenizer_config.json tells of a BERT tokenizer beside its vocabulary.</summary>
/// <param name="Lowercase">Null leaves it to the vocabulary: capitals in it mean that case matters.</param>
internal sealed record BertOptions(bool? Lowercase = null)
{
    /// <summary>Null takes accents off where letters are made small.</summary>
    public bool? StripAccents { get; init; }

    /// <summary>Chinese characters are words by themselves.</summary>
    public bool SpaceChinese { get; init; } = true;

    /// <param name="config">The content of a tokenizer_config.json; null where there is none.</param>
    /// <exception cref="InvalidDataException">A field has no meaning.</exception>
    public static BertOptions Of(JsonField? config) => config is not JsonField root ? new() : new(Flag(root, "do_lower_case"))
    {
        StripAccents = Flag(root, "strip_accents"),
        SpaceChinese = root.Flag("tokenize_chinese_chars", whenAbsent: true),
    };

    private static bool? Flag(JsonField root, string name) => root.Optional(name) is null ? null : root.Flag(name, whenAbsent: false);
}
