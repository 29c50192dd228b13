using System.Numerics;

namespace Weft.Inference;

// V vocabulary.

/// <summary>Takes tokens that a constraint does not allow out of the logits, so that every way of choosing passes them over.</summary>
internal static class ConstraintMask
{
    private const int Bits = 64;

    /// <param name="logits">[V]; negative infinity afterwards where a token is not allowed.</param>
    /// <param name="constraint">The text so far.</param>
    /// <param name="endIds">Ids that end the text: allowed where it may end, and there alone.</param>
    /// <exception cref="NotSupportedException">Nothing is left.</exception>
    public static void Apply(Span<float> logits, ITokenConstraintState constraint, IReadOnlyList<int> endIds)
    {
        bool mayEnd = constraint.MayEnd;
        // Kept, since they are struck out with the others.
        float[] ends = Read(logits, endIds);
        Strike(logits, constraint.GetAllowedIds());
        for (int i = 0; i < endIds.Count; i++)
            if ((uint)endIds[i] < (uint)logits.Length)
                logits[endIds[i]] = mayEnd ? ends[i] : float.NegativeInfinity;
        if (logits.IndexOfAnyExcept(float.NegativeInfinity) < 0)
            throw new NotSupportedException(
                $"no token that the model may give can go on with the text as its constraint demands{(mayEnd && endIds.Count == 0 ? ", and the model knows none that ends a text" : "")}; allow more, or give another model");
    }

    private static float[] Read(ReadOnlySpan<float> logits, IReadOnlyList<int> ids)
    {
        float[] values = new float[ids.Count];
        for (int i = 0; i < ids.Count; i++)
            values[i] = (uint)ids[i] < (uint)logits.Length ? logits[ids[i]] : float.NegativeInfinity;
        return values;
    }

    private static void Strike(Span<float> logits, ReadOnlySpan<ulong> allowed)
    {
        for (int word = 0; word * Bits < logits.Length; word++)
        {
            Span<float> part = logits.Slice(word * Bits, Math.Min(Bits, logits.Length - (word * Bits)));
            ulong bits = word < allowed.Length ? allowed[word] : 0;
            if (bits == 0)
            {
                part.Fill(float.NegativeInfinity);
                continue;
            }
            for (ulong struck = ~bits; struck != 0; struck &= struck - 1)
            {
                int id = BitOperations.TrailingZeroCount(struck);
                if (id >= part.Length)
                    break;
                part[id] = float.NegativeInfinity;
            }
        }
    }
}
