using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.Gguf;

/// <summary>Rotary positions as keys of a GGUF file, and as the tensors of <see cref="RotaryFactors"/>.</summary>
internal static class GgufRotary
{
    public const string OriginalContext = "rope.scaling.original_context_length";

    private const string Rotated = "rope.dimension_count", Theta = "rope.freq_base", Scaling = "rope.scaling.type", Factor = "rope.scaling.factor",
        Sharpening = "rope.scaling.attn_factor";

    /// <summary>The turns between which YaRN's ramp lies where no key says otherwise.</summary>
    private const double BetaFast = 32, BetaSlow = 1;

    /// <summary>The positions of all blocks that have none of their own.</summary>
    /// <exception cref="CheckpointException">A value is impossible, or the scaling unknown.</exception>
    public static PositionSpec.Rotary Read(GgufLayout layout, GgufFacts facts, int headSize, int context)
    {
        int rotated = facts.Integer(Rotated, headSize);
        facts.Check(rotated == headSize || layout.TurnsPartly, Rotated, $"partly rotated heads are not supported in this family; it must be the head size {headSize}");
        var rotary = new PositionSpec.Rotary(facts.Number(Theta, 10_000)) { RotatedSize = rotated == headSize ? null : rotated };
        return rotary with { Scaling = ReadScaling(layout, facts, rotary, headSize, context) };
    }

    /// <summary>Writes the keys.</summary>
    public static void Write(PositionSpec.Rotary rotary, int headSize, Action<string, object> add)
    {
        add(Rotated, (uint)rotary.RotatedOf(headSize));
        add(Theta, (float)rotary.Theta);
        switch (rotary.Scaling)
        {
            case RotaryScaling.Linear linear:
                add(Scaling, "linear");
                add(Factor, (float)linear.Factor);
                break;
            case RotaryScaling.Yarn yarn:
                add(Scaling, "yarn");
                add(Factor, (float)yarn.Factor);
                add(OriginalContext, (uint)yarn.OriginalContext);
                break;
            case RotaryScaling.LongRope longRope:
                add(OriginalContext, (uint)longRope.OriginalContext);
                add(Sharpening, (float)longRope.AttentionFactor);
                break;
        }
    }

    private static RotaryScaling ReadScaling(GgufLayout layout, GgufFacts facts, PositionSpec.Rotary rotary, int headSize, int context)
    {
        string kind = facts.Text(Scaling) ?? "none";
        if (facts.Factors.TryGetValue(RotaryFactors.Tensor, out float[]? factors))
            return kind == "none" ? RotaryFactors.Recognise(facts.File, factors, rotary, headSize)
                : throw facts.Refuse(Scaling, $"'{kind}'", $"the file has the tensor {RotaryFactors.Tensor} too, and both together are not supported");
        if (layout.HasLongRope && facts.Factors.TryGetValue(RotaryFactors.Short, out float[]? ofShort) && facts.Factors.TryGetValue(RotaryFactors.Long, out float[]? ofLong))
            return kind is "none" or "longrope" ? ReadLongRope(facts, ofShort, ofLong, context)
                : throw facts.Refuse(Scaling, $"'{kind}'", $"the file has the tensor {RotaryFactors.Long} too, and both together are not supported");
        double factor = facts.Number(Factor, 1);
        return kind switch
        {
            "none" => new RotaryScaling.None(),
            "linear" => factor == 1 ? new RotaryScaling.None() : new RotaryScaling.Linear(factor),
            "yarn" => new RotaryScaling.Yarn(factor, facts.Integer(OriginalContext), BetaFast, BetaSlow, RotaryConfig.Sharpening(factor), WholePairs: true),
            _ => throw facts.Refuse(Scaling, $"'{kind}'", "known are none, linear and yarn, in Phi 3 also longrope with its tensors; give the model's Hugging Face folder"),
        };
    }

    private static RotaryScaling.LongRope ReadLongRope(GgufFacts facts, float[] ofShort, float[] ofLong, int context)
    {
        int original = facts.Integer(OriginalContext);
        facts.Check(original > 1, OriginalContext, "it must be at least 2");
        // The key has 32 bits of what the formula gives with 64.
        double formula = RotaryConfig.LongRopeSharpening((double)context / original, original), given = facts.Number(Sharpening, 1);
        return new([.. ofShort.Select(GgufFacts.Meant)], [.. ofLong.Select(GgufFacts.Meant)], original, (float)given == (float)formula ? formula : given);
    }
}
