using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Safetensors;

namespace Weft.Model.Tests.Safetensors;

public sealed class TensorViewTests
{
    private static readonly ushort[] AllPatterns = [.. Enumerable.Range(0, 65_536).Select(i => (ushort)i)];

    [Fact]
    public void All_half_precision_patterns_widen_as_the_runtime_does() =>
        CheckPatterns(ElementType.F16, pattern => (float)BitConverter.UInt16BitsToHalf(pattern));

    [Fact]
    public void All_bfloat16_patterns_are_the_upper_half_of_a_float() =>
        CheckPatterns(ElementType.BF16, pattern => BitConverter.UInt32BitsToSingle((uint)pattern << 16));

    [Fact]
    public void Doubles_round_to_the_nearest_float()
    {
        // Every upper quarter of a double: all signs and exponents, with NaN, infinities and subnormals; the lower bits force rounding.
        double[] values = [.. AllPatterns.Select(pattern => BitConverter.UInt64BitsToDouble(((ulong)pattern << 48) | 0x0000_1234_9000_0001))];
        byte[] bytes = [.. values.SelectMany(BitConverter.GetBytes)];
        float[] read = WriteAndRead(ElementType.F64, values.Length, bytes);
        for (int i = 0; i < values.Length; i++)
            Assert.Equal(BitConverter.SingleToUInt32Bits((float)values[i]), BitConverter.SingleToUInt32Bits(read[i]));
    }

    [Fact]
    public void Doubles_beyond_the_range_of_a_float_become_infinite()
    {
        double[] values = [double.MaxValue, double.MinValue, double.NaN, double.Epsilon, -0.0];
        float[] read = WriteAndRead(ElementType.F64, values.Length, [.. values.SelectMany(BitConverter.GetBytes)]);
        Assert.Equal([float.PositiveInfinity, float.NegativeInfinity, float.NaN, 0f, -0f], read);
    }

    [Fact]
    public void All_patterns_of_8_bit_floats_are_what_their_definition_says()
    {
        // OCP 8-bit Floating Point Specification, tables 1 and 2: E4M3 has no infinities and one NaN, E5M2 is like IEEE 754.
        CheckBytes(ElementType.F8_E4M3, bits => Decode(bits, 4, 7, _ => false, magnitude => magnitude == 0x7f));
        CheckBytes(ElementType.F8_E5M2, bits => Decode(bits, 5, 15, magnitude => magnitude == 0x7c, magnitude => magnitude > 0x7c));
    }

    [Fact]
    public void Bytes_can_be_looked_at_but_are_no_weights()
    {
        CheckBytes(ElementType.U8, bits => bits);
        CheckBytes(ElementType.I8, bits => (sbyte)bits);
        Assert.False(ElementType.U8.IsFloatingPoint());
        Assert.False(ElementType.I8.IsFloatingPoint());
    }

