namespace Weft.Model.Spec;

// S head size; of partly rotated heads, the values that are turned.

/// <summary>What a rotary position turns by: the one place where both runtimes learn it.</summary>
/// <param name="Inverse">Radians a token, [S/2], in double: at position 100,000 fp32 would leave two digits of the angle.</param>
/// <param name="AttentionFactor">Multiplies cosines and sines.</param>
public sealed record RotaryFrequencies(double[] Inverse, double AttentionFactor)
{
    /// <summary>The frequencies of a head, as Hugging Face's <c>modeling_rope_utils</c> computes them.</summary>
    /// <param name="rotary">Base and scaling.</param>
    /// <param name="headSize">S.</param>
    /// <param name="length">Tokens of the whole sequence; matters beyond <see cref="RotaryScaling.ConstantUpTo"/> only.</param>
    /// <exception cref="NotSupportedException">The scaling is unknown.</exception>
    public static RotaryFrequencies Of(PositionSpec.Rotary rotary, int headSize, int length)
    {
        int size = rotary.RotatedOf(headSize);
        double[] plain = Geometric(rotary.Theta, size);
        return rotary.Scaling switch
        {
            RotaryScaling.None => new(plain, 1),
            RotaryScaling.Linear linear => new([.. plain.Select(frequency => frequency / linear.Factor)], 1),
            RotaryScaling.Dynamic dynamic => new(Geometric(Grow(dynamic, rotary.Theta, size, length), size), 1),
            RotaryScaling.Llama3 llama => new([.. plain.Select(frequency => Scale(llama, frequency))], 1),
            RotaryScaling.Yarn yarn => new(Scale(yarn, rotary.Theta, size, plain), yarn.AttentionFactor),
            RotaryScaling.LongRope longRope => new(
                [.. plain.Zip(length > longRope.OriginalContext ? longRope.Long : longRope.Short, (frequency, factor) => frequency / factor)],
                longRope.AttentionFactor),
            _ => throw new NotSupportedException($"rotary scaling {rotary.Scaling.GetType().Name} is unknown"),
        };
    }

    private static double[] Geometric(double theta, int size) => [.. Enumerable.Range(0, size / 2).Select(i => Math.Pow(theta, -2.0 * i / size))];

    private static double Grow(RotaryScaling.Dynamic dynamic, double theta, int size, int length)
    {
        double longer = Math.Max(1, (double)length / dynamic.OriginalContext);
        return theta * Math.Pow((dynamic.Factor * longer) - (dynamic.Factor - 1), (double)size / (size - 2));
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
