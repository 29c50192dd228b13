using System.Text.Json;
using Weft.Text.Files;

namespace Weft.Text;

/// <summary>What a tokenizer is made of, by the type names of tokenizer.json; null for a step that it does not have.</summary>
/// <param name="Model">Such as BPE or Unigram.</param>
/// <param name="Normalizer">A sequence names its steps: <c>Sequence(Prepend, Replace)</c>.</param>
/// <param name="PreTokenizer">Likewise.</param>
/// <param name="PostProcessor">Likewise.</param>
/// <param name="Decoder">Likewise.</param>
public sealed record TokenizerComponents(string Model, string? Normalizer, string? PreTokenizer, string? PostProcessor, string? Decoder)
{
    /// <summary>Under which names a sequence keeps its steps.</summary>
    private static readonly string[] Steps = ["normalizers", "pretokenizers", "processors", "decoders"];

    internal static TokenizerComponents Of(TokenizerDefinition definition) => new(
        NameOf(definition.Model), Describe(definition.Normalizer), Describe(definition.PreTokenizer),
        Describe(definition.PostProcessor), Describe(definition.Decoder));

    private static string NameOf(TokenizerModel model) => model.GetType().Name.Replace("Model", "", StringComparison.Ordinal) switch
    {
        "Bpe" => "BPE",
        string name => name,
    };

    private static string? Describe(JsonElement? component)
    {
        if (component is not { ValueKind: JsonValueKind.Object } element)
            return null;
        string type = element.GetProperty("type").GetString()!;
        foreach (string name in Steps)
            if (element.TryGetProperty(name, out JsonElement steps))
                return $"{type}({string.Join(", ", steps.EnumerateArray().Select(step => Describe(step)))})";
        return type;
    }
}
