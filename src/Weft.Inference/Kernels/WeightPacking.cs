using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Weft.Inference.Kernels.Panels;

namespace Weft.Inference.Kernels;

// R rows, B positions of a page.

/// <summary>
/// Weights of positions to codes of 8 bits, as products with values in 8 bits read them. Four blocks of 32 are quantized at a time: what reduces a vector to a
/// number costs as much for four of them as for one.
/// </summary>
internal static unsafe class WeightPacking
{
    private const int Length = CodeBlock.Length, Blocks = AttentionRow.BlockSize / Length;

    /// <summary>Quantizes a page's weights after multiplying them with the scales of the values.</summary>
    /// <param name="weights">R rows of the page's B weights, in rows of those of a group; at least 0.</param>
    /// <param name="rows">R.</param>
    /// <param name="scales">[B].</param>
    /// <param name="count">Positions that count; the others become zero, whatever there is.</param>
    /// <param name="tile">Receives the codes, scales and corrections of a tile, see <see cref="RowPacking"/>; of the tile's other numbers, which these products do not read, none.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToCodes(float* weights, int rows, float* scales, int count, byte* tile)
    {
        float** sources = stackalloc float*[4];
        byte** codes = stackalloc byte*[4];
        float** numbers = stackalloc float*[4];
        int block = 0, row = 0;
        while (block < Blocks)
        {
            int there = 0;
            for (; there < 4 && block < Blocks; there++)
            {
                byte* start = tile + (block * rows * RowPacking.CodeRowBytes);
                sources[there] = weights + (row * AttentionRows.GroupPositions) + (block * Length);
                codes[there] = start + (row * Length);
                numbers[there] = (float*)(start + RowPacking.Offset(rows, RowPacking.Number.Scale)) + row;
                if (++row == rows)
                    (block, row) = (block + 1, 0);
            }
            for (int i = there; i < 4; i++)
            {
                sources[i] = sources[0];
                codes[i] = codes[0];
                numbers[i] = numbers[0];
            }
            Four(weights, sources, scales, count, codes, numbers, rows * (int)RowPacking.Number.Correction);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(float* weights, float** sources, float* scales, int count, byte** codes, float** numbers, int correction)
    {
        Load(weights, sources[0], scales, count, out Vector512<float> a, out Vector512<float> b);
        Load(weights, sources[1], scales, count, out Vector512<float> c, out Vector512<float> d);
        Load(weights, sources[2], scales, count, out Vector512<float> e, out Vector512<float> f);
        Load(weights, sources[3], scales, count, out Vector512<float> g, out Vector512<float> h);
        // As whole numbers, bits of what is at least 0 have its order; what is no number is greater than all.
        Vector128<uint> bits = Greatest(Greatest(a, b), Greatest(c, d), Greatest(e, f), Greatest(g, h));
        Vector128<float> greatest = bits.AsSingle();
        Vector128<float> factors = Vector128.ConditionalSelect(Vector128.GreaterThan(greatest, Vector128.Create(RowPacking.SmallestMagnitude)), Vector128.Create(RowPacking.LargestCode) / greatest, Vector128<float>.Zero);
        Vector128<float> scale = Vector128.ConditionalSelect(Vector128.LessThan(bits, Vector128.Create(0x7f800000u)).AsSingle(), greatest / RowPacking.LargestCode, Vector128.Create(float.NaN));
        Vector128<int> sums = Vector128.Create(Store(a, b, factors[0], codes[0]), Store(c, d, factors[1], codes[1]), Store(e, f, factors[2], codes[2]), Store(g, h, factors[3], codes[3])) * -CodeBlock.Offset;
        for (int i = 0; i < 4; i++)
        {
            numbers[i][0] = scale[i];
            ((int*)numbers[i])[correction] = sums[i];
        }
    }

    /// <summary>32 weights by their scales, and zeros for positions that do not count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(float* weights, float* source, float* scales, int count, out Vector512<float> lower, out Vector512<float> upper)
    {
        int first = (int)(source - weights) % AttentionRows.GroupPositions;
        Vector512<int> left = Vector512.Create(count - first);
        lower = Vector512.ConditionalSelect(Vector512.LessThan(Vector512<int>.Indices, left).AsSingle(), Vector512.Load(source) * Vector512.Load(scales + first), Vector512<float>.Zero);
        upper = Vector512.ConditionalSelect(
            Vector512.LessThan(Vector512<int>.Indices + Vector512.Create(Length / 2), left).AsSingle(), Vector512.Load(source + (Length / 2)) * Vector512.Load(scales + first + (Length / 2)), Vector512<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Greatest(Vector512<float> lower, Vector512<float> upper)
    {
        Vector512<uint> greater = Vector512.Max(Vector512.Abs(lower).AsUInt32(), Vector512.Abs(upper).AsUInt32());
        Vector256<uint> eight = Vector256.Max(greater.GetLower(), greater.GetUpper());
        return Vector128.Max(eight.GetLower(), eight.GetUpper());
    }

    /// <summary>The greatest of each of four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Greatest(Vector128<uint> a, Vector128<uint> b, Vector128<uint> c, Vector128<uint> d)
    {
        if (!Sse2.IsSupported)
            return Vector128.Create(Greatest(a), Greatest(b), Greatest(c), Greatest(d));
        Vector128<uint> ab = Vector128.Max(Sse2.UnpackLow(a, b), Sse2.UnpackHigh(a, b)), cd = Vector128.Max(Sse2.UnpackLow(c, d), Sse2.UnpackHigh(c, d));
        return Vector128.Max(Sse2.UnpackLow(ab.AsUInt64(), cd.AsUInt64()).AsUInt32(), Sse2.UnpackHigh(ab.AsUInt64(), cd.AsUInt64()).AsUInt32());
    }

    private static uint Greatest(Vector128<uint> vector) => Math.Max(Math.Max(vector[0], vector[1]), Math.Max(vector[2], vector[3]));

    /// <summary>Stores 32 codes.</summary>
    /// <returns>Their sum.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Store(Vector512<float> lower, Vector512<float> upper, float factor, byte* codes)
    {
        Vector256<byte> both = Vector256.Create(RowPacking.ToSBytes(RowPacking.ToInt32(lower * factor)), RowPacking.ToSBytes(RowPacking.ToInt32(upper * factor))).AsByte();
        both.Store(codes);
        if (!Avx2.IsSupported)
            return Vector256.Sum(Vector256.WidenLower(both)) + Vector256.Sum(Vector256.WidenUpper(both));
        // Codes are at least 0 here, so that eight at once are added by one instruction.
        Vector256<long> eights = Avx2.SumAbsoluteDifferences(both, Vector256<byte>.Zero).AsInt64();
        Vector128<long> pairs = eights.GetLower() + eights.GetUpper();
        return (int)(pairs.ToScalar() + pairs.GetElement(1));
    }
}
