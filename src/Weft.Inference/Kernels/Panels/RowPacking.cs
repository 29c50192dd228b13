using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Weft.Inference.Kernels.Panels;

// T tokens, I inputs, R rows of a tile.

/// <summary>Rows of input as the products with whole numbers and with bf16 read them: tiles of a few rows, in them the inputs in order.</summary>
internal static unsafe class RowPacking
{
    /// <summary>Rows of a tile of codes: by two panels, they have 12 sums in whole numbers and as many in fp32, which leaves 8 of 32 registers.</summary>
    public const int CodeTileRows = 6;

    /// <summary>Rows of a tile of floating-point numbers: by two panels, they have 24 sums.</summary>
    public const int TileRows = 12;

    /// <summary>
    /// Bytes of one row's share of a block of 32 inputs. In a tile, the codes of all rows come first, [R, 32] signed bytes, then [R] of each number, see
    /// <see cref="Number"/>.
    /// </summary>
    public const int CodeRowBytes = CodeBlock.Length + (6 * sizeof(float));

    /// <summary>What follows the codes of a block, in this order.</summary>
    public enum Number
    {
        /// <summary>Of the codes, fp32.</summary>
        Scale,

        /// <summary>-128 · the sum of the codes, int32: it takes back the offset of the weights' codes.</summary>
        Correction,

        /// <summary>The same of the first half.</summary>
        FirstCorrection,

        /// <summary>The same of the second half.</summary>
        SecondCorrection,

        /// <summary>The sum of the codes times the scale, fp32.</summary>
        Sum,

        /// <summary>The same of the first half.</summary>
        FirstSum,
    }

    /// <summary>Codes run from -127 to 127, so that signs are alike.</summary>
    public const float LargestCode = 127;

    /// <summary>Blocks of smaller numbers are zero: their factor would be infinite.</summary>
    public const float SmallestMagnitude = 1e-30f;

    /// <summary>Bytes of T rows as codes.</summary>
    public static long CodeBytes(int tokens, int inputs) => (long)tokens * Blocks(inputs) * CodeRowBytes;

    /// <summary>Blocks of 32 inputs, an even number of them as records have, the last ones filled up with zeros.</summary>
    public static int Blocks(int inputs) => (inputs + (2 * CodeBlock.Length) - 1) / (2 * CodeBlock.Length) * 2;

    /// <summary>Bytes of T rows in bf16.</summary>
    public static long BFloat16Bytes(int tokens, int inputs) => (long)tokens * BFloat16RowBytes(inputs);

    /// <summary>Bytes from a row in bf16 to the next: an odd number of cache lines, so that the rows of a tile do not claim the same places in a cache.</summary>
    public static int BFloat16RowBytes(int inputs) => (((Pairs(inputs) * sizeof(uint)) + 63) / 64 | 1) * 64;

    /// <summary>Numbers from a row in fp32 to the next: an odd number of cache lines, for the same reason.</summary>
    public static int FloatRowStep(int inputs) => ((inputs + 15) / 16 | 1) * 16;

    /// <summary>Pairs of neighbouring inputs, an even number of them, the last ones filled up with zeros.</summary>
    public static int Pairs(int inputs) => (inputs + 3) / 4 * 2;

