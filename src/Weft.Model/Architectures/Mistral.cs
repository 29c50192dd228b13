using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>Mistral (Jiang et al. 2023, arXiv:2310.06825): a Llama without biases, in version 0.1 with attention over a window.</summary>
public sealed class Mistral : LlamaFamily
{
    /// <summary>Transformers' window where the key is left out, so that only null says that there is none.</summary>
    private const int DefaultWindow = 4096;

    /// <inheritdoc/>
    public override string ModelType => "mistral";

    /// <inheritdoc/>
    public override string ClassPrefix => "Mistral";

    /// <inheritdoc/>
    public override GgufLayout? Gguf => LlamaLayout;

    /// <inheritdoc/>
    public override ModelSpec ReadConfig(ConfigReader config) => ReadWindow(base.ReadConfig(config), config, DefaultWindow);

    /// <inheritdoc/>
    public override void WriteConfig(ModelSpec spec, JsonObject config) => base.WriteConfig(WriteWindow(spec, config), config);
}
