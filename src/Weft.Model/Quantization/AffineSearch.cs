using System.Runtime.Intrinsics;

namespace Weft.Model.Quantization;

/// <summary>
/// Finds scale and minimum of groups, so that scale·code + minimum comes close to the elements: one pair of ranges after another fixes the codes, weighted
/// least squares the scale and the minimum that suit them best (<c>make_qkx2_quants</c> and <c>make_qkx3_quants</c> of ggml).
/// </summary>
/// <param name="Highest">The highest code; the lowest is 0.</param>
/// <param name="First">What the first trial adds to <paramref name="Highest"/> where it divides it by the range.</param>
/// <param name="Step">What each further trial adds.</param>
/// <param name="Steps">Trials after the first.</param>
/// <param name="Absolute">Errors count by their magnitude, not by their square.</param>
internal readonly record struct AffineSearch(int Highest, float First, float Step, int Steps, bool Absolute = false)
{
    /// <summary>Searches in eight groups.</summary>
    /// <param name="x">Elements, a group each lane.</param>
    /// <param name="weights">What an error at each of them counts.</param>
    /// <param name="codes">Receives the codes.</param>
    /// <returns>Scales, and minima with their sign changed: never negative.</returns>
    public (Vector256<float> Scale, Vector256<float> Minimum) Find(
        ReadOnlySpan<Vector256<float>> x, ReadOnlySpan<Vector256<float>> weights, Span<Vector256<float>> codes)
    {
        Vector256<float> lowest = x[0], highest = x[0], sumW = weights[0], sumX = weights[0] * x[0];
        for (int i = 1; i < x.Length; i++)
        {
            lowest = Vector256.MinNative(x[i], lowest);
            highest = Vector256.MaxNative(x[i], highest);
            sumW += weights[i];
            sumX += weights[i] * x[i];
        }
        lowest = Vector256.MinNative(Vector256<float>.Zero, lowest);
        Vector256<float> flat = Vector256.LessThanOrEqual(highest, lowest);
        Vector256<float> inverse = Vector256.Create((float)Highest) / (highest - lowest);
        Vector256<float> scale = Vector256<float>.One / inverse, minimum = lowest;
        Encode(x, inverse, lowest, codes);
        Vector256<float> least = Error(x, weights, codes, scale, minimum);
        Span<Vector256<float>> trial = stackalloc Vector256<float>[x.Length];
        for (int step = 0; step <= Steps; step++)
        {
            // The range begins at the best minimum so far, not at the lowest element.
            Encode(x, Vector256.Create(First + (Step * step) + Highest) / (highest - minimum), minimum, trial);
            (Vector256<float> trialScale, Vector256<float> trialMinimum, Vector256<float> solvable) = Fit(x, weights, trial, sumW, sumX);
            Vector256<float> error = Error(x, weights, trial, trialScale, trialMinimum);
            Vector256<float> better = solvable & Vector256.LessThan(error, least);
            if (better == Vector256<float>.Zero)
                continue;
            for (int i = 0; i < x.Length; i++)
                codes[i] = Vector256.ConditionalSelect(better, trial[i], codes[i]);
            least = Vector256.ConditionalSelect(better, error, least);
            scale = Vector256.ConditionalSelect(better, trialScale, scale);
            minimum = Vector256.ConditionalSelect(better, trialMinimum, minimum);
        }
        // A group without a range has divided by nothing: its minimum says it all.
        for (int i = 0; i < x.Length; i++)
            codes[i] = Vector256.AndNot(codes[i], flat);
        return (Vector256.AndNot(scale, flat), -Vector256.ConditionalSelect(flat, lowest, minimum));
    }

    private void Encode(ReadOnlySpan<Vector256<float>> x, Vector256<float> inverse, Vector256<float> lowest, Span<Vector256<float>> codes)
    {
        for (int i = 0; i < x.Length; i++)
            codes[i] = GroupLanes.Clamp(GroupLanes.Nearest(inverse * (x[i] - lowest)), 0, Highest);
    }

    private Vector256<float> Error(
        ReadOnlySpan<Vector256<float>> x, ReadOnlySpan<Vector256<float>> weights, ReadOnlySpan<Vector256<float>> codes, Vector256<float> scale, Vector256<float> minimum)
    {
        Vector256<float> sum = Vector256<float>.Zero;
        if (Absolute)
            for (int i = 0; i < x.Length; i++)
                sum += weights[i] * Vector256.Abs((scale * codes[i]) + minimum - x[i]);
        else
            for (int i = 0; i < x.Length; i++)
            {
                Vector256<float> difference = (scale * codes[i]) + minimum - x[i];
                sum += weights[i] * (difference * difference);
            }
        return sum;
    }

    /// <summary>Scale and minimum by least squares; where the minimum would be above zero it is zero, and the scale alone is fitted.</summary>
    private static (Vector256<float> Scale, Vector256<float> Minimum, Vector256<float> Solvable) Fit(
        ReadOnlySpan<Vector256<float>> x, ReadOnlySpan<Vector256<float>> weights, ReadOnlySpan<Vector256<float>> codes, Vector256<float> sumW, Vector256<float> sumX)
    {
        Vector256<float> sumL = Vector256<float>.Zero, sumLL = sumL, sumXL = sumL;
        for (int i = 0; i < x.Length; i++)
        {
            Vector256<float> weighted = weights[i] * codes[i];
            sumL += weighted;
            sumLL += weighted * codes[i];
            sumXL += weighted * x[i];
        }
        Vector256<float> determinant = (sumW * sumLL) - (sumL * sumL);
        Vector256<float> scale = ((sumW * sumXL) - (sumX * sumL)) / determinant, minimum = ((sumLL * sumX) - (sumL * sumXL)) / determinant;
        Vector256<float> above = Vector256.GreaterThan(minimum, Vector256<float>.Zero);
        return (Vector256.ConditionalSelect(above, sumXL / sumLL, scale), Vector256.AndNot(minimum, above), Vector256.GreaterThan(determinant, Vector256<float>.Zero));
    }
}
