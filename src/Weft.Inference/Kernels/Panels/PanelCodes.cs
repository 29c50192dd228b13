using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Weft.Model.Checkpoints;

namespace Weft.Inference.Kernels.Panels;

/// <summary>Reads the parts of one type's records; <see cref="PanelLayout"/> says where they lie.</summary>
internal unsafe interface IPanelCodes
{
    /// <summary>What a code is less before it is multiplied with its scale.</summary>
    static abstract int Zero { get; }

    /// <summary>Rows j and j + 4 of a block, j from 0 to 3.</summary>
    static abstract (Vector512<byte> Lower, Vector512<byte> Upper) Rows(byte* record, int block, int j);

    /// <summary>
    /// Scales of both halves of a block, and what is added to the weights of both; alike where halves do not differ, zero where nothing is added.
    /// </summary>
    static abstract void Scales(byte* record, int block, out BlockScales scales);
}

/// <summary>fp32 [16] each: the weight of an input in the first half of a block is <see cref="First"/> · (code - zero) + <see cref="FirstMinimum"/>.</summary>
internal struct BlockScales
{
    public Vector512<float> First, Second, FirstMinimum, SecondMinimum;
}

/// <summary>What the readers share.</summary>
internal static unsafe class PanelParts
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<byte> Lower, Vector512<byte> Upper) Nibbles(byte* codes, int j)
    {
        Vector512<byte> both = Vector512.Load(codes + (64 * j)), mask = Vector512.Create((byte)15);
        return (both & mask, (both.AsUInt16() >> 4).AsByte() & mask);
    }

    /// <summary>One bit of rows j and j + 4, shifted to the left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<byte> Lower, Vector512<byte> Upper) Bits(byte* bits, int j, int left)
    {
        Vector512<uint> all = Vector512.Load(bits).AsUInt32() >> j, mask = Vector512.Create(0x01010101u);
        return (((all & mask) << left).AsByte(), (((all >> 4) & mask) << left).AsByte());
    }

    /// <summary>Two bits of rows j and j + 4, shifted to the left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<byte> Lower, Vector512<byte> Upper) Pairs(byte* pairs, int j, int left)
    {
        Vector512<uint> mask = Vector512.Create(0x03030303u);
        return ((((Vector512.Load(pairs).AsUInt32() >> (2 * j)) & mask) << left).AsByte(),
            (((Vector512.Load(pairs + 64).AsUInt32() >> (2 * j)) & mask) << left).AsByte());
    }

    /// <summary>16 fp16 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Halves(byte* source) => HalfWidening.Widen(Vector256.Load((ushort*)source));

    /// <summary>16 unsigned bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Bytes(Vector128<byte> bytes)
    {
        (Vector128<ushort> lower, Vector128<ushort> upper) = Vector128.Widen(bytes);
        return Vector512.ConvertToSingle(Vector512.Create(
            Vector256.Create(Vector128.WidenLower(lower), Vector128.WidenUpper(lower)),
            Vector256.Create(Vector128.WidenLower(upper), Vector128.WidenUpper(upper))).AsInt32());
    }

    /// <summary>16 signed bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SignedBytes(byte* source)
    {
        (Vector128<short> lower, Vector128<short> upper) = Vector128.Widen(Vector128.Load((sbyte*)source));
        return Vector512.ConvertToSingle(Vector512.Create(
            Vector256.Create(Vector128.WidenLower(lower), Vector128.WidenUpper(lower)),
            Vector256.Create(Vector128.WidenLower(upper), Vector128.WidenUpper(upper))));
    }

    /// <summary>One scale, and one minimum or none, for a whole block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Small(byte* record, int block, in PanelLayout layout, out BlockScales scales)
    {
        scales.First = scales.Second = Halves(record + layout.Factors + (32 * block));
        scales.FirstMinimum = scales.SecondMinimum = layout.MinimumFactors == 0 ? Vector512<float>.Zero : Halves(record + layout.MinimumFactors + (32 * block));
    }

    /// <summary>Factors of one scale and one minimum of 6 bits for a whole block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WholeGroups(byte* record, int block, in PanelLayout layout, out BlockScales scales)
    {
        scales.First = scales.Second = Halves(record + layout.Factors) * Bytes(Vector128.Load(record + layout.Scales + (16 * block)));
        scales.FirstMinimum = scales.SecondMinimum = -(Halves(record + layout.MinimumFactors) * Bytes(Vector128.Load(record + layout.Minima + (16 * block))));
    }

    /// <summary>Signed scales of half a block, and no minima.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void HalfGroups(byte* record, int block, in PanelLayout layout, out BlockScales scales)
    {
        Vector512<float> factor = Halves(record + layout.Factors);
        scales.First = factor * SignedBytes(record + layout.Scales + (32 * block));
        scales.Second = factor * SignedBytes(record + layout.Scales + (32 * block) + 16);
        scales.FirstMinimum = scales.SecondMinimum = Vector512<float>.Zero;
    }
}

/// <summary>The readers of the small types.</summary>
internal static unsafe class SmallCodes
{
    internal readonly struct Q8 : IPanelCodes
    {
        private static readonly PanelLayout Layout = PanelLayout.Of(ElementType.Q8_0);

        public static int Zero => 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<byte> Lower, Vector512<byte> Upper) Rows(byte* record, int block, int j)
        {
            byte* row = record + (512 * block) + (64 * j);
            return (Vector512.Load(row), Vector512.Load(row + 256));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Scales(byte* record, int block, out BlockScales scales) => PanelParts.Small(record, block, Layout, out scales);
    }

