using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>
/// Rotary positions in a config: <c>rope_theta</c> and <c>rope_scaling</c>, as transformers wrote them up to version 4, or <c>rope_parameters</c>, as it
/// does since version 5.
/// </summary>
internal static class RotaryConfig
{
    private const double DefaultTheta = 10_000;

    /// <summary>What a model is trained with first is its context where nothing else is said.</summary>
    private const string Context = "max_position_embeddings", OriginalContext = "original_max_position_embeddings";

    private static readonly string[] Objects = ["rope_scaling", "rope_parameters"];

    public static PositionSpec.Rotary Read(ConfigReader config)
    {
        ConfigReader[] given = [.. Objects.Select(config.ReadObject).OfType<ConfigReader>()];
        ConfigReader? theta = given.FirstOrDefault(rope => rope.Has("rope_theta"));
        RotaryScaling[] scalings = [.. given.Select(rope => ReadScaling(rope, config))];
        config.Check(scalings.Distinct().Count() < 2, "rope_parameters", "rope_scaling says something else; keep one of them");
        return new((theta ?? config).ReadDouble("rope_theta", DefaultTheta)) { Scaling = scalings.FirstOrDefault() ?? new RotaryScaling.None() };
    }

    public static void Write(PositionSpec.Rotary rotary, JsonObject config)
    {
        config["rope_theta"] = rotary.Theta;
        config["rope_scaling"] = rotary.Scaling switch
        {
            RotaryScaling.None => null,
            RotaryScaling.Linear linear => new JsonObject { ["rope_type"] = "linear", ["factor"] = linear.Factor },
            RotaryScaling.Llama3 llama => new JsonObject
            {
                ["rope_type"] = "llama3",
                ["factor"] = llama.Factor,
                ["low_freq_factor"] = llama.LowFrequencyFactor,
                ["high_freq_factor"] = llama.HighFrequencyFactor,
                [OriginalContext] = llama.OriginalContext,
            },
            RotaryScaling.Yarn yarn => new JsonObject
            {
                ["rope_type"] = "yarn",
                ["factor"] = yarn.Factor,
                [OriginalContext] = yarn.OriginalContext,
                ["beta_fast"] = yarn.BetaFast,
                ["beta_slow"] = yarn.BetaSlow,
                ["attention_factor"] = yarn.AttentionFactor,
                ["truncate"] = yarn.WholePairs,
            },
            _ => throw new NotSupportedException($"rotary scaling {rotary.Scaling.GetType().Name} has no name in a config"),
        };
    }

    private static RotaryScaling ReadScaling(ConfigReader rope, ConfigReader config)
    {
        rope.Check(rope.ReadDouble("partial_rotary_factor", 1) == 1, "partial_rotary_factor", "partly rotated heads are not supported");
        string? kind = rope.ReadText("rope_type"), older = rope.ReadText("type");
        rope.Check(kind is null || older is null || kind == older, "type", $"rope_type is '{kind}'; keep one of them");
        // A scaling without its kind, as some hand-written configs have it: what it means is a guess, so it is refused.
        rope.Check((kind ?? older) is not null || !rope.Has("factor"), "factor", "a scaling needs its 'rope_type'");
        return rope.RequireOneOf(kind is null ? "type" : "rope_type", "default", "default", "linear", "llama3", "yarn") switch
        {
            "linear" => new RotaryScaling.Linear(Require(rope, "factor")),
            "llama3" => new RotaryScaling.Llama3(Require(rope, "factor"), Require(rope, "low_freq_factor"), Require(rope, "high_freq_factor"), rope.ReadInt(OriginalContext)),
            "yarn" => ReadYarn(rope, config),
            _ => new RotaryScaling.None(),
        };
    }

    private static RotaryScaling.Yarn ReadYarn(ConfigReader rope, ConfigReader config)
    {
        double factor = Require(rope, "factor");
        double scale = rope.ReadDouble("mscale", 0), ofAll = rope.ReadDouble("mscale_all_dim", 0);
        double sharper = scale != 0 && ofAll != 0 ? Sharpening(factor, scale) / Sharpening(factor, ofAll) : Sharpening(factor);
        return new(factor, rope.ReadInt(OriginalContext, config.ReadInt(Context)), rope.ReadDouble("beta_fast", 32), rope.ReadDouble("beta_slow", 1),
            rope.ReadDouble("attention_factor", sharper), rope.ReadBool("truncate", true));
    }

    // Equation 22 of the paper, for the square root of the temperature.
    internal static double Sharpening(double factor, double scale = 1) => factor <= 1 ? 1 : 0.1 * scale * Math.Log(factor) + 1;

    private static double Require(ConfigReader rope, string key)
    {
        rope.Check(rope.Has(key), key, "a scaling of this kind needs it");
        return rope.ReadDouble(key, 0);
    }
}
