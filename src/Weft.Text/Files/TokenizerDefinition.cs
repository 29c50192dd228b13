using System.Text.Json;
using Weft.Text.AddedTokens;
using Weft.Text.Bpe;

namespace Weft.Text.Files;

/// <summary>
/// What a tokenizer.json says. The four small components keep their own JSON, so that a file is written back with the fields
/// that do not change ids (offsets, pair templates) exactly as they were.
/// </summary>
internal sealed record TokenizerDefinition(BpeDefinition Model, IReadOnlyList<AddedToken> AddedTokens)
{
    public JsonElement? Normalizer { get; init; }

    public JsonElement? PreTokenizer { get; init; }

    public JsonElement? PostProcessor { get; init; }

    public JsonElement? Decoder { get; init; }
}
