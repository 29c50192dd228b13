using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Weft.Model.Spec;

/// <summary>
/// How rotary wavelengths are stretched for contexts longer than those of the first training. A closed set: None, Linear, Dynamic,
/// Llama3, Yarn, LongRope.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = SpecJson.Kind)]
[JsonDerivedType(typeof(None), "none")]
[JsonDerivedType(typeof(Linear), "linear")]
[JsonDerivedType(typeof(Dynamic), "dynamic")]
[JsonDerivedType(typeof(Llama3), "llama3")]
[JsonDerivedType(typeof(Yarn), "yarn")]
[JsonDerivedType(typeof(LongRope), "longrope")]
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
    /// The base grows with the sequence once it is longer than the first context ("NTK-aware"; published without a paper by bloc97 and
    /// emozilla in 2023, in the form of Hugging Face Transformers).
    /// </summary>
    /// <param name="Factor">At least 1.</param>
    /// <param name="OriginalContext">Tokens of the first context.</param>
    public sealed record Dynamic(double Factor, int OriginalContext) : RotaryScaling;

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

    /// <summary>A factor for each pair's wavelength, other ones once the sequence is longer than the first context (Ding et al. 2024, arXiv:2402.13753).</summary>
    /// <param name="Short">Up to the first context, [S/2].</param>
    /// <param name="Long">Beyond it, [S/2].</param>
    /// <param name="OriginalContext">Tokens of the first context.</param>
    /// <param name="AttentionFactor">Multiplies cosines and sines, and so scores by its square.</param>
    public sealed record LongRope(ImmutableArray<double> Short, ImmutableArray<double> Long, int OriginalContext, double AttentionFactor) : RotaryScaling
    {
        /// <inheritdoc/>
        public bool Equals(LongRope? other) => other is not null && OriginalContext == other.OriginalContext && AttentionFactor == other.AttentionFactor
            && Short.AsSpan().SequenceEqual(other.Short.AsSpan()) && Long.AsSpan().SequenceEqual(other.Long.AsSpan());

        /// <inheritdoc/>
        public override int GetHashCode() => HashCode.Combine(OriginalContext, AttentionFactor, Long.IsDefaultOrEmpty ? 0 : Long[^1]);
    }

    /// <summary>The longest sequence whose angles are those of all shorter ones; beyond it they depend on the length.</summary>
    [JsonIgnore]
    public int ConstantUpTo => this switch
    {
        Dynamic dynamic => dynamic.OriginalContext,
        LongRope longRope => longRope.OriginalContext,
        _ => int.MaxValue,
    };

    /// <param name="rotatedSize">Values of a head that are turned.</param>
    internal void Validate(int rotatedSize)
    {
        switch (this)
        {
            case Linear linear:
                SpecCheck.Finite(linear.Factor, 1, nameof(linear.Factor));
                break;
            case Dynamic dynamic:
                SpecCheck.Finite(dynamic.Factor, 1, nameof(dynamic.Factor));
                SpecCheck.Positive(dynamic.OriginalContext, nameof(dynamic.OriginalContext));
                SpecCheck.AtLeast(rotatedSize, 4, "values of a head that are rotated by a dynamic base");
                break;
            case LongRope longRope:
                SpecCheck.Positive(longRope.OriginalContext, nameof(longRope.OriginalContext));
                SpecCheck.Finite(longRope.AttentionFactor, double.Epsilon, nameof(longRope.AttentionFactor));
                CheckFactors(longRope.Short, rotatedSize, nameof(longRope.Short));
                CheckFactors(longRope.Long, rotatedSize, nameof(longRope.Long));
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

    private static void CheckFactors(ImmutableArray<double> factors, int rotatedSize, string name)
    {
        if (factors.IsDefault || factors.Length != rotatedSize / 2)
            throw new ArgumentException($"{name} has {(factors.IsDefault ? 0 : factors.Length)} factors; {rotatedSize} rotated values need {rotatedSize / 2}");
        foreach (double factor in factors)
            SpecCheck.Finite(factor, double.Epsilon, $"a factor of {name}");
    }
}
