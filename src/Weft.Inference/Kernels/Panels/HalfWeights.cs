using System.Runtime.CompilerServices;

namespace Weft.Inference.Kernels.Panels;

/// <summary>Reads a panel of 16 bits as it lies, pair of inputs after pair: 64 bytes in both types.</summary>
/// <typeparam name="TVector">A vector of outputs in fp32.</typeparam>
internal unsafe interface IHalfWeights<TVector>
    where TVector : struct
{
    /// <summary>Bytes from a vector of outputs to the next.</summary>
    static abstract int VectorBytes { get; }

    /// <summary>The weights of a pair's first input.</summary>
    static abstract TVector First(byte* pair);

    /// <summary>The weights of its second one.</summary>
    static abstract TVector Second(byte* pair);

    /// <summary>Takes note of numbers that <see cref="First"/> and <see cref="Second"/> cannot widen, in a share of the pair as large as a vector.</summary>
    static abstract TVector Note(TVector noted, byte* share);

    /// <summary>Whether there were any.</summary>
    static abstract bool Failed(TVector noted);
}

/// <summary>bf16: the pair of an output lies together.</summary>
internal readonly unsafe struct BFloat16Weights<THalves, TVector> : IHalfWeights<TVector>
    where THalves : struct, IHalfLanes<TVector>
    where TVector : unmanaged
{
    public static int VectorBytes => sizeof(TVector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector First(byte* pair) => THalves.FirstBFloat16(pair);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Second(byte* pair) => THalves.SecondBFloat16(pair);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Note(TVector noted, byte* share) => noted;

    public static bool Failed(TVector noted) => false;
}

/// <summary>fp16 without infinite numbers, whose presence is noted: nearly all weights there are, at half of the instructions.</summary>
internal readonly unsafe struct FiniteHalfWeights<THalves, TVector> : IHalfWeights<TVector>
    where THalves : struct, IHalfLanes<TVector>
    where TVector : unmanaged
{
    public static int VectorBytes => sizeof(TVector) / 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector First(byte* pair) => THalves.Finite(pair);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Second(byte* pair) => THalves.Finite(pair + (PanelLayout.Width * sizeof(ushort)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Note(TVector noted, byte* share) => THalves.Greatest(noted, share);

    public static bool Failed(TVector noted) => THalves.HasInfinite(noted);
}

/// <summary>fp16 of any kind.</summary>
internal readonly unsafe struct HalfWeights<THalves, TVector> : IHalfWeights<TVector>
    where THalves : struct, IHalfLanes<TVector>
    where TVector : unmanaged
{
    public static int VectorBytes => sizeof(TVector) / 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector First(byte* pair) => THalves.Any(pair);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Second(byte* pair) => THalves.Any(pair + (PanelLayout.Width * sizeof(ushort)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Note(TVector noted, byte* share) => noted;

    public static bool Failed(TVector noted) => false;
}
