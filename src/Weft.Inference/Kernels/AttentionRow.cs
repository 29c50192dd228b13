namespace Weft.Inference.Kernels;

// S head size, C positions, B positions of a key block.

/// <summary>One query head against keys and values: what its blocks are, and the specification of the product.</summary>
internal static unsafe class AttentionRow
{
    /// <summary>Positions of a block. Its keys are stored [S, B], so that one vector holds the scores of neighbouring positions.</summary>
    public const int BlockSize = 64;

    /// <summary>The specification of attention on one row: all positions at once, keys and values [C, S].</summary>
    public static void ExecuteScalar(ReadOnlySpan<float> query, ReadOnlySpan<float> keys, ReadOnlySpan<float> values, Span<float> output)
    {
        int size = query.Length, positions = keys.Length / size;
        float[] weights = new float[positions];
        for (int c = 0; c < positions; c++)
            for (int s = 0; s < size; s++)
                weights[c] += query[s] * keys[(c * size) + s];
        float maximum = weights.Max(), sum = 0;
        for (int c = 0; c < positions; c++)
            sum += weights[c] = MathF.Exp(weights[c] - maximum);
        output.Clear();
        for (int c = 0; c < positions; c++)
            for (int s = 0; s < size; s++)
                output[s] += weights[c] / sum * values[(c * size) + s];
    }

    /// <summary>c·tanh(x/c), in place.</summary>
    public static void Cap(float* x, int count, float cap)
    {
        var values = new Span<float>(x, count);
        System.Numerics.Tensors.TensorPrimitives.Divide(values, cap, values);
        ActivationKernel.Of(Weft.Model.Spec.Activation.Tanh)(x, null, x, count);
        System.Numerics.Tensors.TensorPrimitives.Multiply(values, cap, values);
    }

    /// <summary>What a query sees of a block: the positions from <see cref="Begin"/> to <see cref="End"/>, and those before <see cref="SinkEnd"/>.</summary>
    internal struct BlockView
    {
        /// <summary>First visible position, counted from the block's first.</summary>
        public int Begin;

        /// <summary>The position after the last visible one; 0 or less where none is.</summary>
        public int End;

        /// <summary>The position after the last visible sink; 0 for none.</summary>
        public int SinkEnd;

        /// <summary>Scores become c·tanh(score/c); 0 for none.</summary>
        public float SoftCap;

        /// <summary>Added to the scores, [B]; null for nothing.</summary>
        public float* Bias;
    }
}
