namespace Weft.Model.Quantization;

/// <summary>
/// Blocks of 256 elements ("K types"): groups of 16 or 32 with scales of few bits, which a scale d (and for minima a scale m) in fp16 multiplies.
/// Codes of 2 bits lie so that byte i of each 32 holds elements i, i + 32, i + 64 and i + 96 of a run of 128, lowest bits first; those of 4 bits so that
/// byte i of each 32 holds elements i and i + 32 of a run of 64.
/// </summary>
internal static class LargeBlocks
{
    /// <summary>16 bytes of scale (low half) and minimum (high half) a group of 16, 64 bytes of codes, d, m: d·scale·code − m·minimum.</summary>
    public static void ReadQ2(ReadOnlySpan<byte> block, Span<float> values)
    {
        ReadOnlySpan<byte> scales = block[..16], codes = block.Slice(16, 64);
        float d = SmallBlocks.ReadHalf(block[80..]), m = SmallBlocks.ReadHalf(block[82..]);
        for (int i = 0; i < values.Length; i++)
        {
            byte group = scales[i / 16];
            values[i] = d * (group & 15) * TwoBits(codes, i) - m * (group >> 4);
        }
    }

    /// <summary>
    /// 32 bytes with the third bits, 64 bytes of codes, 12 bytes with 16 scales of 6 bits, d: d·(scale − 32)·(code − 4), where the third bit of element i is
    /// bit i / 32 of byte i mod 32.
    /// </summary>
    public static void ReadQ3(ReadOnlySpan<byte> block, Span<float> values)
    {
        ReadOnlySpan<byte> third = block[..32], codes = block.Slice(32, 64), scales = block.Slice(96, 12);
        float d = SmallBlocks.ReadHalf(block[108..]);
        for (int i = 0; i < values.Length; i++)
        {
            // Scale j keeps its low 4 bits in a half of byte j mod 8, its high 2 bits in byte 8 + j mod 4.
            int j = i / 16;
            int low = scales[j % 8] >> (4 * (j / 8)) & 15, high = scales[8 + (j % 4)] >> (2 * (j / 4)) & 3;
            int code = TwoBits(codes, i) | (third[i % 32] >> (i / 32) & 1) << 2;
            values[i] = d * ((low | high << 4) - 32) * (code - 4);
        }
    }

    /// <summary>d, m, 12 bytes with 8 scales and 8 minima of 6 bits, 128 bytes of codes: d·scale·code − m·minimum.</summary>
    public static void ReadQ4(ReadOnlySpan<byte> block, Span<float> values)
    {
        float d = SmallBlocks.ReadHalf(block), m = SmallBlocks.ReadHalf(block[2..]);
        ReadOnlySpan<byte> groups = block.Slice(4, 12), codes = block[16..];
        for (int i = 0; i < values.Length; i++)
        {
            (int scale, int minimum) = SixBits(groups, i / 32);
            values[i] = d * scale * FourBits(codes, i) - m * minimum;
        }
    }

    /// <summary>As with 4 bits, and 32 bytes before the codes with the fifth bits: that of element i is bit i / 32 of byte i mod 32.</summary>
    public static void ReadQ5(ReadOnlySpan<byte> block, Span<float> values)
    {
        float d = SmallBlocks.ReadHalf(block), m = SmallBlocks.ReadHalf(block[2..]);
        ReadOnlySpan<byte> groups = block.Slice(4, 12), fifth = block.Slice(16, 32), codes = block[48..];
        for (int i = 0; i < values.Length; i++)
        {
            (int scale, int minimum) = SixBits(groups, i / 32);
            int code = FourBits(codes, i) | (fifth[i % 32] >> (i / 32) & 1) << 4;
            values[i] = d * scale * code - m * minimum;
        }
    }

    /// <summary>
    /// 128 bytes with the low 4 bits, 64 bytes with the high 2, 16 signed scales of 8 bits, d: d·scale·(code − 32). Here byte i of each 64 holds the low bits
    /// of elements i and i + 64 of a run of 128.
    /// </summary>
    public static void ReadQ6(ReadOnlySpan<byte> block, Span<float> values)
    {
        ReadOnlySpan<byte> codes = block[..128], upper = block.Slice(128, 64), scales = block.Slice(192, 16);
        float d = SmallBlocks.ReadHalf(block[208..]);
        for (int i = 0; i < values.Length; i++)
        {
            int low = codes[(i / 128 * 64) + (i % 64)] >> (4 * (i / 64 % 2)) & 15;
            values[i] = d * (sbyte)scales[i / 16] * ((low | TwoBits(upper, i) << 4) - 32);
        }
    }

    private static int TwoBits(ReadOnlySpan<byte> codes, int i) => codes[(i / 128 * 32) + (i % 32)] >> (2 * (i / 32 % 4)) & 3;

    private static int FourBits(ReadOnlySpan<byte> codes, int i) => codes[(i / 64 * 32) + (i % 32)] >> (4 * (i / 32 % 2)) & 15;

    /// <summary>Scales and minima 0 to 3 are the low 6 bits of bytes 0 to 3 and 4 to 7; 4 to 7 have their low bits in bytes 8 to 11 and their high 2 above the others.</summary>
    private static (int Scale, int Minimum) SixBits(ReadOnlySpan<byte> groups, int j) => j < 4
        ? (groups[j] & 63, groups[j + 4] & 63)
        : (groups[j + 4] & 15 | groups[j - 4] >> 6 << 4, groups[j + 4] >> 4 | groups[j] >> 6 << 4);
}
