using System.Buffers.Binary;

namespace Weft.Model.Quantization;

/// <summary>
/// Blocks of 32 elements: a scale d in fp16, with some types a minimum m in fp16, then the codes. Codes of 4 bits: byte i of 16 holds element i in its
/// low half and element i + 16 in its high half. A fifth bit of element i is bit i of 32 bits before the codes.
/// </summary>
internal static class SmallBlocks
{
    private const int Half = BlockTypes.SmallBlock / 2;

    /// <summary>d·(code − 8), or d·code + m.</summary>
    public static void ReadQ4(ReadOnlySpan<byte> block, bool hasMinimum, Span<float> values)
    {
        (int centre, int head) = hasMinimum ? (0, 4) : (8, 2);
        float scale = ReadHalf(block), minimum = hasMinimum ? ReadHalf(block[2..]) : 0;
        ReadOnlySpan<byte> codes = block[head..];
        for (int i = 0; i < Half; i++)
        {
            values[i] = ((codes[i] & 15) - centre) * scale + minimum;
            values[i + Half] = ((codes[i] >> 4) - centre) * scale + minimum;
        }
    }

    /// <summary>d·(code − 16), or d·code + m.</summary>
    public static void ReadQ5(ReadOnlySpan<byte> block, bool hasMinimum, Span<float> values)
    {
        (int centre, int head) = hasMinimum ? (0, 4) : (16, 2);
        float scale = ReadHalf(block), minimum = hasMinimum ? ReadHalf(block[2..]) : 0;
        uint fifth = BinaryPrimitives.ReadUInt32LittleEndian(block[head..]);
        ReadOnlySpan<byte> codes = block[(head + 4)..];
        for (int i = 0; i < Half; i++)
        {
            int low = (codes[i] & 15) | (int)((fifth >> i & 1) << 4);
            int high = (codes[i] >> 4) | (int)((fifth >> (i + Half) & 1) << 4);
            values[i] = (low - centre) * scale + minimum;
            values[i + Half] = (high - centre) * scale + minimum;
        }
    }

    /// <summary>d·code, codes from −128 to 127.</summary>
    public static void ReadQ8(ReadOnlySpan<byte> block, Span<float> values)
    {
        float scale = ReadHalf(block);
        for (int i = 0; i < values.Length; i++)
            values[i] = (sbyte)block[2 + i] * scale;
    }

    public static float ReadHalf(ReadOnlySpan<byte> bytes) => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes);
}
