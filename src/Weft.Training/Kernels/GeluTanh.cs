using System.Runtime.Intrinsics;

using Weft.Inference.Threading;

using static TorchSharp.torch;
using static Weft.Training.Kernels.BFloat16Vectors;

namespace Weft.Training.Kernels;

/// <summary>
/// GELU by its tanh (Hendrycks and Gimpel 2016, arXiv:1606.08415) in bf16, as x·σ(2u), which needs one exponential, where torch computes a tanh: u = √(2/π)·(x + 0.044715·x³).
/// </summary>
internal sealed unsafe class GeluTanh : autograd.SingleTensorFunction<GeluTanh>
{
    private const float Cubic = 0.044715f, Root = 0.7978845608f;

    public override string Name => nameof(GeluTanh);

    /// <summary>It can be computed here.</summary>
    public static bool Fits(Tensor x) => x.dtype == ScalarType.BFloat16 && x.device.type == TorchSharp.DeviceType.CPU && Vector512.IsHardwareAccelerated && x.is_contiguous();

    /// <summary>Element by element.</summary>
    public static Tensor Apply(Tensor x) => apply(x);

    public override Tensor forward(autograd.AutogradContext context, params object[] vars)
    {
        var x = (Tensor)vars[0];
        context.save_for_backward([x]);
        Tensor result = empty_like(x);
        Compute(x, null, result);
        return result;
    }

    public override List<Tensor> backward(autograd.AutogradContext context, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        Tensor x = context.get_saved_variables()[0];
        Tensor result = empty_like(x);
        Compute(x, gradient.contiguous(), result);
        // Torch's own reference ends with the call, this one would end with the pass.
        gradient.Dispose();
        return GivenGradients.Give(result);
    }

    private static void Compute(Tensor x, Tensor? gradient, Tensor result)
    {
        var work = new Work
        {
            X = (ushort*)TorchTeam.Data(x),
            Gradient = gradient is null ? null : (ushort*)TorchTeam.Data(gradient),
            Result = (ushort*)TorchTeam.Data(result),
            Count = x.numel(),
        };
        TorchTeam.Run(team => team.Run(ref work, (int)((work.Count + Work.Block - 1) / Work.Block)));
    }

    /// <summary>An item is a block of numbers.</summary>
    private struct Work : IWork
    {
        public const int Block = 1 << 14;

        public ushort* X;

        /// <summary>Of what comes out; null forward.</summary>
        public ushort* Gradient;

        public ushort* Result;

        public long Count;

        public readonly void Run(int item)
        {
            long end = Math.Min(Count, (long)(item + 1) * Block), i = (long)item * Block;
            for (; i <= end - Step; i += Step)
                Compute(Load(X + i), Gradient == null ? default : Load(Gradient + i), Gradient != null, Result + i);
            if (i == end)
                return;
            ushort* x = stackalloc ushort[3 * Step];
            int left = (int)(end - i);
            new ReadOnlySpan<ushort>(X + i, left).CopyTo(new(x, Step));
            if (Gradient != null)
                new ReadOnlySpan<ushort>(Gradient + i, left).CopyTo(new(x + Step, Step));
            Compute(Load(x), Load(x + Step), Gradient != null, x + (2 * Step));
            new ReadOnlySpan<ushort>(x + (2 * Step), left).CopyTo(new(Result + i, left));
        }

        private static void Compute((Vector512<float> First, Vector512<float> Second) x, (Vector512<float> First, Vector512<float> Second) gradient, bool backward, ushort* result)
        {
            Vector512<float> first = backward ? Slope(x.First) * gradient.First : x.First * Gate(x.First);
            Vector512<float> second = backward ? Slope(x.Second) * gradient.Second : x.Second * Gate(x.Second);
            BFloat16Vectors.Store(first, second, result);
        }

        /// <summary>σ(2u).</summary>
        private static Vector512<float> Gate(Vector512<float> x)
        {
            Vector512<float> u = x * (Vector512.Create(-2 * Root) + (x * x * Vector512.Create(-2 * Root * Cubic)));
            return Vector512<float>.One / (Vector512<float>.One + Vector512.Exp(u));
        }

        /// <summary>σ + x·σ·(1 - σ)·2u', u' = √(2/π)·(1 + 3·0.044715·x²).</summary>
        private static Vector512<float> Slope(Vector512<float> x)
        {
            Vector512<float> gate = Gate(x);
            Vector512<float> inner = Vector512.Create(2 * Root) + (x * x * Vector512.Create(6 * Root * Cubic));
            return gate + (x * gate * (Vector512<float>.One - gate) * inner);
        }
    }
}
