using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Weft.Inference.Kernels.Panels;

/// <summary>128 bits, with Arm's dot product where the machine has it.</summary>
internal readonly unsafe struct PackedLanes128 : IPackedLanes<Vector128<int>, Vector128<float>>
{
    public static int Count => Vector128<int>.Count;

    public static bool OffsetsBytes => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Broadcast(int value, int right) => right == 0 ? Vector128.Create(value) : Vector128.Create(value) >> right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Load(byte* source) => Vector128.Load((int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Or(Vector128<int> left, Vector128<int> right) => left | right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Part(Vector128<int> bits, int left, uint mask) =>
        (left == 0 ? bits : left > 0 ? bits << left : bits >>> -left) & Vector128.Create((int)mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LoadPart(byte* source, int left, uint mask) => Part(Load(source), left, mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LoadBytes(byte* source) => Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> AddProducts(Vector128<int> sum, in FourRows<Vector128<int>> rows, byte* inputs, int bits)
    {
        if (Dp.IsSupported)
        {
            // All codes are signed bytes: those of 6 bits have no sign.
            Vector128<sbyte> x = Vector128.Load((sbyte*)inputs);
            sum = Dp.DotProductBySelectedQuadruplet(sum, rows.A.AsSByte(), x, 0);
            sum = Dp.DotProductBySelectedQuadruplet(sum, rows.B.AsSByte(), x, 1);
            sum = Dp.DotProductBySelectedQuadruplet(sum, rows.C.AsSByte(), x, 2);
            return Dp.DotProductBySelectedQuadruplet(sum, rows.D.AsSByte(), x, 3);
        }
        Vector128<short> a = Products(rows.A, inputs, bits), b = Products(rows.B, inputs + 4, bits), c = Products(rows.C, inputs + 8, bits), d = Products(rows.D, inputs + 12, bits);
        return bits switch
        {
            <= 5 => sum + Widen(a + b + (c + d)),
            6 => sum + (Widen(a + b) + Widen(c + d)),
            _ => sum + (Widen(a) + Widen(b)) + (Widen(c) + Widen(d)),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Convert(Vector128<int> sum) => Vector128.ConvertToSingle(sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> WidenBytes(byte* source) => Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(int*)source).AsByte())).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> WidenSignedBytes(byte* source) => Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(int*)source).AsSByte()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> WidenHalves(byte* source) => HalfLanes128.Any(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadFloats(float* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<float> value, float* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Subtract(Vector128<float> left, Vector128<float> right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Multiply(Vector128<float> left, Vector128<float> right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Scale(Vector128<float> left, float right) => left * Vector128.Create(right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> left, Vector128<float> right, Vector128<float> addend) => Lanes128.MultiplyAdd(left, right, addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> left, float right, Vector128<float> addend) => Lanes128.MultiplyAdd(left, Vector128.Create(right), addend);

    /// <summary>Sums of two neighbouring products; below 2^15, as no code of weights has more than 8 bits and none of the inputs is -128.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Products(Vector128<int> codes, byte* inputs, int bits)
    {
        Vector128<sbyte> x = Vector128.Create(*(int*)inputs).AsSByte(), w = codes.AsSByte();
        if (Ssse3.IsSupported)
            return bits < 8 ? Ssse3.MultiplyAddAdjacent(w.AsByte(), x) : Ssse3.MultiplyAddAdjacent(Ssse3.Abs(w), Ssse3.Sign(x, w));
        Vector128<short> pairs = w.AsInt16(), values = x.AsInt16();
        return (((pairs << 8) >> 8) * ((values << 8) >> 8)) + ((pairs >> 8) * (values >> 8));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Widen(Vector128<short> sums) =>
        Sse2.IsSupported ? Sse2.MultiplyAddAdjacent(sums, Vector128<short>.One) : ((sums.AsInt32() << 16) >> 16) + (sums.AsInt32() >> 16);
}