    /// <summary>Quantizes the rows of one tile: each block of 32 to 8 bits by its greatest magnitude.</summary>
    /// <param name="x">[R, I].</param>
    /// <param name="rows">R.</param>
    /// <param name="inputs">I.</param>
    /// <param name="tile">Receives the tile.</param>
    public static void ToCodes(float* x, int rows, int inputs, byte* tile)
    {
        int blocks = Blocks(inputs);
        float* last = stackalloc float[CodeBlock.Length];
        for (int row = 0; row < rows; row++, x += inputs)
        {
            byte* destination = tile;
            for (int block = 0; block < blocks; block++, destination += rows * CodeRowBytes)
            {
                float* source = x + (CodeBlock.Length * block);
                int there = Math.Max(0, inputs - (CodeBlock.Length * block));
                if (there < CodeBlock.Length)
                {
                    new Span<float>(last + there, CodeBlock.Length - there).Clear();
                    new ReadOnlySpan<float>(source, there).CopyTo(new(last, there));
                    source = last;
                }
                Quantize(Vector512.Load(source), Vector512.Load(source + 16), destination, rows, row);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quantize(Vector512<float> first, Vector512<float> second, byte* block, int rows, int row)
    {
        float* numbers = (float*)(block + Offset(rows, Number.Scale)) + row;
        (float scale, int sum, int firstSum) = Quantize(first, second, (sbyte*)block + (row * CodeBlock.Length));
        numbers[0] = scale;
        ((int*)numbers)[rows * (int)Number.Correction] = -CodeBlock.Offset * sum;
        ((int*)numbers)[rows * (int)Number.FirstCorrection] = -CodeBlock.Offset * firstSum;
        ((int*)numbers)[rows * (int)Number.SecondCorrection] = -CodeBlock.Offset * (sum - firstSum);
        numbers[rows * (int)Number.Sum] = scale * sum;
        numbers[rows * (int)Number.FirstSum] = scale * firstSum;
    }

    /// <summary>Bytes from the beginning of a block of R rows to a number of its first row.</summary>
    public static int Offset(int rows, Number number) => rows * (CodeBlock.Length + (sizeof(float) * (int)number));

    /// <summary>Rounds rows to bf16.</summary>
    /// <param name="x">[R, I].</param>
    /// <param name="rows">R.</param>
    /// <param name="inputs">I.</param>
    /// <param name="destination">Receives the rows, see <see cref="BFloat16RowBytes"/>, with zeros up to a whole number of pairs.</param>
    /// <param name="step">Numbers from a row to the next; 0 for I.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToBFloat16(float* x, int rows, int inputs, byte* destination, int step = 0)
    {
        for (int row = 0; row < rows; row++, x += step == 0 ? inputs : step, destination += BFloat16RowBytes(inputs))
        {
            int i = 0;
            for (; i <= inputs - 32; i += 32)
                Vector512.Narrow(Round(Vector512.Load((uint*)x + i)) >> 16, Round(Vector512.Load((uint*)x + i + 16)) >> 16).Store((ushort*)destination + i);
            for (; i < 2 * Pairs(inputs); i++)
                ((ushort*)destination)[i] = i < inputs ? RoundToBFloat16(x[i]) : (ushort)0;
        }
    }

    /// <summary>The nearest number of bf16, the even one of two.</summary>
    public static ushort RoundToBFloat16(float value) => (ushort)(Round(BitConverter.SingleToUInt32Bits(value)) >> 16);

    /// <summary>The nearest number of bf16, the even one of two, in the upper half; what is no number stays none.</summary>
    private static uint Round(uint bits) => (bits & 0x7fffffff) > 0x7f800000 ? bits | 0x00400000 : bits + 0x7fff + ((bits >> 16) & 1);

    /// <summary>The same of 16 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Round(Vector512<uint> bits)
    {
        Vector512<uint> rounded = bits + Vector512.Create(0x7fffu) + ((bits >> 16) & Vector512<uint>.One);
        Vector512<uint> isNone = Vector512.GreaterThan(bits & Vector512.Create(0x7fffffffu), Vector512.Create(0x7f800000u));
        return Vector512.ConditionalSelect(isNone, bits | Vector512.Create(0x00400000u), rounded);
    }

    /// <summary>32 numbers to codes. A block with a number that is none, or infinite, has no number as its scale, so that products show it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (float Scale, int Sum, int FirstSum) Quantize(Vector512<float> first, Vector512<float> second, sbyte* codes)
    {
        // Bits of magnitudes, as whole numbers, have the order of the magnitudes; what is no number is greater than all.
        Vector512<uint> magnitudes = Vector512.Max(Vector512.Abs(first).AsUInt32(), Vector512.Abs(second).AsUInt32());
        Vector256<uint> eight = Vector256.Max(magnitudes.GetLower(), magnitudes.GetUpper());
        Vector128<uint> four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        four = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(2u, 3, 0, 1)));
        float greatest = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(1u, 0, 3, 2))).AsSingle().ToScalar();
        float factor = greatest > SmallestMagnitude ? LargestCode / greatest : 0;
        Vector128<sbyte> lower = ToSBytes(ToInt32(first * factor)), upper = ToSBytes(ToInt32(second * factor));
        Vector256.Create(lower, upper).Store(codes);
        int firstSum = Sum(lower);
        return (float.IsFinite(greatest) ? greatest / LargestCode : float.NaN, firstSum + Sum(upper), firstSum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Sum(Vector128<sbyte> codes)
    {
        if (Sse2.IsSupported)
        {
            // Eight unsigned bytes are added by one instruction.
            Vector128<int> eights = Sse2.SumAbsoluteDifferences((codes ^ Vector128.Create(sbyte.MinValue)).AsByte(), Vector128<byte>.Zero).AsInt32();
            return eights.ToScalar() + eights.GetElement(2) - (CodeBlock.Offset * Vector128<sbyte>.Count);
        }
        (Vector128<short> lower, Vector128<short> upper) = Vector128.Widen(codes);
        return Vector128.Sum(lower + upper);
    }

    /// <summary>The nearest whole numbers, the even one of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> ToInt32(Vector512<float> x) =>
        Avx512F.IsSupported ? Avx512F.ConvertToVector512Int32(x) : Vector512.ConvertToInt32(Vector512.Round(x));

    /// <summary>The lowest bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<sbyte> ToSBytes(Vector512<int> numbers)
    {
        if (Avx512F.IsSupported)
            return Avx512F.ConvertToVector128SByte(numbers);
        Vector256<short> words = Vector256.Narrow(numbers.GetLower(), numbers.GetUpper());
        return Vector128.Narrow(words.GetLower(), words.GetUpper());
    }
}
