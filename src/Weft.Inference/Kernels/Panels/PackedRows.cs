using System.Runtime.CompilerServices;

namespace Weft.Inference.Kernels.Panels;

/// <summary>Reads four rows of a block's codes to registers; <see cref="PanelLayout"/> says where parts lie. The numbers are constants to the compiler.</summary>
internal unsafe interface IPackedRows
{
    /// <summary>Bits of a code; bytes have a sign, others of weights without a minimum are more than these by half of their range.</summary>
    static abstract int Bits { get; }

    /// <summary>Bytes of a block's first part.</summary>
    static abstract int BlockBytes { get; }

    /// <summary>Bytes of its second part, or 0.</summary>
    static abstract int FurtherBytes { get; }

    /// <summary>Whether the two halves of a block have scales of their own.</summary>
    static abstract bool Splits { get; }

    /// <summary>Rows 0 to 3, or 4 to 7.</summary>
    /// <param name="codes">The block's first part, from the lanes that are wanted on.</param>
    /// <param name="further">Its second one.</param>
    /// <param name="upper">0, or 4; a constant.</param>
    static abstract FourRows<TBits> Read<TLanes, TBits, TVector>(byte* codes, byte* further, int upper)
        where TLanes : struct, IPackedLanes<TBits, TVector>
        where TBits : struct
        where TVector : struct;
}

/// <summary>Q8_0.</summary>
internal readonly unsafe struct ByteRows : IPackedRows
{
    public static int Bits => 8;

    public static int BlockBytes => 512;

    public static int FurtherBytes => 0;

    public static bool Splits => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourRows<TBits> Read<TLanes, TBits, TVector>(byte* codes, byte* further, int upper)
        where TLanes : struct, IPackedLanes<TBits, TVector>
        where TBits : struct
        where TVector : struct
    {
        codes += 64 * upper;
        return new() { A = TLanes.LoadBytes(codes), B = TLanes.LoadBytes(codes + 64), C = TLanes.LoadBytes(codes + 128), D = TLanes.LoadBytes(codes + 192) };
    }
}

/// <summary>Q4_0, Q4_1, Q4_K.</summary>
internal readonly unsafe struct NibbleRows : IPackedRows
{
    private const uint Mask = 0x0f0f0f0f;

    public static int Bits => 4;

    public static int BlockBytes => 256;

    public static int FurtherBytes => 0;

    public static bool Splits => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourRows<TBits> Read<TLanes, TBits, TVector>(byte* codes, byte* further, int upper)
        where TLanes : struct, IPackedLanes<TBits, TVector>
        where TBits : struct
        where TVector : struct => new()
        {
            A = TLanes.LoadPart(codes, -upper, Mask),
            B = TLanes.LoadPart(codes + 64, -upper, Mask),
            C = TLanes.LoadPart(codes + 128, -upper, Mask),
            D = TLanes.LoadPart(codes + 192, -upper, Mask),
        };
}

/// <summary>Q5_0, Q5_1, Q5_K.</summary>
internal readonly unsafe struct NibbleBitRows : IPackedRows
{
    private const uint Mask = 0x10101010;

    public static int Bits => 5;

    public static int BlockBytes => 256;

    public static int FurtherBytes => 64;

    public static bool Splits => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourRows<TBits> Read<TLanes, TBits, TVector>(byte* codes, byte* further, int upper)
        where TLanes : struct, IPackedLanes<TBits, TVector>
        where TBits : struct
        where TVector : struct
    {
        FourRows<TBits> low = NibbleRows.Read<TLanes, TBits, TVector>(codes, further, upper);
        TBits bits = TLanes.Load(further);
        return new()
        {
            A = TLanes.Or(low.A, TLanes.Part(bits, 4 - upper, Mask)),
            B = TLanes.Or(low.B, TLanes.Part(bits, 3 - upper, Mask)),
            C = TLanes.Or(low.C, TLanes.Part(bits, 2 - upper, Mask)),
            D = TLanes.Or(low.D, TLanes.Part(bits, 1 - upper, Mask)),
        };
    }
}

/// <summary>Q6_K.</summary>
internal readonly unsafe struct NibblePairRows : IPackedRows
{
    private const uint Mask = 0x30303030;

    public static int Bits => 6;

    public static int BlockBytes => 256;

    public static int FurtherBytes => 128;

    public static bool Splits => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourRows<TBits> Read<TLanes, TBits, TVector>(byte* codes, byte* further, int upper)
        where TLanes : struct, IPackedLanes<TBits, TVector>
        where TBits : struct
        where TVector : struct
    {
        FourRows<TBits> low = NibbleRows.Read<TLanes, TBits, TVector>(codes, further, upper);
        TBits pairs = TLanes.Load(further + (16 * upper));
        return new()
        {
            A = TLanes.Or(low.A, TLanes.Part(pairs, 4, Mask)),
            B = TLanes.Or(low.B, TLanes.Part(pairs, 2, Mask)),
            C = TLanes.Or(low.C, TLanes.Part(pairs, 0, Mask)),
            D = TLanes.Or(low.D, TLanes.Part(pairs, -2, Mask)),
        };
    }
}

/// <summary>Q2_K.</summary>
internal readonly unsafe struct PairRows : IPackedRows
{
    private const uint Mask = 0x03030303;

    public static int Bits => 2;

    public static int BlockBytes => 128;

    public static int FurtherBytes => 0;

    public static bool Splits => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourRows<TBits> Read<TLanes, TBits, TVector>(byte* codes, byte* further, int upper)
        where TLanes : struct, IPackedLanes<TBits, TVector>
        where TBits : struct
        where TVector : struct
    {
        TBits pairs = TLanes.Load(codes + (16 * upper));
        return new() { A = TLanes.Part(pairs, 0, Mask), B = TLanes.Part(pairs, -2, Mask), C = TLanes.Part(pairs, -4, Mask), D = TLanes.Part(pairs, -6, Mask) };
    }
}

/// <summary>Q3_K.</summary>
internal readonly unsafe struct PairBitRows : IPackedRows
{
    private const uint Mask = 0x04040404;

    public static int Bits => 3;

    public static int BlockBytes => 128;

    public static int FurtherBytes => 64;

    public static bool Splits => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourRows<TBits> Read<TLanes, TBits, TVector>(byte* codes, byte* further, int upper)
        where TLanes : struct, IPackedLanes<TBits, TVector>
        where TBits : struct
        where TVector : struct
    {
        FourRows<TBits> low = PairRows.Read<TLanes, TBits, TVector>(codes, further, upper);
        TBits bits = TLanes.Load(further);
        return new()
        {
            A = TLanes.Or(low.A, TLanes.Part(bits, 2 - upper, Mask)),
            B = TLanes.Or(low.B, TLanes.Part(bits, 1 - upper, Mask)),
            C = TLanes.Or(low.C, TLanes.Part(bits, 0 - upper, Mask)),
            D = TLanes.Or(low.D, TLanes.Part(bits, -1 - upper, Mask)),
        };
    }
}

/// <summary>A constant of the compiler.</summary>
internal interface ISwitch
{
    static abstract bool IsOn { get; }
}

/// <summary>Weights have minima; codes have no other offset then.</summary>
internal readonly struct WithMinima : ISwitch
{
    public static bool IsOn => true;
}

/// <summary>Weights have none.</summary>
internal readonly struct WithoutMinima : ISwitch
{
    public static bool IsOn => false;
}
