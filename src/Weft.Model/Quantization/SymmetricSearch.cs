using System.Runtime.Intrinsics;

namespace Weft.Model.Quantization;

/// <summary>
/// Finds the scale of groups, so that scale·(code − centre) comes close to the elements; codes run from 0 to 2·centre − 1. The element of the largest
/// magnitude gives the side with one code more.
/// </summary>
/// <param name="Centre">The code that stands for zero.</param>
internal readonly record struct SymmetricSearch(int Centre)
{
    /// <summary>Groups below it are zero.</summary>
    public const float Nothing = 1e-15f;

    private const int Trials = 9, Rounds = 5;

    /// <summary>Tries scales about the one that the largest element asks for, and takes the best by weighted least squares (<c>make_qx_quants</c> of ggml).</summary>
    /// <param name="x">Elements, a group each lane.</param>
    /// <param name="weights">What an error at each of them counts.</param>
    /// <param name="codes">Receives the codes; 0 where a group is zero.</param>
    /// <returns>The scales.</returns>
    public Vector256<float> Find(ReadOnlySpan<Vector256<float>> x, ReadOnlySpan<Vector256<float>> weights, Span<Vector256<float>> codes)
    {
        (Vector256<float> largest, Vector256<float> zero) = Largest(x);
        (Vector256<float> sumXL, Vector256<float> sumLL) = Sums(x, weights, Vector256.Create(-(float)Centre) / largest, codes);
        Vector256<float> scale = Ratio(sumXL, sumLL), best = scale * sumXL;
        Span<Vector256<float>> trial = stackalloc Vector256<float>[x.Length];
        for (int step = -Trials; step <= Trials; step++)
        {
            if (step == 0)
                continue;
            (sumXL, sumLL) = Sums(x, weights, Vector256.Create(-(Centre + (0.1f * step))) / largest, trial);
            Vector256<float> better = Vector256.GreaterThan(sumLL, Vector256<float>.Zero) & Vector256.GreaterThan(sumXL * sumXL, best * sumLL);
            if (better == Vector256<float>.Zero)
                continue;
            for (int i = 0; i < x.Length; i++)
                codes[i] = Vector256.ConditionalSelect(better, trial[i], codes[i]);
            scale = Vector256.ConditionalSelect(better, sumXL / sumLL, scale);
            best = Vector256.ConditionalSelect(better, scale * sumXL, best);
        }
        Shift(codes, zero);
        return Vector256.AndNot(scale, zero);
    }

    /// <summary>
    /// Begins with the scale that the largest element asks for, then moves one code after another where the fit, weighted by the squares of the elements,
    /// becomes better (<c>make_q3_quants</c> of ggml).
    /// </summary>
    /// <inheritdoc cref="Find"/>
    public Vector256<float> Refine(ReadOnlySpan<Vector256<float>> x, Span<Vector256<float>> codes)
    {
        (Vector256<float> largest, Vector256<float> zero) = Largest(x);
        Span<Vector256<float>> weights = stackalloc Vector256<float>[x.Length];
        for (int i = 0; i < x.Length; i++)
            weights[i] = x[i] * x[i];
        (Vector256<float> sumXL, Vector256<float> sumLL) = Sums(x, weights, Vector256.Create(-(float)Centre) / largest, codes);
        // A lane that changes nothing in one round changes nothing in the next either.
        for (int round = 0, changes = 1; round < Rounds && changes > 0; round++)
        {
            changes = 0;
            for (int i = 0; i < x.Length; i++)
            {
                Vector256<float> weighted = weights[i] * x[i], code = codes[i];
                Vector256<float> restXL = sumXL - (weighted * code), restLL = sumLL - (weights[i] * code * code);
                Vector256<float> moved = Clamp(GroupLanes.Nearest(x[i] * restLL / restXL));
                Vector256<float> newXL = restXL + (weighted * moved), newLL = restLL + (weights[i] * moved * moved);
                Vector256<float> better = Vector256.GreaterThan(restXL, Vector256<float>.Zero) & ~Vector256.Equals(moved, code)
                    & Vector256.GreaterThan(newLL, Vector256<float>.Zero) & Vector256.GreaterThan(newXL * newXL * sumLL, sumXL * sumXL * newLL) & ~zero;
                if (better == Vector256<float>.Zero)
                    continue;
                changes++;
                codes[i] = Vector256.ConditionalSelect(better, moved, code);
                sumXL = Vector256.ConditionalSelect(better, newXL, sumXL);
                sumLL = Vector256.ConditionalSelect(better, newLL, sumLL);
            }
        }
        Shift(codes, zero);
        return Vector256.AndNot(Ratio(sumXL, sumLL), zero);
    }

    /// <summary>The first element of the largest magnitude, with its sign, and which groups have none.</summary>
    private static (Vector256<float> Largest, Vector256<float> Zero) Largest(ReadOnlySpan<Vector256<float>> x)
    {
        Vector256<float> largest = Vector256<float>.Zero, magnitude = largest;
        foreach (Vector256<float> element in x)
        {
            Vector256<float> larger = Vector256.GreaterThan(Vector256.Abs(element), magnitude);
            largest = Vector256.ConditionalSelect(larger, element, largest);
            magnitude = Vector256.ConditionalSelect(larger, Vector256.Abs(element), magnitude);
        }
        return (largest, Vector256.LessThan(magnitude, Vector256.Create(Nothing)));
    }

    /// <summary>Codes about zero for one scale, and the sums by which it is judged.</summary>
    private (Vector256<float> XL, Vector256<float> LL) Sums(
        ReadOnlySpan<Vector256<float>> x, ReadOnlySpan<Vector256<float>> weights, Vector256<float> inverse, Span<Vector256<float>> codes)
    {
        Vector256<float> sumXL = Vector256<float>.Zero, sumLL = sumXL;
        for (int i = 0; i < x.Length; i++)
        {
            Vector256<float> code = Clamp(GroupLanes.Nearest(inverse * x[i]));
            codes[i] = code;
            sumXL += weights[i] * x[i] * code;
            sumLL += weights[i] * code * code;
        }
        return (sumXL, sumLL);
    }

    private Vector256<float> Clamp(Vector256<float> codes) => GroupLanes.Clamp(codes, -Centre, Centre - 1);

    private static Vector256<float> Ratio(Vector256<float> sumXL, Vector256<float> sumLL) =>
        Vector256.ConditionalSelect(Vector256.GreaterThan(sumLL, Vector256<float>.Zero), sumXL / sumLL, Vector256<float>.Zero);

    private void Shift(Span<Vector256<float>> codes, Vector256<float> zero)
    {
        foreach (ref Vector256<float> code in codes)
            code = Vector256.AndNot(code + Vector256.Create((float)Centre), zero);
    }
}
