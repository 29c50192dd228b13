using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Weft.Cli.Benchmarking;

/// <summary>A loop that does nothing but multiply and add in registers.</summary>
/// <param name="Instruction">What it consists of, for the report.</param>
/// <param name="Operations">Multiplications and additions of one round.</param>
/// <param name="Run">Goes round that often.</param>
internal sealed unsafe record ArithmeticLoop(string Instruction, int Operations, Action<long> Run)
{
    /// <summary>Sums at once: more than an instruction's delay times those that start in a cycle, few enough for 16 registers.</summary>
    private const int Sums = 12;

    private interface IStep<T>
    {
        static abstract T Next(T sum, T a, T b);
    }

    /// <summary>Of fp32 numbers.</summary>
    public static IEnumerable<ArithmeticLoop> OfSingles()
    {
        string kind = Fma.IsSupported || AdvSimd.IsSupported ? "fma" : "multiply and add";
        if (Vector512.IsHardwareAccelerated)
            yield return Of<Vector512<float>, Single512>($"{kind}, 512 bits", 2 * 16, Vector512.Create(0.5f));
        else if (Vector256.IsHardwareAccelerated)
            yield return Of<Vector256<float>, Single256>($"{kind}, 256 bits", 2 * 8, Vector256.Create(0.5f));
        else
            yield return Of<Vector128<float>, Single128>($"{kind}, 128 bits", 2 * 4, Vector128.Create(0.5f));
    }

    /// <summary>Of bytes, with sums of any width.</summary>
    /// <param name="assembled">The instruction that .NET lacks, where there is one.</param>
    public static IEnumerable<ArithmeticLoop> OfBytes(AssembledLoop? assembled)
    {
        if (assembled is not null)
            yield return new("vpdpbusd zmm", 2 * 64 * AssembledLoop.Steps, assembled.Run);
        if (AvxVnni.IsSupported)
            yield return Of<Vector256<int>, VnniBytes>("vpdpbusd ymm", 2 * 32, Vector256<int>.One);
        if (Avx512BW.IsSupported)
            yield return Of<Vector512<short>, Bytes512>("vpmaddubsw and vpaddw zmm", 2 * 64, Vector512<short>.One);
        else if (Avx2.IsSupported)
            yield return Of<Vector256<short>, Bytes256>("vpmaddubsw and vpaddw ymm", 2 * 32, Vector256<short>.One);
        else if (Dp.IsSupported)
            yield return Of<Vector128<int>, DotBytes>("sdot", 2 * 16, Vector128<int>.One);
        else
            yield return Of<Vector128<short>, Shorts>("16-bit multiply and add, 128 bits", 2 * 8, Vector128<short>.One);
    }

    /// <summary>Of bf16 numbers; without an instruction for them they are widened, and the ceiling is that of fp32.</summary>
    /// <param name="assembled">The instruction that .NET lacks, where there is one.</param>
    public static IEnumerable<ArithmeticLoop> OfBFloat16(AssembledLoop? assembled) => assembled is not null
        ? [new("vdpbf16ps zmm", 2 * 32 * AssembledLoop.Steps, assembled.Run)]
        : OfSingles();

    private static ArithmeticLoop Of<T, TStep>(string instruction, int operations, T factor)
        where T : unmanaged
        where TStep : struct, IStep<T> => new(instruction, operations * Sums, rounds =>
        {
            T* results = stackalloc T[Sums];
            Repeat<T, TStep>(rounds, factor, factor, results);
        });

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Repeat<T, TStep>(long rounds, T a, T b, T* results)
        where T : unmanaged
        where TStep : struct, IStep<T>
    {
        T s0 = a, s1 = a, s2 = a, s3 = a, s4 = a, s5 = a, s6 = a, s7 = a, s8 = a, s9 = a, s10 = a, s11 = a;
        for (; rounds > 0; rounds--)
        {
            s0 = TStep.Next(s0, a, b);
            s1 = TStep.Next(s1, a, b);
            s2 = TStep.Next(s2, a, b);
            s3 = TStep.Next(s3, a, b);
            s4 = TStep.Next(s4, a, b);
            s5 = TStep.Next(s5, a, b);
            s6 = TStep.Next(s6, a, b);
            s7 = TStep.Next(s7, a, b);
            s8 = TStep.Next(s8, a, b);
            s9 = TStep.Next(s9, a, b);
            s10 = TStep.Next(s10, a, b);
            s11 = TStep.Next(s11, a, b);
        }
        // A result that nobody takes is not computed, and one that has to outlive a call is kept in memory during the loop already.
        (results[0], results[1], results[2], results[3], results[4], results[5]) = (s0, s1, s2, s3, s4, s5);
        (results[6], results[7], results[8], results[9], results[10], results[11]) = (s6, s7, s8, s9, s10, s11);
    }

    private readonly struct Single512 : IStep<Vector512<float>>
    {
        public static Vector512<float> Next(Vector512<float> sum, Vector512<float> a, Vector512<float> b) => Vector512.MultiplyAddEstimate(a, b, sum);
    }

    private readonly struct Single256 : IStep<Vector256<float>>
    {
        public static Vector256<float> Next(Vector256<float> sum, Vector256<float> a, Vector256<float> b) => Vector256.MultiplyAddEstimate(a, b, sum);
    }

    private readonly struct Single128 : IStep<Vector128<float>>
    {
        public static Vector128<float> Next(Vector128<float> sum, Vector128<float> a, Vector128<float> b) => Vector128.MultiplyAddEstimate(a, b, sum);
    }

    private readonly struct VnniBytes : IStep<Vector256<int>>
    {
        public static Vector256<int> Next(Vector256<int> sum, Vector256<int> a, Vector256<int> b) => AvxVnni.MultiplyWideningAndAdd(sum, a.AsByte(), b.AsSByte());
    }

    // Products of the sums themselves: those of constants would be computed once, before the loop.
    private readonly struct Bytes512 : IStep<Vector512<short>>
    {
        public static Vector512<short> Next(Vector512<short> sum, Vector512<short> a, Vector512<short> b) => Avx512BW.MultiplyAddAdjacent(sum.AsByte(), b.AsSByte()) + sum;
    }

    private readonly struct Bytes256 : IStep<Vector256<short>>
    {
        public static Vector256<short> Next(Vector256<short> sum, Vector256<short> a, Vector256<short> b) => Avx2.MultiplyAddAdjacent(sum.AsByte(), b.AsSByte()) + sum;
    }

    private readonly struct DotBytes : IStep<Vector128<int>>
    {
        public static Vector128<int> Next(Vector128<int> sum, Vector128<int> a, Vector128<int> b) => Dp.DotProduct(sum, a.AsSByte(), b.AsSByte());
    }

    private readonly struct Shorts : IStep<Vector128<short>>
    {
        public static Vector128<short> Next(Vector128<short> sum, Vector128<short> a, Vector128<short> b) => (sum * b) + sum;
    }
}
