using Weft.Text.AddedTokens;

namespace Weft.Text.Files;

/// <summary>Reads Hugging Face's tokenizer.json into a definition.</summary>
internal static class TokenizerReader
{
    /// <summary>Ids index arrays; a larger one in a file is damage, not a vocabulary.</summary>
    public const int HighestId = (1 << 24) - 1;

    public static TokenizerDefinition Read(ReadOnlyMemory<byte> json, string file) => JsonFile.Read(json, file, Read);

    private static TokenizerDefinition Read(JsonField root)
    {
        TokenizerModel model = ModelReader.Read(root.Required("model"));
        IReadOnlyList<AddedToken> addedTokens = root.Optional("added_tokens") is JsonField added ? AddedTokenReader.Read(added, model.Ids) : [];
        return new TokenizerDefinition(model.WithoutMatching(addedTokens.Where(token => token.Special).Select(token => token.Id).ToHashSet()), addedTokens)
        {
            Normalizer = root.Optional("normalizer")?.Element.Clone(),
            PreTokenizer = root.Optional("pre_tokenizer")?.Element.Clone(),
            PostProcessor = root.Optional("post_processor")?.Element.Clone(),
            Decoder = root.Optional("decoder")?.Element.Clone(),
            Truncation = root.Optional("truncation") is JsonField truncation ? LengthReader.ReadTruncation(truncation) : null,
            Padding = root.Optional("padding") is JsonField padding ? LengthReader.ReadPadding(padding) : null,
        };
    }
}
