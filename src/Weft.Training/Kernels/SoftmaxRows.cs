using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

using Weft.Inference.Kernels;
using Weft.Inference.Kernels.Panels;
using Weft.Inference.Threading;

using static Weft.Training.Kernels.BFloat16Vectors;

namespace Weft.Training.Kernels;

// C rows, V vocabulary.

/// <summary>
/// Cross-entropy of rows of logits in bf16, and its gradient in their place: three passes over a row that is in the cache, where an operator for each part would
/// pass over all rows in memory. An item is a row.
/// </summary>
internal unsafe struct SoftmaxRows : IWork
{
    /// <summary>[C, <see cref="RowStep"/>] in bf16: logits, afterwards their gradients, behind the vocabulary zeros.</summary>
    public ushort* Logits;

    /// <summary>Numbers from a row to the next.</summary>
    public int RowStep;

    /// <summary>V.</summary>
    public int Vocabulary;

    /// <summary>Added to each row, [V]; null for nothing.</summary>
    public float* Bias;

    /// <summary>[C].</summary>
    public long* Targets;

    /// <summary>Receives the loss of each row, in nats, without its weight, [C].</summary>
    public double* Losses;

    /// <summary>Of a row in the step's loss; 0 for the losses alone.</summary>
    public float Weight;

    /// <summary>Of each row, [C], in place of <see cref="Weight"/>, of any sign; null where all are alike.</summary>
    public float* Weights;

    /// <summary>Probability that is spread over the whole vocabulary (Szegedy et al. 2015, arXiv:1512.00567).</summary>
    public float LabelSmoothing;

    /// <summary>Coefficient of the squared logarithm of the softmax's denominator (Chowdhery et al. 2022, arXiv:2204.02311, section 5).</summary>
    public float ZLoss;

    public readonly void Run(int item)
    {
        ushort* row = Logits + (item * (nint)RowStep);
        float* exponentials = (float*)ThreadScratch.Get((Vocabulary + Step) * sizeof(float));
        float target = Logit(row, (int)Targets[item]);
        (float greatest, double total) = Scan(row);
        double sum = Exponentials(row, greatest, exponentials);
        double logSum = greatest + Math.Log(sum);
        Losses[item] = logSum - ((1 - LabelSmoothing) * target) - (LabelSmoothing == 0 ? 0 : LabelSmoothing * total / Vocabulary) + (ZLoss * logSum * logSum);
        if (Weight == 0 && Weights == null)
            return;
        float weight = Weights == null ? Weight : Weights[item];
        double slope = weight * (1 + (2 * ZLoss * logSum));
        Gradients(row, exponentials, (float)(slope / sum), weight * LabelSmoothing / Vocabulary);
        row[Targets[item]] = RowPacking.RoundToBFloat16((float)((slope * exponentials[Targets[item]] / sum) - (weight * LabelSmoothing / Vocabulary) - (weight * (1 - LabelSmoothing))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly (Vector512<float> First, Vector512<float> Second) Logits32(ushort* row, int i)
    {
        (Vector512<float> first, Vector512<float> second) = Load(row + i);
        return Bias == null ? (first, second) : (first + Vector512.Load(Bias + i), second + Vector512.Load(Bias + i + Vector512<float>.Count));
    }

    private readonly float Logit(ushort* row, int i) => Widen(row[i]) + (Bias == null ? 0 : Bias[i]);

    /// <summary>The greatest logit, and the sum of all where labels are smoothed.</summary>
    private readonly (float Greatest, double Total) Scan(ushort* row)
    {
        Vector512<float> greatest = Vector512.Create(float.NegativeInfinity), total = default;
        int i = 0;
        for (; i <= Vocabulary - Step; i += Step)
        {
            (Vector512<float> first, Vector512<float> second) = Logits32(row, i);
            greatest = Vector512.Max(greatest, Vector512.Max(first, second));
            if (LabelSmoothing != 0)
                total += first + second;
        }
        float most = Greatest(greatest);
        double sum = Vector512.Sum(total);
        for (; i < Vocabulary; i++)
        {
            most = MathF.Max(most, Logit(row, i));
            sum += Logit(row, i);
        }
        return (most, sum);
    }

    private readonly double Exponentials(ushort* row, float greatest, float* exponentials)
    {
        Vector512<float> shift = Vector512.Create(greatest), firstSum = default, secondSum = default;
        int i = 0;
        for (; i <= Vocabulary - Step; i += Step)
        {
            (Vector512<float> first, Vector512<float> second) = Logits32(row, i);
            first = Vector512.Exp(first - shift);
            second = Vector512.Exp(second - shift);
            first.Store(exponentials + i);
            second.Store(exponentials + i + PanelLayout.Width);
            firstSum += first;
            secondSum += second;
        }
        double sum = (double)Vector512.Sum(firstSum) + Vector512.Sum(secondSum);
        for (; i < Vocabulary; i++)
            sum += exponentials[i] = MathF.Exp(Logit(row, i) - greatest);
        return sum;
    }

    private readonly void Gradients(ushort* row, float* exponentials, float scale, float smoothed)
    {
        Vector512<float> scales = Vector512.Create(scale), less = Vector512.Create(smoothed);
        int i = 0;
        for (; i <= Vocabulary - Step; i += Step)
        {
            Vector512<float> first = (Vector512.Load(exponentials + i) * scales) - less, second = (Vector512.Load(exponentials + i + PanelLayout.Width) * scales) - less;
            Store(first, second, row + i);
        }
        for (; i < RowStep; i++)
            row[i] = i < Vocabulary ? RowPacking.RoundToBFloat16((exponentials[i] * scale) - smoothed) : (ushort)0;
    }
}
