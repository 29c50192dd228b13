using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.Gguf;

// S head size.

/// <summary>The divisors of rotary frequencies that llama.cpp keeps as a tensor where a formula of its own would be needed: Llama 3.1's scaling.</summary>
internal static class RotaryFactors
{
    public const string Tensor = "rope_freqs.weight";

    /// <summary>The factors are fp32, computed by others from fp32 or fp64.</summary>
    private const double Tolerance = 1e-4;

    /// <summary>The constants of all published models; the factor is the largest divisor.</summary>
    private static readonly RotaryScaling.Llama3 Published = new(8, 1, 4, 8192);

    /// <summary>The divisors of a specification, [S/2]; null where it needs none.</summary>
    public static float[]? Of(ModelSpec spec) =>
        spec.Stack.Blocks[0].Attention is { Position: PositionSpec.Rotary { Scaling: RotaryScaling.Llama3 } rotary, HeadSize: var size } ? Of(rotary, size) : null;

    /// <summary>The scaling that divisors come from.</summary>
    /// <exception cref="CheckpointException">They are not those of Llama 3.1.</exception>
    public static RotaryScaling Recognise(string file, float[] factors, PositionSpec.Rotary rotary, int headSize)
    {
        RotaryScaling.Llama3 scaling = Published with { Factor = factors.Length > 0 ? factors.Max() : 0 };
        if (scaling.Factor >= 1 && factors.Length == headSize / 2
            && Of(rotary with { Scaling = scaling }, headSize).Zip(factors).All(pair => Math.Abs(pair.First - pair.Second) <= Tolerance * pair.First))
            return scaling;
        throw new CheckpointException(file, $"tensor '{Tensor}' holds other factors than Llama 3.1's for heads of {headSize}; give the model's Hugging Face folder");
    }

    private static float[] Of(PositionSpec.Rotary rotary, int headSize)
    {
        double[] plain = RotaryFrequencies.Of(rotary with { Scaling = new RotaryScaling.None() }, headSize, length: 1).Inverse;
        return [.. plain.Zip(RotaryFrequencies.Of(rotary, headSize, length: 1).Inverse, (before, after) => (float)(before / after))];
    }
}
