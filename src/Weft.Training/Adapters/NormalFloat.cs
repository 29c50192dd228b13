namespace Weft.Training.Adapters;

/// <summary>
/// NF4 (Dettmers et al. 2023, arXiv:2305.14314, section 3): 16 values between -1 and 1 that normally distributed numbers fall to about equally often, 0 among them, times the
/// largest magnitude of 64 numbers. These magnitudes are narrowed once more (double quantization): less their mean, they are whole numbers from -127 to 127 times the scale of
/// 256 of them, which makes 0.127 bits a number instead of 0.5.
/// </summary>
/// <remarks>The paper narrows magnitudes to 8-bit floats; whole numbers are as small, and err less where the magnitudes of a tensor are alike, as those of weights are.</remarks>
internal static class NormalFloat
{
    /// <summary>Numbers that share a magnitude.</summary>
    public const int BlockLength = 64;

    /// <summary>Bytes of their codes: byte i has those of number i (low) and of number i + 32 (high).</summary>
    public const int BlockBytes = BlockLength / 2;

    /// <summary>Magnitudes that share a scale.</summary>
    public const int GroupLength = 256;

    private const int LargestStep = sbyte.MaxValue;

    /// <summary>Code of 0.</summary>
    private const int Zero = 7;

    /// <summary>The values, as in the paper's appendix E.</summary>
    public static readonly float[] Values =
    [
        -1f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0f,
        0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1f,
    ];

    /// <summary>Half way from each value to the next.</summary>
    private static readonly float[] Borders = [.. Values.Zip(Values[1..], (a, b) => (a + b) / 2)];

    /// <summary>Blocks that so many numbers take; the last may be short.</summary>
    public static int Blocks(long count) => checked((int)((count + BlockLength - 1) / BlockLength));

    /// <summary>Groups that so many blocks take.</summary>
    public static int Groups(int blocks) => (blocks + GroupLength - 1) / GroupLength;

    /// <summary>Narrows numbers.</summary>
    /// <param name="numbers">Finite.</param>
    /// <param name="codes">Receives <see cref="BlockBytes"/> a block.</param>
    /// <param name="steps">Receives one a block.</param>
    /// <param name="scales">Receives one a group.</param>
    /// <returns>The mean magnitude.</returns>
    public static float Encode(ReadOnlySpan<float> numbers, Span<byte> codes, Span<sbyte> steps, Span<float> scales)
    {
        float[] magnitudes = new float[steps.Length];
        double sum = 0;
        for (int block = 0; block < magnitudes.Length; block++)
        {
            foreach (float number in Block(numbers, block))
                magnitudes[block] = Math.Max(magnitudes[block], Math.Abs(number));
            sum += magnitudes[block];
        }
        float mean = (float)(sum / magnitudes.Length);
        for (int group = 0; group < scales.Length; group++)
        {
            int first = group * GroupLength, end = Math.Min(steps.Length, first + GroupLength);
            float farthest = 0;
            for (int block = first; block < end; block++)
                farthest = Math.Max(farthest, Math.Abs(magnitudes[block] - mean));
            scales[group] = farthest / LargestStep;
            for (int block = first; block < end; block++)
                steps[block] = farthest == 0 ? (sbyte)0 : (sbyte)Math.Clamp(MathF.Round((magnitudes[block] - mean) / scales[group]), -LargestStep, LargestStep);
        }
        for (int block = 0; block < steps.Length; block++)
            Encode(Block(numbers, block), Magnitude(mean, scales[block / GroupLength], steps[block]), codes.Slice(block * BlockBytes, BlockBytes));
        return mean;
    }

    /// <summary>What numbers of a block are multiples of.</summary>
    public static float Magnitude(float mean, float scale, sbyte step) => mean + (scale * step);

    private static ReadOnlySpan<float> Block(ReadOnlySpan<float> numbers, int block) =>
        numbers.Slice(block * BlockLength, Math.Min(BlockLength, numbers.Length - (block * BlockLength)));

    private static void Encode(ReadOnlySpan<float> numbers, float magnitude, Span<byte> codes)
    {
        codes.Fill(Zero | (Zero << 4));
        for (int i = 0; i < numbers.Length; i++)
        {
            int code = magnitude > 0 ? Nearest(numbers[i] / magnitude) : Zero;
            ref byte pair = ref codes[i % BlockBytes];
            pair = (byte)(i < BlockBytes ? (pair & 0xF0) | code : (pair & 0x0F) | (code << 4));
        }
    }

    private static int Nearest(float value)
    {
        int code = Array.BinarySearch(Borders, value);
        return code < 0 ? ~code : code;
    }
}
