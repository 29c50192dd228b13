using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.Gguf;

// S head size.

/// <summary>The divisors of rotary frequencies that llama.cpp keeps as tensors: Llama 3.1's scaling, where a formula of its own would be needed, and LongRoPE's.</summary>
internal static class RotaryFactors
{
    public const string Tensor = "rope_freqs.weight", Short = "rope_factors_short.weight", Long = "rope_factors_long.weight";

    /// <summary>All tensors of divisors.</summary>
    public static readonly string[] Tensors = [Tensor, Short, Long];

    /// <summary>The factors are fp32, computed by others from fp32 or fp64.</summary>
    private const double Tolerance = 1e-4;

    /// <summary>The constants of all published models; the factor is the largest divisor.</summary>
    private static readonly RotaryScaling.Llama3 Published = new(8, 1, 4, 8192);

    /// <summary>The divisors of a specification, [S/2], by their tensor; none where it needs none.</summary>
    public static IReadOnlyDictionary<string, float[]> Of(ModelSpec spec) => spec.Stack.Blocks[0].Attention switch
    {
        { Position: PositionSpec.Rotary { Scaling: RotaryScaling.Llama3 } rotary, HeadSize: var size } => new Dictionary<string, float[]> { [Tensor] = Of(rotary, size) },
        { Position: PositionSpec.Rotary { Scaling: RotaryScaling.LongRope scaling } } => new Dictionary<string, float[]>
        {
            [Long] = [.. scaling.Long.Select(factor => (float)factor)],
            [Short] = [.. scaling.Short.Select(factor => (float)factor)],
        },
        _ => new Dictionary<string, float[]>(),
    };

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
