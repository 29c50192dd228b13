using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

using TorchSharp;

using Weft.Inference.Threading;

using static TorchSharp.torch;

namespace Weft.Training.Kernels;

/// <summary>Which elements of a tensor are kept, and by what they are multiplied so that the mean stays.</summary>
/// <param name="Key">Of the sequence of random numbers.</param>
/// <param name="First">Index of the tensor's first element in it.</param>
/// <param name="Probability">Of an element to become 0.</param>
internal readonly record struct DropoutMask(ulong Key, ulong First, double Probability)
{
    private const double Words = 1L << 32;

    /// <summary>An element is kept where its 32 random bits are no less. The probability is met to 2^-33.</summary>
    public uint Threshold => (uint)Math.Min(Math.Round(Probability * Words), uint.MaxValue);

    /// <summary>One over the share that is kept.</summary>
    public double Scale => Words / (Words - Threshold);

    /// <summary>All bits where an element is kept, none where it is not.</summary>
    /// <param name="first">Index of the first element in the sequence, even.</param>
    /// <param name="kept">One for each element; their number is a multiple of 16.</param>
    public void Fill(ulong first, Span<uint> kept)
    {
        Vector512<uint> threshold = Vector512.Create(Threshold);
        // Two elements share the 64 bits of one number.
        Vector512<ulong> counters = SplitMix64Vectors.Counters(Key, first / 2);
        foreach (ref Vector512<uint> vector in MemoryMarshal.Cast<uint, Vector512<uint>>(kept))
        {
            vector = Vector512.GreaterThanOrEqual(SplitMix64Vectors.Mix(counters).AsUInt32(), threshold);
            counters = SplitMix64Vectors.Next(counters);
        }
    }
}

/// <summary>
/// Dropout (Srivastava et al. 2014, JMLR 15:1929) of what is added to a residual line, in one pass over memory: x + mask·scale·y. The mask is no tensor but a hash of
/// each element's index: nothing is kept for the backward pass, which computes it anew.
/// </summary>
internal sealed unsafe class DropoutSum : autograd.SingleTensorFunction<DropoutSum>
{
    private const string MaskKey = "mask", AddsKey = "adds";

    public override string Name => nameof(DropoutSum);

    /// <summary>It can be computed here.</summary>
    public static bool Fits(Tensor y, Tensor? x) => y.dtype is ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64 && y.device.type == DeviceType.CPU
        && (x is null || (x.dtype == y.dtype && x.shape.AsSpan().SequenceEqual(y.shape)));

    /// <summary>Element by element.</summary>
    /// <param name="y">Some of which become 0.</param>
    /// <param name="x">What they are added to; null for nothing.</param>
    /// <param name="mask">Which.</param>
    public static Tensor Apply(Tensor y, Tensor? x, DropoutMask mask) => apply(y, x!, mask);

    public override Tensor forward(autograd.AutogradContext context, params object[] vars)
    {
        using var scope = NewDisposeScope();
        (Tensor y, var x, var mask) = (((Tensor)vars[0]).contiguous(), ((Tensor?)vars[1])?.contiguous(), (DropoutMask)vars[2]);
        context.save_data(MaskKey, mask);
        context.save_data(AddsKey, x is not null);
        Tensor result = empty_like(y);
        Compute(y, x, mask, result);
        return result.MoveToOuterDisposeScope();
    }

    public override List<Tensor?> backward(autograd.AutogradContext context, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        Tensor whole = gradient.contiguous(), result = empty_like(whole);
        Compute(whole, null, (DropoutMask)context.get_data(MaskKey), result);
        if (!(bool)context.get_data(AddsKey))
        {
            gradient.Dispose();
            return [.. GivenGradients.Give(result), null, null];
        }
        // The line's own gradient goes on as it came.
        return [.. GivenGradients.Give(result, gradient), null];
    }

    private static void Compute(Tensor y, Tensor? x, DropoutMask mask, Tensor result)
    {
        var work = new Work
        {
            Y = TorchTeam.Data(y),
            X = x is null ? null : TorchTeam.Data(x),
            Result = TorchTeam.Data(result),
            Count = y.numel(),
            Type = y.dtype,
            Mask = mask,
        };
        TorchTeam.Run(team => team.Run(ref work, (int)((work.Count + Work.Block - 1) / Work.Block)));
    }

