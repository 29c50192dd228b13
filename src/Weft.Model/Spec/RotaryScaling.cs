namespace Weft.Model.Spec;

/// <summary>How rotary wavelengths are stretched for contexts longer than those of the first training. A closed set: None, Linear, Llama3, Yarn.</summary>
public abstract record RotaryScaling
{
    private RotaryScaling()
    {
    }

    /// <summary>The geometric sequence as it is.</summary>
    public sealed record None : RotaryScaling;

    /// <summary>All wavelengths grow alike, as if positions were divided (Chen et al. 2023, arXiv:2306.15595).</summary>
    /// <param name="Factor">At least 1.</param>
    public sealed record Linear(double Factor) : RotaryScaling;

    /// <summary>
    /// Llama 3.1: wavelengths much shorter than the first context stay, much longer ones grow, those between partly (Grattafiori et al. 2024, arXiv:2407.21783).
    /// </summary>
    /// <param name="Factor">At least 1.</param>
    /// <param name="LowFrequencyFactor">Wavelengths above the first context divided by this grow by all of the factor.</param>
    /// <param name="HighFrequencyFactor">Those below the first context divided by this stay.</param>
    /// <param name="OriginalContext">Tokens of the first context.</param>
    public sealed record Llama3(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalContext) : RotaryScaling;

    /// <summary>YaRN (Peng et al. 2023, arXiv:2309.00071): pairs that turn often stay, those that turn rarely grow, a ramp between; attention becomes sharper.</summary>
    /// <param name="Factor">At least 1.</param>
    /// <param name="OriginalContext">Tokens of the first context.</param>
    /// <param name="BetaFast">Turns over the first context from which on a pair stays; published models have 32.</param>
    /// <param name="BetaSlow">Turns below which a pair grows by all of the factor; published models have 1.</param>
    /// <param name="AttentionFactor">Multiplies cosines and sines, and so scores by its square.</param>
    /// <param name="WholePairs">The ends of the ramp are whole pairs, as in all but a few models.</param>
    public sealed record Yarn(double Factor, int OriginalContext, double BetaFast, double BetaSlow, double AttentionFactor, bool WholePairs) : RotaryScaling;

    internal void Validate()
    {
        switch (this)
        {
            case Linear linear:
                SpecCheck.Finite(linear.Factor, 1, nameof(linear.Factor));
                break;
            case Llama3 llama:
                SpecCheck.Finite(llama.Factor, 1, nameof(llama.Factor));
                SpecCheck.Finite(llama.LowFrequencyFactor, double.Epsilon, nameof(llama.LowFrequencyFactor));
                SpecCheck.Finite(llama.HighFrequencyFactor, Math.BitIncrement(llama.LowFrequencyFactor), nameof(llama.HighFrequencyFactor));
                SpecCheck.Positive(llama.OriginalContext, nameof(llama.OriginalContext));
                break;
            case Yarn yarn:
                SpecCheck.Finite(yarn.Factor, 1, nameof(yarn.Factor));
                SpecCheck.Positive(yarn.OriginalContext, nameof(yarn.OriginalContext));
                SpecCheck.Finite(yarn.BetaSlow, double.Epsilon, nameof(yarn.BetaSlow));
                SpecCheck.Finite(yarn.BetaFast, yarn.BetaSlow, nameof(yarn.BetaFast));
                SpecCheck.Finite(yarn.AttentionFactor, double.Epsilon, nameof(yarn.AttentionFactor));
                break;
        }
    }
}
