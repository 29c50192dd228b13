using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>Gemma 2 (Gemma Team 2024, arXiv:2408.00118): scores and logits are capped softly, and every other block looks over a window.</summary>
public sealed class Gemma2 : GemmaFamily
{
    /// <inheritdoc/>
    public override string ModelType => "gemma2";

    /// <inheritdoc/>
    public override string ClassPrefix => "Gemma2";

    /// <inheritdoc/>
    public override GgufLayout? Gguf { get; } = new("gemma2", Activation.GeluTanh)
    {
        Bias = AttentionBias.None,
        Tied = true,
        Gemma = new(Period: 2, LargestBlocks: 46) { Window = 4096, ScoreCap = 50, LogitCap = 30 },
    };

    /// <inheritdoc/>
    private protected override (double? Scores, double? Logits) DefaultCaps => (50, 30);

    /// <inheritdoc/>
    private protected override Func<int, bool> ReadPattern(ConfigReader config) => index => index % 2 == 0;
}
