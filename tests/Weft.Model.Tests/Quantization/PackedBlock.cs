using Weft.Model.Checkpoints;

namespace Weft.Model.Tests.Quantization;

/// <summary>
/// Puts blocks together from codes: the way opposite to reading them, walking over bytes where the reader walks over elements.
/// </summary>
internal static class PackedBlock
{
    public static (byte[] Bytes, float[] Values) Random(ElementType type, float d, float m, Random random) => type switch
    {
        ElementType.Q4_0 => Small(random, 4, centre: 8, d, null),
        ElementType.Q4_1 => Small(random, 4, centre: 0, d, m),
        ElementType.Q5_0 => Small(random, 5, centre: 16, d, null),
        ElementType.Q5_1 => Small(random, 5, centre: 0, d, m),
        ElementType.Q8_0 => Bytes(random, d),
        ElementType.Q2_K => TwoBits(random, d, m),
        ElementType.Q3_K => ThreeBits(random, d),
        ElementType.Q4_K => WithMinima(random, 4, d, m),
        ElementType.Q5_K => WithMinima(random, 5, d, m),
        ElementType.Q6_K => SixBits(random, d),
        _ => throw new InvalidOperationException($"write a packer for {type}"),
    };

    private static int[] Draw(Random random, int count, int limit) => [.. Enumerable.Range(0, count).Select(_ => random.Next(limit))];

    private static byte[] Half(float value) => BitConverter.GetBytes((Half)value);

    private static (byte[], float[]) Small(Random random, int bits, int centre, float d, float? m)
    {
        int[] codes = Draw(random, 32, 1 << bits);
        uint fifth = 0;
        for (int i = 31; i >= 0; i--)
            fifth = fifth << 1 | (uint)(codes[i] >> 4);
        IEnumerable<byte> halves = Enumerable.Range(0, 16).Select(i => (byte)(codes[i] % 16 + (codes[i + 16] % 16 * 16)));
        return ([.. Half(d), .. m is { } minimum ? Half(minimum) : [], .. bits == 5 ? BitConverter.GetBytes(fifth) : [], .. halves],
            [.. codes.Select(code => (code - centre) * d + (m ?? 0))]);
    }

    private static (byte[], float[]) Bytes(Random random, float d)
    {
        int[] codes = [.. Draw(random, 32, 256).Select(code => code - 128)];
        return ([.. Half(d), .. codes.Select(code => unchecked((byte)code))], [.. codes.Select(code => code * d)]);
    }

    private static (byte[], float[]) TwoBits(Random random, float d, float m)
    {
        int[] codes = Draw(random, 256, 4), scales = Draw(random, 16, 16), minima = Draw(random, 16, 16);
        return ([.. scales.Zip(minima, (scale, minimum) => (byte)(scale + (16 * minimum))), .. Quarters(codes), .. Half(d), .. Half(m)],
            [.. codes.Select((code, i) => d * scales[i / 16] * code - m * minima[i / 16])]);
    }

    private static (byte[], float[]) ThreeBits(Random random, float d)
    {
        int[] codes = Draw(random, 256, 8), scales = Draw(random, 16, 64);
        byte[] third = new byte[32], packed = new byte[12];
        for (int byteIndex = 0; byteIndex < 32; byteIndex++)
            for (int run = 7; run >= 0; run--)
                third[byteIndex] = (byte)(third[byteIndex] * 2 + (codes[(32 * run) + byteIndex] / 4));
        for (int j = 0; j < 8; j++)
            packed[j] = (byte)(scales[j] % 16 + (scales[j + 8] % 16 * 16));
        for (int j = 0; j < 4; j++)
            packed[8 + j] = (byte)(scales[j] / 16 + (scales[j + 4] / 16 * 4) + (scales[j + 8] / 16 * 16) + (scales[j + 12] / 16 * 64));
        return ([.. third, .. Quarters([.. codes.Select(code => code % 4)]), .. packed, .. Half(d)],
            [.. codes.Select((code, i) => d * (scales[i / 16] - 32) * (code - 4))]);
    }

    private static (byte[], float[]) WithMinima(Random random, int bits, float d, float m)
    {
        int[] codes = Draw(random, 256, 1 << bits), scales = Draw(random, 8, 64), minima = Draw(random, 8, 64);
        byte[] groups = new byte[12], fifth = new byte[32], halves = new byte[128];
        for (int j = 0; j < 4; j++)
        {
            groups[j] = (byte)(scales[j] + (scales[j + 4] / 16 * 64));
            groups[j + 4] = (byte)(minima[j] + (minima[j + 4] / 16 * 64));
            groups[j + 8] = (byte)(scales[j + 4] % 16 + (minima[j + 4] % 16 * 16));
        }
        for (int i = 0; i < 32; i++)
            for (int run = 7; run >= 0; run--)
                fifth[i] = (byte)(fifth[i] * 2 + (codes[(32 * run) + i] / 16));
        for (int run = 0; run < 4; run++)
            for (int i = 0; i < 32; i++)
                halves[(32 * run) + i] = (byte)(codes[(64 * run) + i] % 16 + (codes[(64 * run) + 32 + i] % 16 * 16));
        return ([.. Half(d), .. Half(m), .. groups, .. bits == 5 ? fifth : [], .. halves],
            [.. codes.Select((code, i) => d * scales[i / 32] * code - m * minima[i / 32])]);
    }

    private static (byte[], float[]) SixBits(Random random, float d)
    {
        int[] codes = Draw(random, 256, 64), scales = [.. Draw(random, 16, 256).Select(scale => scale - 128)];
        byte[] low = new byte[128];
        for (int run = 0; run < 2; run++)
            for (int i = 0; i < 64; i++)
                low[(64 * run) + i] = (byte)(codes[(128 * run) + i] % 16 + (codes[(128 * run) + 64 + i] % 16 * 16));
        return ([.. low, .. Quarters([.. codes.Select(code => code / 16)]), .. scales.Select(scale => unchecked((byte)scale)), .. Half(d)],
            [.. codes.Select((code, i) => d * scales[i / 16] * (code - 32))]);
    }

    /// <summary>Codes of 2 bits: each byte holds four that are 32 apart.</summary>
    private static byte[] Quarters(int[] codes)
    {
        byte[] bytes = new byte[64];
        for (int run = 0; run < 2; run++)
            for (int i = 0; i < 32; i++)
                bytes[(32 * run) + i] = (byte)Enumerable.Range(0, 4).Sum(part => codes[(128 * run) + (32 * part) + i] << (2 * part));
        return bytes;
    }
}
