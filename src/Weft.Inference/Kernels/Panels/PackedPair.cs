using System.Runtime.CompilerServices;

namespace Weft.Inference.Kernels.Panels;

/// <summary>Two vectors side by side.</summary>
internal readonly struct Pair<T>(T first, T second)
    where T : unmanaged
{
    public readonly T First = first, Second = second;
}

/// <summary>Two vectors as one: what is done for each block is done once for both, and there is more between the steps of a chain of sums.</summary>
internal readonly unsafe struct PackedPair<TCodes, TBits, TVector> : IPackedLanes<Pair<TBits>, Pair<TVector>>
    where TCodes : struct, IPackedLanes<TBits, TVector>
    where TBits : unmanaged
    where TVector : unmanaged
{
    public static int Count => 2 * TCodes.Count;

    public static bool OffsetsBytes => TCodes.OffsetsBytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<TBits> Broadcast(int value, int right) => new(TCodes.Broadcast(value, right), TCodes.Broadcast(value, right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<TBits> Load(byte* source) => new(TCodes.Load(source), TCodes.Load(source + sizeof(TBits)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<TBits> LoadPart(byte* source, int left, uint mask) => new(TCodes.LoadPart(source, left, mask), TCodes.LoadPart(source + sizeof(TBits), left, mask));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<TBits> LoadBytes(byte* source) => new(TCodes.LoadBytes(source), TCodes.LoadBytes(source + sizeof(TBits)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<TBits> Or(Pair<TBits> left, Pair<TBits> right) => new(TCodes.Or(left.First, right.First), TCodes.Or(left.Second, right.Second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<TBits> Part(Pair<TBits> bits, int left, uint mask) => new(TCodes.Part(bits.First, left, mask), TCodes.Part(bits.Second, left, mask));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<TBits> AddProducts(Pair<TBits> sum, in FourRows<Pair<TBits>> rows, byte* inputs, int bits) => new(
        TCodes.AddProducts(sum.First, new() { A = rows.A.First, B = rows.B.First, C = rows.C.First, D = rows.D.First }, inputs, bits),
        TCodes.AddProducts(sum.Second, new() { A = rows.A.Second, B = rows.B.Second, C = rows.C.Second, D = rows.D.Second }, inputs, bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<TVector> Convert(Pair<TBits> sum) => new(TCodes.Convert(sum.First), TCodes.Convert(sum.Second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<TBits> WidenBytes(byte* source) => new(TCodes.WidenBytes(source), TCodes.WidenBytes(source + TCodes.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<TBits> WidenSignedBytes(byte* source) => new(TCodes.WidenSignedBytes(source), TCodes.WidenSignedBytes(source + TCodes.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<TVector> WidenHalves(byte* source) => new(TCodes.WidenHalves(source), TCodes.WidenHalves(source + (sizeof(ushort) * TCodes.Count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<TVector> LoadFloats(float* source) => new(TCodes.LoadFloats(source), TCodes.LoadFloats(source + TCodes.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Pair<TVector> value, float* destination)
    {
        TCodes.Store(value.First, destination);
        TCodes.Store(value.Second, destination + TCodes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<TVector> Subtract(Pair<TVector> left, Pair<TVector> right) => new(TCodes.Subtract(left.First, right.First), TCodes.Subtract(left.Second, right.Second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<TVector> Multiply(Pair<TVector> left, Pair<TVector> right) => new(TCodes.Multiply(left.First, right.First), TCodes.Multiply(left.Second, right.Second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<TVector> Scale(Pair<TVector> left, float right) => new(TCodes.Scale(left.First, right), TCodes.Scale(left.Second, right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<TVector> MultiplyAdd(Pair<TVector> left, Pair<TVector> right, Pair<TVector> addend) =>
        new(TCodes.MultiplyAdd(left.First, right.First, addend.First), TCodes.MultiplyAdd(left.Second, right.Second, addend.Second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<TVector> MultiplyAdd(Pair<TVector> left, float right, Pair<TVector> addend) =>
        new(TCodes.MultiplyAdd(left.First, right, addend.First), TCodes.MultiplyAdd(left.Second, right, addend.Second));
}
