using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Text.Files;

namespace Weft.Text;

/// <content>Special tokens around texts.</content>
public sealed partial class Tokenizer
{
    /// <summary>The same tokenizer, which puts special tokens around each text wherever it is asked to add them.</summary>
    /// <param name="before">A token before the text; null for none.</param>
    /// <param name="after">A token after the text; null for none.</param>
    /// <exception cref="ArgumentException">The tokenizer has no such token, or puts tokens around texts already.</exception>
    public Tokenizer Surrounding(string? before, string? after)
    {
        if (EncodeToIds("").Length > 0)
            throw new ArgumentException("the tokenizer puts tokens around texts already; take it as it is");
        JsonObject template = SurroundingTemplate.Of(Find(before), Find(after));
        // What is there says nothing but how offsets are counted, and goes first.
        JsonElement processor = SurroundingTemplate.ToElement(_definition.PostProcessor is not { ValueKind: JsonValueKind.Object } own ? template : new JsonObject
        {
            ["type"] = "Sequence",
            ["processors"] = new JsonArray(JsonNode.Parse(own.GetRawText()), template),
        });
        return new(_definition with { PostProcessor = processor }, "the tokenizer");

        SpecialToken? Find(string? name) => name is null ? null
            : new(TokenToId(name) ?? throw new ArgumentException($"the tokenizer has no token '{name}'; give one of its own"), name);
    }
}
