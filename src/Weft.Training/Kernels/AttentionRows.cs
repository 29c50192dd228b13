using System.Runtime.Intrinsics;

using Weft.Inference.Kernels;
using Weft.Inference.Kernels.Panels;
using Weft.Inference.Threading;

using static Weft.Training.Kernels.BFloat16Vectors;

namespace Weft.Training.Kernels;

// N slices (a head of a sequence each), T queries, U keys.

/// <summary>Rows of attention scores in bf16 to weights, or gradients of weights to those of scores, where they are. An item is a row.</summary>
internal unsafe struct AttentionRows : IWork
{
    /// <summary>[N, T, U]: products of queries and keys, afterwards weights.</summary>
    public ushort* Weights;

    /// <summary>[N, T, U]: gradients of weights, afterwards of products; null for weights alone.</summary>
    public ushort* Gradients;

    /// <summary>T and U.</summary>
    public int Queries, Keys;

    /// <summary>Multiplies products.</summary>
    public float Scale;

    /// <summary>Position of the first query where later keys are hidden; less than 0 where none are.</summary>
    public int FirstPosition;

    /// <summary>Added to scaled products, [T, U] in fp32 of each slice's own place; null for none.</summary>
    public float* Bias;

    /// <summary>Numbers from a row of the bias to the next, from a head's to the next, and from a sequence's to the next.</summary>
    public long BiasRow, BiasHead, BiasSequence;

    /// <summary>Heads of a sequence, and number of the first slice.</summary>
    public int Heads, FirstSlice;

    public readonly void Run(int item)
    {
        int query = item % Queries, slice = FirstSlice + (item / Queries);
        int visible = FirstPosition < 0 ? Keys : Math.Min(Keys, FirstPosition + query + 1);
        ushort* weights = Weights + (item * (nint)Keys);
        if (Gradients != null)
        {
            Differentiate(weights, Gradients + (item * (nint)Keys), visible);
            return;
        }
        float* bias = Bias == null ? null : Bias + (query * (nint)BiasRow) + (slice % Heads * (nint)BiasHead) + (slice / Heads * (nint)BiasSequence);
        Softmax(weights, bias, visible, (float*)ThreadScratch.Get((Keys + Step) * sizeof(float)));
    }

    private readonly void Softmax(ushort* row, float* bias, int visible, float* scores)
    {
        Vector512<float> scale = Vector512.Create(Scale), greatest = Vector512.Create(float.NegativeInfinity);
        int whole = visible / Step * Step;
        for (int i = 0; i < whole; i += Step)
        {
            (Vector512<float> first, Vector512<float> second) = Load(row + i);
            (first, second) = (first * scale, second * scale);
            if (bias != null)
                (first, second) = (first + Vector512.Load(bias + i), second + Vector512.Load(bias + i + PanelLayout.Width));
            first.Store(scores + i);
            second.Store(scores + i + PanelLayout.Width);
            greatest = Vector512.Max(greatest, Vector512.Max(first, second));
        }
        float most = Greatest(greatest);
        for (int i = whole; i < visible; i++)
            most = MathF.Max(most, scores[i] = (Widen(row[i]) * Scale) + (bias == null ? 0 : bias[i]));
        Exponentials(row, scores, visible, most);
    }

    private readonly void Exponentials(ushort* row, float* scores, int visible, float most)
    {
        Vector512<float> shift = Vector512.Create(most), sums = default;
        int whole = visible / PanelLayout.Width * PanelLayout.Width;
        for (int i = 0; i < whole; i += PanelLayout.Width)
        {
            Vector512<float> exponential = Vector512.Exp(Vector512.Load(scores + i) - shift);
            exponential.Store(scores + i);
            sums += exponential;
        }
        float sum = Vector512.Sum(sums);
        for (int i = whole; i < visible; i++)
            sum += scores[i] = MathF.Exp(scores[i] - most);
        float factor = 1 / sum;
        Vector512<float> factors = Vector512.Create(factor);
        int stored = visible / Step * Step;
        for (int i = 0; i < stored; i += Step)
            Store(Vector512.Load(scores + i) * factors, Vector512.Load(scores + i + PanelLayout.Width) * factors, row + i);
        for (int i = stored; i < visible; i++)
            row[i] = RowPacking.RoundToBFloat16(scores[i] * factor);
        new Span<ushort>(row + visible, Keys - visible).Clear();
    }

    /// <summary>p·(g - Σ p·g)·scale, the gradient of a softmax.</summary>
    private readonly void Differentiate(ushort* weights, ushort* gradients, int visible)
    {
        Vector512<float> sums = default;
        int whole = visible / Step * Step;
        for (int i = 0; i < whole; i += Step)
        {
            (Vector512<float> firstWeight, Vector512<float> secondWeight) = Load(weights + i);
            (Vector512<float> first, Vector512<float> second) = Load(gradients + i);
            sums += (firstWeight * first) + (secondWeight * second);
        }
        float sum = Vector512.Sum(sums);
        for (int i = whole; i < visible; i++)
            sum += Widen(weights[i]) * Widen(gradients[i]);
        Vector512<float> mean = Vector512.Create(sum), scale = Vector512.Create(Scale);
        for (int i = 0; i < whole; i += Step)
        {
            (Vector512<float> firstWeight, Vector512<float> secondWeight) = Load(weights + i);
            (Vector512<float> first, Vector512<float> second) = Load(gradients + i);
            Store(firstWeight * (first - mean) * scale, secondWeight * (second - mean) * scale, gradients + i);
        }
        for (int i = whole; i < visible; i++)
            gradients[i] = RowPacking.RoundToBFloat16(Widen(weights[i]) * (Widen(gradients[i]) - sum) * Scale);
        new Span<ushort>(gradients + visible, Keys - visible).Clear();
    }
}
