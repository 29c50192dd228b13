using System.Text.Json;
using Weft.Text.AddedTokens;

namespace Weft.Text.Files;

/// <summary>
/// What a tokenizer is made of, as tokenizer.json writes it. Every other format is read into this one.
/// </summary>
internal sealed record TokenizerDefinition(TokenizerModel Model, IReadOnlyList<AddedToken> AddedTokens)
{
    public JsonElement? Normalizer { get; init; }

    public JsonElement? PreTokenizer { get; init; }

    public JsonElement? PostProcessor { get; init; }

    public JsonElement? Decoder { get; init; }

    public Truncation? Truncation { get; init; }

    public Padding? Padding { get; init; }

    /// <summary>What stands beside the tokenizer, in files of its own.</summary>
    public TokenizerSettings Settings { get; init; } = TokenizerSettings.None;
}
