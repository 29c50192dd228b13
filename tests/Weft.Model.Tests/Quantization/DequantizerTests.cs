using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Quantization;

namespace Weft.Model.Tests.Quantization;

/// <summary>Block types against blocks that are put together by hand from codes, scales and minima.</summary>
public sealed class DequantizerTests
{
    /// <summary>Scales of blocks: powers of two, so that every product is exact.</summary>
    private const float D = 0.5f, M = 0.25f;

    public static TheoryData<ElementType> Types => [.. Enum.GetValues<ElementType>().Where(type => type.IsBlockQuantized())];

    [Theory]
    [MemberData(nameof(Types))]
    public void Codes_scales_and_minima_are_found_where_the_layout_has_them(ElementType type)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            (byte[] block, float[] expected) = PackedBlock.Random(type, D, M, new Random(seed));
            float[] read = new float[expected.Length];
            Dequantizer.Read(type, block, read);
            Assert.Equal(expected, read);
        }
    }

    [Fact]
    public void A_block_of_4_bits_computed_by_hand()
    {
        // d = 2; byte i holds element i in its low half and element i + 16 in its high half; 8 stands for nothing.
        byte[] block = [0x00, 0x40, 0x08, 0xF1, .. new byte[14]];
        float[] read = new float[32];
        Dequantizer.Read(ElementType.Q4_0, block, read);
        Assert.Equal((0f, -14f, -16f, 14f), (read[0], read[1], read[16], read[17]));
    }

    [Fact]
    public void A_block_of_6_bits_computed_by_hand()
    {
        // d = 1, all scales −2; element 0 has the low bits 5 and the high bits 2, so 37 − 32; element 65 the low bits 3 and the high bits 1.
        byte[] block = [.. new byte[128], .. new byte[64], .. Enumerable.Repeat((byte)0xFE, 16), 0x00, 0x3C];
        (block[0], block[1], block[128], block[129]) = (0x05, 0x30, 0x02, 0x10);
        float[] read = new float[256];
        Dequantizer.Read(ElementType.Q6_K, block, read);
        Assert.Equal((-10f, 26f, 64f), (read[0], read[65], read[255]));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Any_run_of_a_tensor_reads_as_the_whole_does(ElementType type)
    {
        const int Blocks = 3;
        var random = new Random(5);
        (byte[] Bytes, float[] Values)[] blocks = [.. Enumerable.Range(0, Blocks).Select(_ => PackedBlock.Random(type, D, M, random))];
        float[] all = [.. blocks.SelectMany(block => block.Values)];
        using var folder = new TemporaryFolder();
        string path = folder.File("model.gguf");
        GgufWriter.Write(path, [], [new("w", type, [Blocks, type.BlockLength()], stream => stream.Write([.. blocks.SelectMany(block => block.Bytes)]))]);
        using GgufFile file = GgufFile.Open(path);
        TensorView view = file.Tensors["w"];
        Assert.Equal(Blocks * type.BlockSize(), view.ByteCount);
        for (int trial = 0; trial < 50; trial++)
        {
            int start = random.Next(all.Length), length = random.Next(all.Length - start + 1);
            float[] run = new float[length];
            view.ReadFloats(start, run);
            Assert.Equal(all[start..(start + length)], run);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => view.ReadFloats(1, new float[all.Length]));
    }

    [Fact]
    public void Lengths_that_do_not_belong_together_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Dequantizer.Read(ElementType.Q8_0, new byte[34], new float[31]));
        Assert.Throws<ArgumentException>(() => Dequantizer.Read(ElementType.Q8_0, new byte[33], new float[32]));
        Assert.Throws<NotSupportedException>(() => Dequantizer.Read(ElementType.F32, new byte[4], new float[1]));
    }
}