    /// <summary>An item is a block of numbers.</summary>
    private struct Work : IWork
    {
        public const int Block = 1 << 14;

        /// <summary>Numbers whose mask is made at a time: it stays in the nearest cache.</summary>
        private const int Part = 1 << 10;

        public byte* Y;

        /// <summary>Null for nothing.</summary>
        public byte* X;

        public byte* Result;

        public long Count;

        public ScalarType Type;

        public DropoutMask Mask;

        public readonly void Run(int item)
        {
            long end = Math.Min(Count, (long)(item + 1) * Block);
            // An odd first element begins in the middle of a number.
            Span<uint> kept = stackalloc uint[Part + Vector512<uint>.Count];
            for (long i = (long)item * Block; i < end; i += Part)
            {
                ulong first = Mask.First + (ulong)i;
                Mask.Fill(first & ~1UL, kept);
                ReadOnlySpan<uint> part = kept.Slice((int)(first & 1), (int)Math.Min(Part, end - i));
                switch (Type)
                {
                    case ScalarType.BFloat16:
                        Drop((ushort*)Y + i, X == null ? null : (ushort*)X + i, part, (ushort*)Result + i);
                        break;
                    case ScalarType.Float32:
                        Drop((float*)Y + i, X == null ? null : (float*)X + i, part, (float*)Result + i);
                        break;
                    default:
                        Drop((double*)Y + i, X == null ? null : (double*)X + i, part, (double*)Result + i);
                        break;
                }
            }
        }

        private readonly void Drop(ushort* y, ushort* x, ReadOnlySpan<uint> kept, ushort* result)
        {
            const int Step = BFloat16Vectors.Step;
            Vector512<float> scale = Vector512.Create((float)Mask.Scale);
            ref uint mask = ref MemoryMarshal.GetReference(kept);
            int i = 0;
            for (; i <= kept.Length - Step; i += Step)
            {
                (Vector512<float> first, Vector512<float> second) = BFloat16Vectors.Load(y + i);
                first = (first * scale) & Vector512.LoadUnsafe(ref mask, (nuint)i).AsSingle();
                second = (second * scale) & Vector512.LoadUnsafe(ref mask, (nuint)(i + (Step / 2))).AsSingle();
                if (x != null)
                {
                    (Vector512<float> First, Vector512<float> Second) line = BFloat16Vectors.Load(x + i);
                    (first, second) = (line.First + first, line.Second + second);
                }
                BFloat16Vectors.Store(first, second, result + i);
            }
            if (i == kept.Length)
                return;
            // The rest goes through a whole step.
            ushort* rest = stackalloc ushort[3 * Step];
            int left = kept.Length - i;
            new ReadOnlySpan<ushort>(y + i, left).CopyTo(new(rest, Step));
            if (x != null)
                new ReadOnlySpan<ushort>(x + i, left).CopyTo(new(rest + Step, Step));
            Span<uint> ofRest = stackalloc uint[Step];
            kept[i..].CopyTo(ofRest);
            Drop(rest, x == null ? null : rest + Step, ofRest, rest + (2 * Step));
            new ReadOnlySpan<ushort>(rest + (2 * Step), left).CopyTo(new(result + i, left));
        }

        private readonly void Drop(float* y, float* x, ReadOnlySpan<uint> kept, float* result)
        {
            float scale = (float)Mask.Scale;
            ref uint mask = ref MemoryMarshal.GetReference(kept);
            int i = 0;
            for (; i <= kept.Length - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                Vector512<float> dropped = (Vector512.Load(y + i) * scale) & Vector512.LoadUnsafe(ref mask, (nuint)i).AsSingle();
                (x == null ? dropped : Vector512.Load(x + i) + dropped).Store(result + i);
            }
            for (; i < kept.Length; i++)
            {
                float dropped = kept[i] == 0 ? 0 : y[i] * scale;
                result[i] = x == null ? dropped : x[i] + dropped;
            }
        }

        private readonly void Drop(double* y, double* x, ReadOnlySpan<uint> kept, double* result)
        {
            double scale = Mask.Scale;
            for (int i = 0; i < kept.Length; i++)
            {
                double dropped = kept[i] == 0 ? 0 : y[i] * scale;
                result[i] = x == null ? dropped : x[i] + dropped;
            }
        }
    }
}
