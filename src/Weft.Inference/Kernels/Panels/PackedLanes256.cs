using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Weft.Inference.Kernels.Panels;

/// <summary>256 bits, with AVX-VNNI where the machine has it.</summary>
internal readonly unsafe struct PackedLanes256 : IPackedLanes<Vector256<int>, Vector256<float>>
{
    public static int Count => Vector256<int>.Count;

    public static bool OffsetsBytes => AvxVnni.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Broadcast(int value, int right) => right == 0 ? Vector256.Create(value) : Vector256.Create(value) >> right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Load(byte* source) => Vector256.Load((int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Or(Vector256<int> left, Vector256<int> right) => left | right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Part(Vector256<int> bits, int left, uint mask) =>
        (left == 0 ? bits : left > 0 ? bits << left : bits >>> -left) & Vector256.Create((int)mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadPart(byte* source, int left, uint mask) => Part(Load(source), left, mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadBytes(byte* source) => AvxVnni.IsSupported ? Load(source) ^ Vector256.Create((byte)CodeBlock.Offset).AsInt32() : Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddProducts(Vector256<int> sum, in FourRows<Vector256<int>> rows, byte* inputs, int bits)
    {
        if (AvxVnni.IsSupported)
        {
            sum = AvxVnni.MultiplyWideningAndAdd(sum, rows.A.AsByte(), Vector256.Create(*(int*)inputs).AsSByte());
            sum = AvxVnni.MultiplyWideningAndAdd(sum, rows.B.AsByte(), Vector256.Create(*(int*)(inputs + 4)).AsSByte());
            sum = AvxVnni.MultiplyWideningAndAdd(sum, rows.C.AsByte(), Vector256.Create(*(int*)(inputs + 8)).AsSByte());
            return AvxVnni.MultiplyWideningAndAdd(sum, rows.D.AsByte(), Vector256.Create(*(int*)(inputs + 12)).AsSByte());
        }
        Vector256<short> a = Products(rows.A, inputs, bits), b = Products(rows.B, inputs + 4, bits), c = Products(rows.C, inputs + 8, bits), d = Products(rows.D, inputs + 12, bits);
        return bits switch
        {
            <= 5 => sum + Widen(a + b + (c + d)),
            6 => sum + (Widen(a + b) + Widen(c + d)),
            _ => sum + (Widen(a) + Widen(b)) + (Widen(c) + Widen(d)),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Convert(Vector256<int> sum) => Vector256.ConvertToSingle(sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> WidenBytes(byte* source) => Avx2.ConvertToVector256Int32(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> WidenSignedBytes(byte* source) => Avx2.ConvertToVector256Int32((sbyte*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> WidenHalves(byte* source) => HalfLanes256.Any(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadFloats(float* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, float* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Subtract(Vector256<float> left, Vector256<float> right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Multiply(Vector256<float> left, Vector256<float> right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Scale(Vector256<float> left, float right) => left * Vector256.Create(right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> left, Vector256<float> right, Vector256<float> addend) => Lanes256.MultiplyAdd(left, right, addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> left, float right, Vector256<float> addend) => Lanes256.MultiplyAdd(left, Vector256.Create(right), addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Products(Vector256<int> codes, byte* inputs, int bits)
    {
        Vector256<sbyte> x = Vector256.Create(*(int*)inputs).AsSByte(), w = codes.AsSByte();
        return bits < 8 ? Avx2.MultiplyAddAdjacent(w.AsByte(), x) : Avx2.MultiplyAddAdjacent(Avx2.Abs(w), Avx2.Sign(x, w));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Widen(Vector256<short> sums) => Avx2.MultiplyAddAdjacent(sums, Vector256<short>.One);
}
