using System.Numerics.Tensors;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, D hidden.

/// <summary>The vector of a sequence from those of its tokens.</summary>
public static class SequencePooling
{
    /// <summary>As torch's normalize, so that a vector of zeros stays one.</summary>
    private const float ShortestLength = 1e-12f;

    /// <summary>Pools hidden states.</summary>
    /// <param name="pooling">How.</param>
    /// <param name="states">[T, D].</param>
    /// <param name="pooled">Receives [D].</param>
    /// <exception cref="ArgumentException">There are no states, or not whole ones.</exception>
    /// <exception cref="NotSupportedException">The pooling is unknown.</exception>
    public static void Pool(Pooling pooling, ReadOnlySpan<float> states, Span<float> pooled)
    {
        int size = pooled.Length;
        if (states.IsEmpty || states.Length % size != 0)
            throw new ArgumentException($"{states.Length} numbers are no states of {size}", nameof(states));
        switch (pooling)
        {
            case Pooling.First:
                states[..size].CopyTo(pooled);
                break;
            case Pooling.Last:
                states[^size..].CopyTo(pooled);
                break;
            case Pooling.Mean:
                pooled.Clear();
                for (ReadOnlySpan<float> rest = states; !rest.IsEmpty; rest = rest[size..])
                    TensorPrimitives.Add(pooled, rest[..size], pooled);
                TensorPrimitives.Divide(pooled, states.Length / size, pooled);
                break;
            default:
                throw new NotSupportedException($"pooling {pooling} is unknown to the engine");
        }
    }

    /// <summary>Divides a vector by its length.</summary>
    public static void Normalize(Span<float> vector) =>
        TensorPrimitives.Divide(vector, Math.Max(TensorPrimitives.Norm<float>(vector), ShortestLength), vector);
}