    internal readonly struct Q4 : IPanelCodes
    {
        private static readonly PanelLayout Layout = PanelLayout.Of(ElementType.Q4_0);

        public static int Zero => 8;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<byte> Lower, Vector512<byte> Upper) Rows(byte* record, int block, int j) => PanelParts.Nibbles(record + (256 * block), j);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Scales(byte* record, int block, out BlockScales scales) => PanelParts.Small(record, block, Layout, out scales);
    }

    internal readonly struct Q4WithMinimum : IPanelCodes
    {
        private static readonly PanelLayout Layout = PanelLayout.Of(ElementType.Q4_1);

        public static int Zero => 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<byte> Lower, Vector512<byte> Upper) Rows(byte* record, int block, int j) => PanelParts.Nibbles(record + (256 * block), j);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Scales(byte* record, int block, out BlockScales scales) => PanelParts.Small(record, block, Layout, out scales);
    }

    internal readonly struct Q5 : IPanelCodes
    {
        private static readonly PanelLayout Layout = PanelLayout.Of(ElementType.Q5_0);

        public static int Zero => 16;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<byte> Lower, Vector512<byte> Upper) Rows(byte* record, int block, int j) => WithFifthBit(record, block, j, Layout.Bits);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Scales(byte* record, int block, out BlockScales scales) => PanelParts.Small(record, block, Layout, out scales);
    }

    internal readonly struct Q5WithMinimum : IPanelCodes
    {
        private static readonly PanelLayout Layout = PanelLayout.Of(ElementType.Q5_1);

        public static int Zero => 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<byte> Lower, Vector512<byte> Upper) Rows(byte* record, int block, int j) => WithFifthBit(record, block, j, Layout.Bits);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Scales(byte* record, int block, out BlockScales scales) => PanelParts.Small(record, block, Layout, out scales);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static (Vector512<byte> Lower, Vector512<byte> Upper) WithFifthBit(byte* record, int block, int j, int bits)
    {
        (Vector512<byte> lower, Vector512<byte> upper) = PanelParts.Nibbles(record + (256 * block), j);
        (Vector512<byte> lowerBit, Vector512<byte> upperBit) = PanelParts.Bits(record + bits + (64 * block), j, 4);
        return (lower | lowerBit, upper | upperBit);
    }
}

/// <summary>The readers of the K types.</summary>
internal static unsafe class LargeCodes
{
    internal readonly struct Q2 : IPanelCodes
    {
        private static readonly PanelLayout Layout = PanelLayout.Of(ElementType.Q2_K);

        public static int Zero => 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<byte> Lower, Vector512<byte> Upper) Rows(byte* record, int block, int j) => PanelParts.Pairs(record + (128 * block), j, 0);

        public static void Scales(byte* record, int block, out BlockScales scales)
        {
            Vector512<float> factor = PanelParts.Halves(record + Layout.Factors), minimumFactor = PanelParts.Halves(record + Layout.MinimumFactors);
            Vector128<byte> first = Vector128.Load(record + Layout.Scales + (32 * block)), second = Vector128.Load(record + Layout.Scales + (32 * block) + 16);
            scales.First = factor * PanelParts.Bytes(first & Vector128.Create((byte)15));
            scales.Second = factor * PanelParts.Bytes(second & Vector128.Create((byte)15));
            scales.FirstMinimum = -(minimumFactor * PanelParts.Bytes(first >> 4));
            scales.SecondMinimum = -(minimumFactor * PanelParts.Bytes(second >> 4));
        }
    }

    internal readonly struct Q3 : IPanelCodes
    {
        private static readonly PanelLayout Layout = PanelLayout.Of(ElementType.Q3_K);

        public static int Zero => 4;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<byte> Lower, Vector512<byte> Upper) Rows(byte* record, int block, int j)
        {
            (Vector512<byte> lower, Vector512<byte> upper) = PanelParts.Pairs(record + (128 * block), j, 0);
            (Vector512<byte> lowerBit, Vector512<byte> upperBit) = PanelParts.Bits(record + Layout.Bits + (64 * block), j, 2);
            return (lower | lowerBit, upper | upperBit);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Scales(byte* record, int block, out BlockScales scales) => PanelParts.HalfGroups(record, block, Layout, out scales);
    }

    internal readonly struct Q4 : IPanelCodes
    {
        private static readonly PanelLayout Layout = PanelLayout.Of(ElementType.Q4_K);

        public static int Zero => 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<byte> Lower, Vector512<byte> Upper) Rows(byte* record, int block, int j) => PanelParts.Nibbles(record + (256 * block), j);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Scales(byte* record, int block, out BlockScales scales) => PanelParts.WholeGroups(record, block, Layout, out scales);
    }

    internal readonly struct Q5 : IPanelCodes
    {
        private static readonly PanelLayout Layout = PanelLayout.Of(ElementType.Q5_K);

        public static int Zero => 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<byte> Lower, Vector512<byte> Upper) Rows(byte* record, int block, int j) => SmallCodes.WithFifthBit(record, block, j, Layout.Bits);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Scales(byte* record, int block, out BlockScales scales) => PanelParts.WholeGroups(record, block, Layout, out scales);
    }

    internal readonly struct Q6 : IPanelCodes
    {
        private static readonly PanelLayout Layout = PanelLayout.Of(ElementType.Q6_K);

        public static int Zero => 32;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<byte> Lower, Vector512<byte> Upper) Rows(byte* record, int block, int j)
        {
            (Vector512<byte> lower, Vector512<byte> upper) = PanelParts.Nibbles(record + (256 * block), j);
            (Vector512<byte> lowerPair, Vector512<byte> upperPair) = PanelParts.Pairs(record + Layout.Pairs + (128 * block), j, 4);
            return (lower | lowerPair, upper | upperPair);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Scales(byte* record, int block, out BlockScales scales) => PanelParts.HalfGroups(record, block, Layout, out scales);
    }
}
