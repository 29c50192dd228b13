using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Weft.Inference.Kernels.Panels;

/// <summary>fp32 [16] each: the weight of an input in the first half of a block is <see cref="First"/> · (code - zero) + <see cref="FirstMinimum"/>.</summary>
internal struct BlockScales
{
    public Vector512<float> First, Second, FirstMinimum, SecondMinimum;
}

/// <summary>Reads the parts of a record; <see cref="PanelLayout"/> says where they lie.</summary>
internal static unsafe class PanelCodes
{
    /// <summary>Rows j and j + 4 of a block, j from 0 to 3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<byte> Lower, Vector512<byte> Upper) Rows(in PanelLayout layout, byte* record, int block, int j)
    {
        if (layout.Parts == PanelParts.Bytes)
        {
            byte* row = record + (512 * block) + (64 * j);
            return (Vector512.Load(row), Vector512.Load(row + 256));
        }
        Vector512<byte> lower = Vector512<byte>.Zero, upper = lower;
        int bits = 0;
        if (layout.Parts.HasFlag(PanelParts.Nibbles))
        {
            Vector512<byte> both = Vector512.Load(record + (256 * block) + (64 * j)), mask = Vector512.Create((byte)15);
            (lower, upper, bits) = (both & mask, (both.AsUInt16() >> 4).AsByte() & mask, 4);
        }
        if (layout.Parts.HasFlag(PanelParts.Pairs))
        {
            byte* pairs = record + layout.Pairs + (128 * block);
            Vector512<uint> mask = Vector512.Create(0x03030303u);
            lower |= (((Vector512.Load(pairs).AsUInt32() >> (2 * j)) & mask) << bits).AsByte();
            upper |= (((Vector512.Load(pairs + 64).AsUInt32() >> (2 * j)) & mask) << bits).AsByte();
            bits += 2;
        }
        if (layout.Parts.HasFlag(PanelParts.Bits))
        {
            Vector512<uint> all = Vector512.Load(record + layout.Bits + (64 * block)).AsUInt32() >> j, mask = Vector512.Create(0x01010101u);
            lower |= ((all & mask) << bits).AsByte();
            upper |= (((all >> 4) & mask) << bits).AsByte();
        }
        return (lower, upper);
    }

    /// <summary>
    /// Scales of both halves of a block, and what is added to the weights of both; alike where halves do not differ, zero where nothing is added.
    /// </summary>
    public static void Scales(in PanelLayout layout, byte* record, int block, out BlockScales scales)
    {
        int ofBlock = layout.Groups == PanelGroups.None ? 32 * block : 0;
        Vector512<float> factor = Halves(record + layout.Factors + ofBlock);
        Vector512<float> minimum = layout.MinimumFactors == 0 ? Vector512<float>.Zero : Halves(record + layout.MinimumFactors + ofBlock);
        byte* groups = record + layout.Scales;
        switch (layout.Groups)
        {
            case PanelGroups.None:
                scales.First = scales.Second = factor;
                scales.FirstMinimum = scales.SecondMinimum = minimum;
                break;
            case PanelGroups.Blocks:
                scales.First = scales.Second = factor * Bytes(Vector128.Load(groups + (16 * block)));
                scales.FirstMinimum = scales.SecondMinimum = -(minimum * Bytes(Vector128.Load(record + layout.Minima + (16 * block))));
                break;
            case PanelGroups.Halves:
                scales.First = factor * SignedBytes(groups + (32 * block));
                scales.Second = factor * SignedBytes(groups + (32 * block) + 16);
                scales.FirstMinimum = scales.SecondMinimum = Vector512<float>.Zero;
                break;
            default:
                Vector128<byte> first = Vector128.Load(groups + (32 * block)), second = Vector128.Load(groups + (32 * block) + 16), low = Vector128.Create((byte)15);
                scales.First = factor * Bytes(first & low);
                scales.Second = factor * Bytes(second & low);
                scales.FirstMinimum = -(minimum * Bytes(first >> 4));
                scales.SecondMinimum = -(minimum * Bytes(second >> 4));
                break;
        }
    }

    private static Vector512<float> Halves(byte* source) => HalfWidening.Widen(Vector256.Load((ushort*)source));

    private static Vector512<float> Bytes(Vector128<byte> bytes)
    {
        (Vector128<ushort> lower, Vector128<ushort> upper) = Vector128.Widen(bytes);
        return Vector512.ConvertToSingle(Vector512.Create(
            Vector256.Create(Vector128.WidenLower(lower), Vector128.WidenUpper(lower)),
            Vector256.Create(Vector128.WidenLower(upper), Vector128.WidenUpper(upper))).AsInt32());
    }

    private static Vector512<float> SignedBytes(byte* source)
    {
        (Vector128<short> lower, Vector128<short> upper) = Vector128.Widen(Vector128.Load((sbyte*)source));
        return Vector512.ConvertToSingle(Vector512.Create(
            Vector256.Create(Vector128.WidenLower(lower), Vector128.WidenUpper(lower)),
            Vector256.Create(Vector128.WidenLower(upper), Vector128.WidenUpper(upper))));
    }
}