    [Theory]
    [InlineData(ElementType.I64)]
    [InlineData(ElementType.U16)]
    [InlineData(ElementType.BOOL)]
    public void Integers_are_no_weights(ElementType type)
    {
        var refusal = Assert.Throws<NotSupportedException>(() => WriteAndRead(type, 1, new byte[type.Size()]));
        Assert.Contains(type.ToString(), refusal.Message, StringComparison.Ordinal);
        Assert.False(type.IsFloatingPoint());
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 5)]
    [InlineData(4, 1)]
    [InlineData(5, 0)]
    [InlineData(long.MaxValue, 1)]
    [InlineData(long.MaxValue, 4)]
    [InlineData(long.MaxValue - 3, 4)]
    [InlineData(long.MinValue, 4)]
    public void A_range_outside_the_tensor_is_refused_even_where_its_end_overflows(long start, int length)
    {
        using var folder = new TemporaryFolder();
        using SafetensorsFile file = OpenFourFloats(folder);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Tensors["w"].ReadFloats(start, new float[length]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Tensors["w"].ReadBytes(start == 5 ? 17 : start, new byte[length + 16]));
    }

    [Fact]
    public void A_view_of_a_closed_file_throws_instead_of_reading_unmapped_memory()
    {
        using var folder = new TemporaryFolder();
        SafetensorsFile file = OpenFourFloats(folder);
        TensorView view = file.Tensors["w"];
        Assert.NotEqual(0, view.Address);
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => view.ReadFloats(0, new float[4]));
        Assert.Throws<ObjectDisposedException>(() => view.ReadBytes(0, new byte[16]));
        Assert.Throws<ObjectDisposedException>(() => view.Address);
    }

    [Fact]
    public void A_file_can_be_open_several_times_and_replaced_meanwhile()
    {
        // Windows refuses to replace a mapped file; there the writer reports that.
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a mapped file cannot be replaced on Windows");
        using var folder = new TemporaryFolder();
        using SafetensorsFile first = OpenFourFloats(folder);
        using SafetensorsFile second = SafetensorsFile.Open(first.FilePath);
        SafetensorsWriter.Write(first.FilePath, [new("w", ElementType.F32, [1], stream => stream.Write(BitConverter.GetBytes(9f)))]);
        using SafetensorsFile third = SafetensorsFile.Open(first.FilePath);
        float[] old = new float[4], now = new float[1];
        first.Tensors["w"].ReadFloats(0, old);
        Assert.Equal([1, 2, 3, 4], old);
        second.Tensors["w"].ReadFloats(0, old);
        Assert.Equal([1, 2, 3, 4], old);
        third.Tensors["w"].ReadFloats(0, now);
        Assert.Equal([9], now);
    }

    private static SafetensorsFile OpenFourFloats(TemporaryFolder folder)
    {
        string path = folder.File("model.safetensors");
        File.WriteAllBytes(path, RawSafetensors.File(("w", [4], [1, 2, 3, 4])));
        return SafetensorsFile.Open(path);
    }

    /// <summary>Sign, exponent and fraction of a byte, without a table and without a conversion of the runtime.</summary>
    private static float Decode(byte bits, int exponentBits, int bias, Func<int, bool> isInfinite, Func<int, bool> isNaN)
    {
        int magnitude = bits & 0x7f, fractionBits = 7 - exponentBits;
        int exponent = magnitude >> fractionBits, fraction = magnitude & ((1 << fractionBits) - 1);
        double value = isNaN(magnitude) ? double.NaN
            : isInfinite(magnitude) ? double.PositiveInfinity
            : exponent == 0 ? fraction * Math.Pow(2, 1 - bias - fractionBits)
            : ((1 << fractionBits) + fraction) * Math.Pow(2, exponent - bias - fractionBits);
        return (float)(bits < 0x80 ? value : -value);
    }

    private static void CheckBytes(ElementType type, Func<byte, float> expected)
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        float[] read = WriteAndRead(type, all.Length, all);
        foreach (byte bits in all)
        {
            Assert.Equal(expected(bits), read[bits]);
            // Zeros of both signs are equal; they differ as bits.
            if (!float.IsNaN(read[bits]))
                Assert.Equal(BitConverter.SingleToInt32Bits(expected(bits)), BitConverter.SingleToInt32Bits(read[bits]));
        }
    }

    private static void CheckPatterns(ElementType type, Func<ushort, float> expected)
    {
        float[] read = WriteAndRead(type, AllPatterns.Length, [.. AllPatterns.SelectMany(BitConverter.GetBytes)]);
        for (int i = 0; i < read.Length; i++)
            Assert.Equal(BitConverter.SingleToUInt32Bits(expected(AllPatterns[i])), BitConverter.SingleToUInt32Bits(read[i]));
    }

    private static float[] WriteAndRead(ElementType type, int count, byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        string header = $$$"""{"w":{"dtype":"{{{type}}}","shape":[{{{count}}}],"data_offsets":[0,{{{bytes.Length}}}]}}""";
        File.WriteAllBytes(path, RawSafetensors.File(System.Text.Encoding.UTF8.GetBytes(header), bytes));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        float[] read = new float[count];
        file.Tensors["w"].ReadFloats(0, read);
        return read;
    }
}
