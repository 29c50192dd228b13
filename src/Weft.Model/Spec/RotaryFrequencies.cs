namespace Weft.Model.Spec;

// S head size.

/// <summary>What a rotary position turns by: the one place where both runtimes learn it.</summary>
/// <param name="Inverse">Radians a token, [S/2], in double: at position 100,000 fp32 would leave two digits of the angle.</param>
/// <param name="AttentionFactor">Multiplies cosines and sines.</param>
public sealed record RotaryFrequencies(double[] Inverse, double AttentionFactor)
{
    /// <summary>The frequencies of a head, as Hugging Face's <c>modeling_rope_utils</c> computes them.</summary>
    /// <param name="rotary">Base and scaling.</param>
    /// <param name="headSize">S, even.</param>
    /// <exception cref="NotSupportedException">The scaling is unknown.</exception>
    public static RotaryFrequencies Of(PositionSpec.Rotary rotary, int headSize)
    {
        double[] plain = [.. Enumerable.Range(0, headSize / 2).Select(i => Math.Pow(rotary.Theta, -2.0 * i / headSize))];
        return rotary.Scaling switch
        {
            RotaryScaling.None => new(plain, 1),
            RotaryScaling.Linear linear => new([.. plain.Select(frequency => frequency / linear.Factor)], 1),
            RotaryScaling.Llama3 llama => new([.. plain.Select(frequency => Scale(llama, frequency))], 1),
            RotaryScaling.Yarn yarn => new(Scale(yarn, rotary.Theta, headSize, plain), yarn.AttentionFactor),
            _ => throw new NotSupportedException($"rotary scaling {rotary.Scaling.GetType().Name} is unknown"),
        };
    }

    private static double Scale(RotaryScaling.Llama3 llama, double frequency)
    {
        double turns = llama.OriginalContext * frequency / (2 * Math.PI);
        double kept = Math.Clamp((turns - llama.LowFrequencyFactor) / (llama.HighFrequencyFactor - llama.LowFrequencyFactor), 0, 1);
        return kept * frequency + (1 - kept) * frequency / llama.Factor;
    }

    private static double[] Scale(RotaryScaling.Yarn yarn, double theta, int headSize, double[] plain)
    {
        // The pair that turns so often over the first context.
        double PairOf(double turns) => headSize * Math.Log(yarn.OriginalContext / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
        double low = PairOf(yarn.BetaFast), high = PairOf(yarn.BetaSlow);
        if (yarn.WholePairs)
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, headSize - 1));
        // A ramp without length would divide by nothing.
        double length = high == low ? 0.001 : high - low;
        return [.. plain.Select((frequency, i) =>
        {
            double grown = Math.Clamp((i - low) / length, 0, 1);
            return (1 - grown) * frequency + grown * frequency / yarn.Factor;
        })];
    }
}
