using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Weft.Model.Checkpoints;
using Weft.Model.Quantization;

namespace Weft.Cli.Benchmarking;

/// <summary>
/// Random weights in any format, with a mean near zero and a deviation of <see cref="Deviation"/>, so that what passes through
/// them stays finite. Quantized blocks are made directly: every code is equally likely, and scales follow from that.
/// </summary>
/// <param name="seed">The same seed gives the same bytes.</param>
internal sealed class RandomWeights(ulong seed)
{
    /// <summary>That of most trained projections, within a factor of two.</summary>
    public const float Deviation = 0.02f;

    /// <summary>Elements made together: whole blocks of every type.</summary>
    private const int Together = 1 << 16;

    /// <summary>Deviation of the sum of four numbers of 16 bits.</summary>
    private const float SumOfFour = 37_837;

    // Deviation of a code of 2 to 6 bits, and of what multiplies it in the K types, under the choices below.
    private const float Two = 1.118f, Three = 2.291f, Four = 4.610f, Five = 9.233f, Six = 18.47f, Eight = 73.9f;

    private ulong _state = seed;

    /// <summary>Writes <paramref name="count"/> elements, whole blocks.</summary>
    public void Write(Stream stream, ElementType type, long count)
    {
        byte[] bytes = new byte[(int)type.ByteCount(Together)];
        for (long left = count; left > 0; left -= Together)
        {
            Span<byte> part = bytes.AsSpan(0, (int)type.ByteCount(Math.Min(left, Together)));
            if (type.IsBlockQuantized())
                FillBlocks(type, part);
            else
                FillNumbers(type, part);
            stream.Write(part);
        }
    }

    private void FillBlocks(ElementType type, Span<byte> bytes)
    {
        Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ref ulong word in words)
            word = Next();
        BinaryPrimitives.TryWriteUInt64LittleEndian(bytes[^sizeof(ulong)..], Next());
        for (int i = 0, size = type.BlockSize(); i < bytes.Length; i += size)
            Shape(type, bytes.Slice(i, size));
    }

    /// <summary>Gives a block of random bytes its scales.</summary>
    private void Shape(ElementType type, Span<byte> block)
    {
        switch (type)
        {
            // Codes reach one further down than up, so scales of both signs keep the mean at zero.
            case ElementType.Q4_0:
                WriteHalf(block, Signed(Deviation / Four));
                break;
            case ElementType.Q5_0:
                WriteHalf(block, Signed(Deviation / Five));
                break;
            case ElementType.Q8_0:
                WriteHalf(block, Signed(Deviation / Eight));
                break;
            case ElementType.Q4_1:
                WriteWithMinimum(block, Near(Deviation / Four), -7.5f);
                break;
            case ElementType.Q5_1:
                WriteWithMinimum(block, Near(Deviation / Five), -15.5f);
                break;
            case ElementType.Q2_K:
                // Scales 8 to 15, and each group's minimum equal to its scale.
                foreach (ref byte group in block[..16])
                    group = (byte)(((group & 7) | 8) * 0x11);
                WriteWithMinimum(block[80..], Near(Deviation / Two / 11.7f), 1.5f);
                break;
            case ElementType.Q3_K:
                // Scales are all of -32 to 31.
                WriteHalf(block[108..], Signed(Deviation / Three / 18.5f));
                break;
            case ElementType.Q4_K:
                EqualMinima(block.Slice(4, 12));
                WriteWithMinimum(block, Near(Deviation / Four / 48.4f), 7.5f);
                break;
            case ElementType.Q5_K:
                EqualMinima(block.Slice(4, 12));
                WriteWithMinimum(block, Near(Deviation / Five / 48.4f), 15.5f);
                break;
            case ElementType.Q6_K:
                // Scales of 64 to 127 and either sign.
                foreach (ref byte scale in block.Slice(192, 16))
                    scale = (byte)(sbyte)((scale & 1) == 0 ? 64 + (scale >> 2) : -64 - (scale >> 2));
                WriteHalf(block[208..], Near(Deviation / Six / 97.3f));
                break;
            default:
                throw new NotSupportedException($"random blocks of {type} are not made");
        }
    }

    /// <summary>Scales of 32 to 63, packed as six bits each, with the minima equal to them.</summary>
    private void EqualMinima(Span<byte> groups)
    {
        Span<byte> scales = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(scales, Next());
        foreach (ref byte scale in scales)
            scale = (byte)(scale & 31 | 32);
        for (int j = 0; j < 4; j++)
        {
            groups[j] = groups[j + 4] = (byte)(scales[j] | scales[j + 4] >> 4 << 6);
            groups[j + 8] = (byte)((scales[j + 4] & 15) * 0x11);
        }
    }

    private void FillNumbers(ElementType type, Span<byte> bytes)
    {
        switch (type)
        {
            case ElementType.F32:
                foreach (ref float value in MemoryMarshal.Cast<byte, float>(bytes))
                    value = Normal();
                break;
            case ElementType.F16:
                foreach (ref Half value in MemoryMarshal.Cast<byte, Half>(bytes))
                    value = (Half)Normal();
                break;
            case ElementType.BF16:
                foreach (ref ushort value in MemoryMarshal.Cast<byte, ushort>(bytes))
                    value = (ushort)(BitConverter.SingleToUInt32Bits(Normal()) >> 16);
                break;
            default:
                throw new NotSupportedException($"random numbers of {type} are not made");
        }
    }

    private float Normal()
    {
        ulong bits = Next();
        int sum = (ushort)bits + (ushort)(bits >> 16) + (ushort)(bits >> 32) + (ushort)(bits >> 48) - (2 * ushort.MaxValue);
        return sum * (Deviation / SumOfFour);
    }

    private float Signed(float scale) => (_state & 1) == 0 ? Near(scale) : -Near(scale);

    /// <summary>Three quarters to five quarters.</summary>
    private float Near(float scale) => scale * (0.75f + ((Next() >> 40) * (0.5f / (1 << 24))));

    private static void WriteWithMinimum(Span<byte> head, float scale, float minimum)
    {
        WriteHalf(head, scale);
        // From the scale as it is stored, or the mean would be off where fp16 is coarse.
        WriteHalf(head[2..], (float)(Half)scale * minimum);
    }

    private static void WriteHalf(Span<byte> bytes, float value) => BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)value);

    private ulong Next() => SplitMix64.Next(ref _state);
}
