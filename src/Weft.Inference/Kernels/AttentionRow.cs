using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Weft.Inference.Kernels;

// S head size, B positions of a key block.

/// <summary>
/// One query head against one block of keys and values, with an online softmax (Milakov and Gimelshein 2018, arXiv:1805.02867): the
/// output so far, its greatest score and its sum of weights are corrected whenever a greater score turns up. Blocks lie at
/// fixed positions, so a position's result has the same bits whether its sequence came as a whole or in pieces.
/// </summary>
internal static unsafe class AttentionRow
{
    /// <summary>Positions of a block. Its keys are stored [S, B], so that one vector holds the scores of neighbouring positions.</summary>
    public const int BlockSize = 64;

    /// <summary>Adds the visible keys and values of a block to a row's state.</summary>
    /// <param name="query">[S], scaled.</param>
    /// <param name="keys">[S, B].</param>
    /// <param name="values">[B, S].</param>
    /// <param name="view">What of the block the query sees, and how.</param>
    /// <param name="state">The row's output so far, not yet divided by the sum.</param>
    public static void Add(float* query, float* keys, float* values, in BlockView view, in RowState state)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Lanes512, Vector512<float>>(query, keys, values, view, state);
        else if (Vector256.IsHardwareAccelerated)
            Run<Lanes256, Vector256<float>>(query, keys, values, view, state);
        else
            Run<Lanes128, Vector128<float>>(query, keys, values, view, state);
    }

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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TLanes, TVector>(float* query, float* keys, float* values, in BlockView view, in RowState state)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        float* scores = stackalloc float[BlockSize];
        Score<TLanes, TVector>(query, keys, scores, state.HeadSize);
        if (view.SoftCap > 0)
            Cap(scores, BlockSize, view.SoftCap);
        if (view.Bias != null)
            TensorPrimitives.Add(new ReadOnlySpan<float>(scores, BlockSize), new ReadOnlySpan<float>(view.Bias, BlockSize), new Span<float>(scores, BlockSize));
        // What the query does not see leaves the softmax as exact zeros.
        new Span<float>(scores + view.End, BlockSize - view.End).Fill(float.NegativeInfinity);
        if (view.Begin > view.SinkEnd)
            new Span<float>(scores + view.SinkEnd, view.Begin - view.SinkEnd).Fill(float.NegativeInfinity);
        TVector greatest = TLanes.Load(scores);
        for (int i = TLanes.Count; i < BlockSize; i += TLanes.Count)
            greatest = TLanes.Max(greatest, TLanes.Load(scores + i));
        float maximum = Math.Max(*state.Maximum, TLanes.HorizontalMax(greatest));
        float correction = MathF.Exp(*state.Maximum - maximum);
        TVector maxima = TLanes.Broadcast(maximum);
        for (int i = 0; i < BlockSize; i += TLanes.Count)
            TLanes.Store(TLanes.Exp(TLanes.Subtract(TLanes.Load(scores + i), maxima)), scores + i);
        *state.Sum = (*state.Sum * correction) + Reduction.Sum<TLanes, TVector>(scores, BlockSize);
        *state.Maximum = maximum;
        AddValues<TLanes, TVector>(scores, values, view.End, correction, state);
    }

    /// <summary>c·tanh(x/c), in place.</summary>
    public static void Cap(float* x, int count, float cap)
    {
        var values = new Span<float>(x, count);
        TensorPrimitives.Divide(values, cap, values);
        ActivationKernel.Of(Weft.Model.Spec.Activation.Tanh)(x, null, x, count);
        TensorPrimitives.Multiply(values, cap, values);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Score<TLanes, TVector>(float* query, float* keys, float* scores, int size)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        for (int c = 0; c < BlockSize; c += 4 * TLanes.Count)
        {
            TVector a0 = TLanes.Zero, a1 = a0, a2 = a0, a3 = a0;
            float* key = keys + c;
            for (int s = 0; s < size; s++, key += BlockSize)
            {
                TVector q = TLanes.Broadcast(query[s]);
                a0 = TLanes.MultiplyAdd(q, TLanes.Load(key), a0);
                a1 = TLanes.MultiplyAdd(q, TLanes.Load(key + TLanes.Count), a1);
                a2 = TLanes.MultiplyAdd(q, TLanes.Load(key + (2 * TLanes.Count)), a2);
                a3 = TLanes.MultiplyAdd(q, TLanes.Load(key + (3 * TLanes.Count)), a3);
            }
            TLanes.Store(a0, scores + c);
            TLanes.Store(a1, scores + c + TLanes.Count);
            TLanes.Store(a2, scores + c + (2 * TLanes.Count));
            TLanes.Store(a3, scores + c + (3 * TLanes.Count));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void AddValues<TLanes, TVector>(float* weights, float* values, int positions, float correction, in RowState state)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int size = state.HeadSize, s = 0;
        float* output = state.Output;
        TVector corrections = TLanes.Broadcast(correction);
        for (; s <= size - (4 * TLanes.Count); s += 4 * TLanes.Count)
        {
            float* o = output + s;
            TVector a0 = TLanes.Multiply(TLanes.Load(o), corrections), a1 = TLanes.Multiply(TLanes.Load(o + TLanes.Count), corrections);
            TVector a2 = TLanes.Multiply(TLanes.Load(o + (2 * TLanes.Count)), corrections);
            TVector a3 = TLanes.Multiply(TLanes.Load(o + (3 * TLanes.Count)), corrections);
            float* v = values + s;
            for (int c = 0; c < positions; c++, v += size)
            {
                TVector w = TLanes.Broadcast(weights[c]);
                a0 = TLanes.MultiplyAdd(w, TLanes.Load(v), a0);
                a1 = TLanes.MultiplyAdd(w, TLanes.Load(v + TLanes.Count), a1);
                a2 = TLanes.MultiplyAdd(w, TLanes.Load(v + (2 * TLanes.Count)), a2);
                a3 = TLanes.MultiplyAdd(w, TLanes.Load(v + (3 * TLanes.Count)), a3);
            }
            TLanes.Store(a0, o);
            TLanes.Store(a1, o + TLanes.Count);
            TLanes.Store(a2, o + (2 * TLanes.Count));
            TLanes.Store(a3, o + (3 * TLanes.Count));
        }
        for (; s <= size - TLanes.Count; s += TLanes.Count)
        {
            TVector sum = TLanes.Multiply(TLanes.Load(output + s), corrections);
            for (int c = 0; c < positions; c++)
                sum = TLanes.MultiplyAdd(TLanes.Broadcast(weights[c]), TLanes.Load(values + (c * size) + s), sum);
            TLanes.Store(sum, output + s);
        }
        for (; s < size; s++)
        {
            float sum = output[s] * correction;
            for (int c = 0; c < positions; c++)
                sum += weights[c] * values[(c * size) + s];
            output[s] = sum;
        }
    }

    /// <summary>What a query sees of a block: the positions from <see cref="Begin"/> to <see cref="End"/>, and those before <see cref="SinkEnd"/>.</summary>
    internal struct BlockView
    {
        /// <summary>First visible position, counted from the block's first.</summary>
        public int Begin;

        /// <summary>The position after the last visible one: 1 to B.</summary>
        public int End;

        /// <summary>The position after the last visible sink; 0 for none.</summary>
        public int SinkEnd;

        /// <summary>Scores become c·tanh(score/c); 0 for none.</summary>
        public float SoftCap;

        /// <summary>Added to the scores, [B]; null for nothing.</summary>
        public float* Bias;
    }

    /// <summary>What a query head has gathered so far.</summary>
    internal struct RowState
    {
        /// <summary>[S], weighted by exp(score - maximum).</summary>
        public float* Output;

        /// <summary>The greatest score so far; negative infinity at first.</summary>
        public float* Maximum;

        /// <summary>Sum of the weights.</summary>
        public float* Sum;

        /// <summary>S.</summary>
        public int HeadSize;
    }
}
