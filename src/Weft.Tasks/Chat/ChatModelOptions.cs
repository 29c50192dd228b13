using System.Text.Json;
using Weft.Inference;

namespace Weft.Tasks;

/// <summary>How a model converses where a call does not say otherwise.</summary>
public sealed record ChatModelOptions
{
    /// <summary>How tokens are drawn. Null: as the model's makers recommend in its generation_config.json, or else as <see cref="SamplingOptions"/> does.</summary>
    public SamplingOptions? Sampling { get; init; }

    /// <summary>Most tokens of an answer; the context may end it earlier.</summary>
    public int MaximumTokens { get; init; } = 1024;

    /// <summary>Variables of the chat template, such as <c>enable_thinking</c>.</summary>
    public IReadOnlyDictionary<string, JsonElement> TemplateVariables { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Refuse, or Truncate: then the oldest messages that are no instructions are left out until the conversation fits.</summary>
    public LongInput Long { get; init; }
}
