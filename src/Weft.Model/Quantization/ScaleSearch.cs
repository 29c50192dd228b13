namespace Weft.Model.Quantization;

/// <summary>Codes for the scales of a block's groups, which are numbers of few bits themselves.</summary>
internal static class ScaleSearch
{
    private const int Trials = 4, Rounds = 5;

    /// <summary>The largest scale gets the highest code.</summary>
    /// <param name="scales">One a group, none negative.</param>
    /// <param name="highest">The highest code.</param>
    /// <param name="codes">Receives them.</param>
    /// <returns>The scale of the codes.</returns>
    public static float Plain(ReadOnlySpan<float> scales, int highest, Span<byte> codes)
    {
        float largest = 0;
        foreach (float scale in scales)
            largest = scale > largest ? scale : largest;
        float inverse = largest > 0 ? highest / largest : 0;
        for (int i = 0; i < scales.Length; i++)
            codes[i] = Math.Min((byte)highest, (byte)GroupLanes.Nearest(inverse * scales[i]));
        return largest / highest;
    }

    /// <summary>The codes whose errors, weighted, are least: trials about the plain scale, then single codes moved (<c>make_qp_quants</c> of ggml).</summary>
    /// <inheritdoc cref="Plain"/>
    /// <param name="scales">One a group, none negative.</param>
    /// <param name="weights">What an error of each counts.</param>
    /// <param name="highest">The highest code.</param>
    /// <param name="codes">Receives them.</param>
    public static float Weighted(ReadOnlySpan<float> scales, ReadOnlySpan<float> weights, int highest, Span<byte> codes)
    {
        float largest = 0;
        foreach (float scale in scales)
            largest = largest > scale ? largest : scale;
        codes.Clear();
        if (largest < SymmetricSearch.Nothing)
            return 0;
        float best = highest / largest, least = Error(scales, weights, best, int.MaxValue);
        for (int step = -Trials; step <= Trials; step++)
        {
            float inverse = ((0.1f * step) + highest) / largest;
            if (step != 0 && Error(scales, weights, inverse, highest) is var error && error < least)
                (best, least) = (inverse, error);
        }
        float sumXL = 0, sumLL = 0;
        for (int i = 0; i < scales.Length; i++)
        {
            int code = Math.Min(highest, GroupLanes.Nearest(best * scales[i]));
            codes[i] = (byte)code;
            sumXL += weights[i] * scales[i] * code;
            sumLL += weights[i] * code * code;
        }
        for (int round = 0; round < Rounds && Move(scales, weights, highest, codes, ref sumXL, ref sumLL); round++)
        {
        }
        return sumLL > 0 ? sumXL / sumLL : 0;
    }

    private static float Error(ReadOnlySpan<float> scales, ReadOnlySpan<float> weights, float inverse, int highest)
    {
        float scale = 1 / inverse, sum = 0;
        for (int i = 0; i < scales.Length; i++)
        {
            float difference = scales[i] - (scale * Math.Min(highest, GroupLanes.Nearest(inverse * scales[i])));
            sum += weights[i] * difference * difference;
        }
        return sum;
    }

    /// <summary>Moves codes one after another where the fit becomes better.</summary>
    private static bool Move(ReadOnlySpan<float> scales, ReadOnlySpan<float> weights, int highest, Span<byte> codes, ref float sumXL, ref float sumLL)
    {
        bool changed = false;
        for (int i = 0; i < scales.Length; i++)
        {
            float weight = weights[i], restXL = sumXL - (weight * scales[i] * codes[i]), restLL = sumLL - (weight * codes[i] * codes[i]);
            if (!(restXL > 0 && restLL > 0))
                continue;
            int moved = Math.Min(highest, GroupLanes.Nearest(scales[i] * restLL / restXL));
            if (moved == codes[i])
                continue;
            restXL += weight * scales[i] * moved;
            restLL += weight * moved * moved;
            if (!(restXL * restXL * sumLL > sumXL * sumXL * restLL))
                continue;
            codes[i] = (byte)moved;
            (sumXL, sumLL, changed) = (restXL, restLL, true);
        }
        return changed;
    }
}
