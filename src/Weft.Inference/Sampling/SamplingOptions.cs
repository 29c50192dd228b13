using System.Globalization;

namespace Weft.Inference;

/// <summary>How a token is drawn: the steps are applied in the order of these members.</summary>
public sealed record SamplingOptions
{
    /// <summary>The most probable token every time; the lowest id wins a tie.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    /// <summary>
    /// Taken off the logit of every token that was drawn before, whatever its number; below 0 favours them. The prompt does not count. As the option
    /// of OpenAI's interface.
    /// </summary>
    public float PresencePenalty { get; init; }

    /// <summary>Taken off the logit of a token as many times as it was drawn before; below 0 favours them. The prompt does not count.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Divides the logits: below 1 sharpens the distribution, above 1 flattens it, 0 takes the most probable token.</summary>
    public float Temperature { get; init; } = 0.8f;

    /// <summary>Keeps this many of the most probable tokens; 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>
    /// Keeps the fewest most probable tokens whose probabilities reach this sum (Holtzman et al. 2019, arXiv:1904.09751); 1 keeps all.
    /// </summary>
    public float TopP { get; init; } = 1;

    /// <summary>Start of the random numbers: the same seed draws the same tokens from the same logits, on every machine.</summary>
    public ulong Seed { get; init; }

    internal SamplingOptions Validate()
    {
        // Written so that NaN, which compares as neither, is refused too.
        if (!(Temperature >= 0 && Temperature < float.PositiveInfinity))
            throw Refuse(nameof(Temperature), Temperature, "use 0 for the most probable token, or a positive number such as 0.8");
        foreach ((string name, float penalty) in new[] { (nameof(PresencePenalty), PresencePenalty), (nameof(FrequencyPenalty), FrequencyPenalty) })
            if (!float.IsFinite(penalty))
                throw Refuse(name, penalty, "use 0 for none, or a number such as 0.5");
        if (TopK < 0)
            throw Refuse(nameof(TopK), TopK, "use 0 to keep all tokens, or how many to keep");
        if (!(TopP > 0 && TopP <= 1))
            throw Refuse(nameof(TopP), TopP, "use a number above 0, at most 1, which keeps all tokens");
        return this;
    }

    private static ArgumentOutOfRangeException Refuse(string name, IFormattable value, string remedy) =>
        new(name, value, $"{name} is {value.ToString(null, CultureInfo.InvariantCulture)}; {remedy}");
}
