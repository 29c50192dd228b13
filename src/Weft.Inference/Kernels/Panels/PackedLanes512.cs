using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Weft.Inference.Kernels.Panels;

/// <summary>512 bits, for machines without AVX-VNNI.</summary>
internal readonly unsafe struct PackedLanes512 : IPackedLanes<Vector512<int>, Vector512<float>>
{
    public static int Count => Vector512<int>.Count;

    public static bool OffsetsBytes => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Broadcast(int value, int right) => right == 0 ? Vector512.Create(value) : Vector512.Create(value) >> right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Load(byte* source) => Vector512.Load((int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Or(Vector512<int> left, Vector512<int> right) => left | right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Part(Vector512<int> bits, int left, uint mask) =>
        (left == 0 ? bits : left > 0 ? bits << left : bits >>> -left) & Vector512.Create((int)mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadPart(byte* source, int left, uint mask) => Part(Load(source), left, mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadBytes(byte* source) => Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> AddProducts(Vector512<int> sum, in FourRows<Vector512<int>> rows, byte* inputs, int bits)
    {
        Vector512<short> a = Products(rows.A, inputs, bits), b = Products(rows.B, inputs + 4, bits), c = Products(rows.C, inputs + 8, bits), d = Products(rows.D, inputs + 12, bits);
        // Sums in 16 bits as long as they fit: four products of 5 bits, two of 6, one of 8.
        return bits switch
        {
            <= 5 => sum + Widen(a + b + (c + d)),
            6 => sum + (Widen(a + b) + Widen(c + d)),
            _ => sum + (Widen(a) + Widen(b)) + (Widen(c) + Widen(d)),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Convert(Vector512<int> sum) => Vector512.ConvertToSingle(sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> WidenBytes(byte* source) => Avx512F.ConvertToVector512Int32(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> WidenSignedBytes(byte* source) => Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> WidenHalves(byte* source) => HalfLanes512.Any(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadFloats(float* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, float* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Subtract(Vector512<float> left, Vector512<float> right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Multiply(Vector512<float> left, Vector512<float> right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Scale(Vector512<float> left, float right) => left * Vector512.Create(right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> left, Vector512<float> right, Vector512<float> addend) => Lanes512.MultiplyAdd(left, right, addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> left, float right, Vector512<float> addend) => Lanes512.MultiplyAdd(left, Vector512.Create(right), addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Products(Vector512<int> codes, byte* inputs, int bits)
    {
        Vector512<sbyte> x = Vector512.Create(*(int*)inputs).AsSByte(), w = codes.AsSByte();
        // One factor has to be unsigned: the sign goes over to the other.
        return bits < 8
            ? Avx512BW.MultiplyAddAdjacent(w.AsByte(), x)
            : Avx512BW.MultiplyAddAdjacent(Vector512.Abs(w).AsByte(), Vector512.ConditionalSelect(Vector512.LessThan(w, Vector512<sbyte>.Zero), -x, x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Widen(Vector512<short> sums) => Avx512BW.MultiplyAddAdjacent(sums, Vector512<short>.One);
}
