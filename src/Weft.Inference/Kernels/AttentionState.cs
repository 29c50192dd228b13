using System.Numerics.Tensors;

namespace Weft.Inference.Kernels;

// R rows, S head size.

/// <summary>What query rows have gathered from some of the keys; states of neighbouring keys make one of them all.</summary>
/// <param name="memory">Room for <see cref="Count"/> numbers.</param>
/// <param name="rows">R.</param>
/// <param name="size">S.</param>
internal readonly unsafe struct AttentionState(float* memory, int rows, int size)
{
    /// <summary>[R, S], weighted by exp(score - greatest score), not yet divided by the sum.</summary>
    public float* Outputs => memory;

    /// <summary>[R]: the greatest score so far, negative infinity at first.</summary>
    public float* Maxima => memory + ((nint)rows * size);

    /// <summary>[R]: the sum of weights so far.</summary>
    public float* Weights => Maxima + rows;

    /// <summary>Numbers of a state.</summary>
    public static long Count(int rows, int size) => (long)rows * (size + 2);

    /// <summary>Nothing gathered yet.</summary>
    public void Clear()
    {
        new Span<float>(memory, (rows * size) + (2 * rows)).Clear();
        new Span<float>(Maxima, rows).Fill(float.NegativeInfinity);
    }

    /// <summary>Takes in what the same rows have gathered from keys behind these; that is of no use any more.</summary>
    public void Add(AttentionState other)
    {
        for (int row = 0; row < rows; row++)
        {
            float maximum = Math.Max(Maxima[row], other.Maxima[row]);
            if (float.IsNegativeInfinity(maximum))
                continue;
            float own = MathF.Exp(Maxima[row] - maximum), others = MathF.Exp(other.Maxima[row] - maximum);
            Maxima[row] = maximum;
            Weights[row] = (Weights[row] * own) + (other.Weights[row] * others);
            Span<float> outputs = new(Outputs + (row * size), size), added = new(other.Outputs + (row * size), size);
            TensorPrimitives.Multiply(added, others, added);
            TensorPrimitives.MultiplyAdd(outputs, own, added, outputs);
        }
    }
}
