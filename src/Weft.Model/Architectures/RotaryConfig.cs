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
    /// <summary>What a model is trained with first is its context where nothing else is said.</summary>
    private const string Context = "max_position_embeddings", OriginalContext = "original_max_position_embeddings";

    internal const string PartialFactor = "partial_rotary_factor", ThetaKey = "rope_theta";

    /// <summary>Types of blocks that may have positions of their own.</summary>
    internal const string SlidingBlocks = "sliding_attention", FullBlocks = "full_attention";

    private static readonly string[] Objects = ["rope_scaling", "rope_parameters"];

    /// <summary>The objects of rotary keys that a config has.</summary>
    public static IEnumerable<ConfigReader> ObjectsOf(ConfigReader config) => Objects.Select(config.ReadObject).OfType<ConfigReader>();

    /// <param name="config">The model's config.</param>
    /// <param name="headSize">Of its attention.</param>
    /// <param name="keys">Where the family differs from others.</param>
    public static PositionSpec.Rotary Read(ConfigReader config, int headSize, RotaryKeys keys)
    {
        ConfigReader[] given = [.. ObjectsOf(config).Select(rope => OfBlocks(rope, keys.BlockType)).OfType<ConfigReader>()];
        double Value(string key, string ofFamily, double fallback) =>
            given.FirstOrDefault(rope => rope.Has(key))?.ReadDouble(key, fallback) ?? config.ReadDouble(ofFamily, fallback);
        RotaryScaling[] scalings = [.. given.Select(rope => ReadScaling(rope, config))];
        config.Check(scalings.Distinct().Count() < 2, "rope_parameters", "rope_scaling says something else; keep one of them");
        double part = Value(PartialFactor, keys.Share, keys.DefaultShare);
        config.Check(part is > 0 and <= 1, keys.Share, "it is a share of the head, above 0 and at most 1");
        config.Check(part == 1 || keys.Partial, keys.Share, "the family's classes turn whole heads; leave the key out");
        return new(Value(ThetaKey, keys.Theta, keys.DefaultTheta))
        {
            Scaling = scalings.FirstOrDefault() ?? new RotaryScaling.None(),
            RotatedSize = part == 1 ? null : (int)(headSize * part),
        };
    }

    /// <summary>
    /// Longest sequence: a dynamic base is meant for more than <c>max_position_embeddings</c>, which then is the first context.
    /// </summary>
    public static int ReadContext(PositionSpec.Rotary rotary, ConfigReader config) => rotary.Scaling is RotaryScaling.Dynamic dynamic
        ? (int)Math.Min(int.MaxValue, dynamic.OriginalContext * dynamic.Factor)
        : config.ReadInt(Context);

    /// <summary>Writes base, scaling, share of the head, and the longest sequence.</summary>
    /// <exception cref="NotSupportedException">A config cannot say it.</exception>
    public static void Write(PositionSpec.Rotary rotary, int headSize, int contextLength, JsonObject config)
    {
        if (rotary.Interleaved)
            throw new NotSupportedException("a config cannot express rotary pairs of neighbours; its checkpoints turn the halves of a head against each other");
        config[Context] = contextLength;
        if (rotary.Scaling is RotaryScaling.Dynamic dynamic)
        {
            if ((int)Math.Min(int.MaxValue, dynamic.OriginalContext * dynamic.Factor) != contextLength)
                throw new NotSupportedException($"a config cannot express a dynamic base whose context of {contextLength} is not {dynamic.OriginalContext} times {dynamic.Factor}");
            config[Context] = dynamic.OriginalContext;
        }
        if (rotary.Scaling is RotaryScaling.LongRope longRope)
            config[OriginalContext] = longRope.OriginalContext;
        config[ThetaKey] = rotary.Theta;
        if (rotary.RotatedSize is not null)
            config[PartialFactor] = Share(rotary, headSize);
        config["rope_scaling"] = rotary.Scaling switch
        {
            RotaryScaling.None => null,
            RotaryScaling.Linear linear => new JsonObject { ["rope_type"] = "linear", ["factor"] = linear.Factor },
            RotaryScaling.Dynamic dynamicBase => new JsonObject { ["rope_type"] = "dynamic", ["factor"] = dynamicBase.Factor },
            RotaryScaling.LongRope factors => Write(factors, contextLength),
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

    /// <summary>
    /// What an object says of one type of blocks. One that does not tell the types apart is of those that see everything, where a family
    /// has others too.
    /// </summary>
    private static ConfigReader? OfBlocks(ConfigReader rope, string? blockType)
    {
        bool byType = rope.Has(SlidingBlocks) || rope.Has(FullBlocks);
        rope.Check(!byType || blockType is not null, rope.Has(FullBlocks) ? FullBlocks : SlidingBlocks, "the family has the same positions in all blocks; give one set of keys");
        return byType ? rope.ReadObject(blockType!) : blockType == SlidingBlocks ? null : rope;
    }

    private static RotaryScaling ReadScaling(ConfigReader rope, ConfigReader config)
    {
        string? kind = rope.ReadText("rope_type"), older = rope.ReadText("type");
        rope.Check(kind is null || older is null || kind == older, "type", $"rope_type is '{kind}'; keep one of them");
        // A scaling without its kind, as some hand-written configs have it: what it means is a guess, so it is refused.
        rope.Check((kind ?? older) is not null || !rope.Has("factor"), "factor", "a scaling needs its 'rope_type'");
        return rope.RequireOneOf(kind is null ? "type" : "rope_type", "default", "default", "linear", "dynamic", "llama3", "yarn", "longrope", "su") switch
        {
            "linear" => new RotaryScaling.Linear(Require(rope, "factor")),
            "llama3" => new RotaryScaling.Llama3(Require(rope, "factor"), Require(rope, "low_freq_factor"), Require(rope, "high_freq_factor"), rope.ReadInt(OriginalContext)),
            "dynamic" => new RotaryScaling.Dynamic(Require(rope, "factor"), config.ReadInt(Context)),
            "yarn" => ReadYarn(rope, config),
            "longrope" or "su" => ReadLongRope(rope, config),
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

    private static RotaryScaling.LongRope ReadLongRope(ConfigReader rope, ConfigReader config)
    {
        int context = config.ReadInt(Context);
        int original = rope.Has(OriginalContext) ? rope.ReadInt(OriginalContext) : config.ReadInt(OriginalContext, context);
        config.Check(original > 1, OriginalContext, "it must be at least 2");
        // The ratio of the contexts wins over a factor, as in Transformers.
        double factor = original != context ? (double)context / original : rope.ReadDouble("factor", 1);
        return new([.. rope.ReadDoubleList("short_factor")], [.. rope.ReadDoubleList("long_factor")], original,
            rope.ReadDouble("attention_factor", LongRopeSharpening(factor, original)));
    }

    // Transformers 4 refuses other keys than these three in Phi-3, so the factor is written only where it is not what they mean.
    private static JsonObject Write(RotaryScaling.LongRope scaling, int contextLength)
    {
        var written = new JsonObject
        {
            ["type"] = "longrope",
            ["short_factor"] = new JsonArray([.. scaling.Short.Select(factor => (JsonNode)factor)]),
            ["long_factor"] = new JsonArray([.. scaling.Long.Select(factor => (JsonNode)factor)]),
        };
        if (scaling.AttentionFactor != LongRopeSharpening((double)contextLength / scaling.OriginalContext, scaling.OriginalContext))
            written["attention_factor"] = scaling.AttentionFactor;
        return written;
    }

    internal static double LongRopeSharpening(double factor, int original) => factor <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(factor) / Math.Log(original)));

    /// <summary>The share of a head that reads back as the values that are turned.</summary>
    public static double Share(PositionSpec.Rotary rotary, int headSize)
    {
        int rotated = rotary.RotatedOf(headSize);
        double share = (double)rotated / headSize;
        return (int)(headSize * share) == rotated ? share : Math.BitIncrement(share);
    }

    // Equation 22 of the paper, for the square root of the temperature.
    internal static double Sharpening(double factor, double scale = 1) => factor <= 1 ? 1 : 0.1 * scale * Math.Log(factor) + 1;

    private static double Require(ConfigReader rope, string key)
    {
        rope.Check(rope.Has(key), key, "a scaling of this kind needs it");
        return rope.ReadDouble(key, 0);
    }
}

/// <summary>Where a family's keys of rotary positions differ from those of others.</summary>
internal sealed record RotaryKeys
{
    /// <summary>Key of the base, where no object of rotary keys has it.</summary>
    public string Theta { get; init; } = RotaryConfig.ThetaKey;

    /// <summary>The base where no key has it.</summary>
    public double DefaultTheta { get; init; } = 10_000;

    /// <summary>Heads may be turned in part; the classes of other families pass over the key or fail.</summary>
    public bool Partial { get; init; }

    /// <summary>Key of the share of a head that is turned, where no object of rotary keys has it.</summary>
    public string Share { get; init; } = RotaryConfig.PartialFactor;

    /// <summary>The share where no key has it.</summary>
    public double DefaultShare { get; init; } = 1;

    /// <summary>The blocks whose positions are meant, as <c>rope_parameters</c> calls their type; null in families with the same positions in all.</summary>
    public string? BlockType { get; init; }
}
