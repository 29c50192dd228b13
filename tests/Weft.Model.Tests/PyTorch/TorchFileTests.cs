using System.IO.Compression;

using CsCheck;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.PyTorch;
using Weft.Model.Quantization;

namespace Weft.Model.Tests.PyTorch;

public sealed class TorchFileTests
{
    public static TheoryData<ElementType> AllTypes => [.. Enum.GetValues<ElementType>().Where(type => !type.IsBlockQuantized())];

    [Theory]
    [MemberData(nameof(AllTypes))]
    public void Every_element_type_keeps_its_bytes(ElementType type)
    {
        byte[] bytes = [.. Enumerable.Range(1, 6 * type.Size()).Select(i => (byte)(i * 7))];
        using var folder = new TemporaryFolder();
        using TorchFile file = Open(folder, [("w", TorchSave.Whole(type, "0", 2, 3))], ("0", bytes));
        TensorView view = file.Tensors["w"];
        byte[] read = new byte[view.ByteCount];
        view.ReadBytes(0, read);
        Assert.Equal(bytes, read);
        Assert.Equal(type, view.Type);
        Assert.Equal([2, 3], view.Shape.ToArray());
        Assert.True(view.IsContiguous);
    }

    [Theory]
    [InlineData(2, ZipForm.Torch)]
    [InlineData(3, ZipForm.Torch)]
    [InlineData(4, ZipForm.Torch)]
    [InlineData(5, ZipForm.Torch)]
    [InlineData(2, ZipForm.Wide)]
    [InlineData(2, ZipForm.Plain)]
    public void Every_protocol_and_form_of_archive_is_read(int protocol, ZipForm form)
    {
        using var folder = new TemporaryFolder();
        byte[] pickle = TorchSave.StateDict([("a", TorchSave.Whole(ElementType.F32, "0", 3)), ("b", TorchSave.Whole(ElementType.F8_E5M2, "1", 1))], protocol);
        using TorchFile file = TorchSave.Open(folder, TorchSave.File(pickle, [("0", TorchSave.Floats(1, 2, 3)), ("1", [0x3c])], form));
        Assert.Equal([1, 2, 3], TorchSave.Read(file.Tensors["a"]));
        Assert.Equal([1], TorchSave.Read(file.Tensors["b"]));
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression, true)]
    [InlineData(CompressionLevel.Optimal, false)]
    public void An_archive_of_another_program_is_read_where_its_entries_are_stored(CompressionLevel level, bool isRead)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.bin");
        using (System.IO.Compression.ZipArchive archive = System.IO.Compression.ZipFile.Open(path, ZipArchiveMode.Create))
        {
            archive.Comment = "packed again";
            Add(archive, "m/data.pkl", level, TorchSave.StateDict([("w", TorchSave.Whole(ElementType.F32, "0", 2))]));
            Add(archive, "m/data/0", level, TorchSave.Floats(4, 5));
        }
        if (isRead)
        {
            using TorchFile file = TorchFile.Open(path);
            Assert.Equal([4, 5], TorchSave.Read(file.Tensors["w"]));
        }
        else
            Assert.Contains("is compressed", Refusal.Check(() => TorchFile.Open(path).Dispose(), path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tied_tensors_share_memory()
    {
        using var folder = new TemporaryFolder();
        TorchSave.Tensor whole = TorchSave.Whole(ElementType.F32, "0", 2, 2);
        using TorchFile file = Open(folder, [("embedding", whole), ("head", whole), ("last", whole with { Offset = 3, Shape = [1], Strides = [1] })],
            ("0", TorchSave.Floats(1, 2, 3, 4)));
        Assert.Equal(file.Tensors["embedding"].Address, file.Tensors["head"].Address);
        Assert.Equal([4], TorchSave.Read(file.Tensors["last"]));
    }

    [Fact]
    public void A_transposed_view_reads_in_its_own_order_and_has_no_address()
    {
        using var folder = new TemporaryFolder();
        using TorchFile file = Open(folder, [("w", new(ElementType.F32, "0", 6, 0, [3, 2], [1, 3]))], ("0", TorchSave.Floats(1, 2, 3, 4, 5, 6)));
        TensorView view = file.Tensors["w"];
        Assert.Equal([1, 4, 2, 5, 3, 6], TorchSave.Read(view));
        Assert.False(view.IsContiguous);
        Assert.Contains("not contiguous", Assert.Throws<InvalidOperationException>(() => view.Address).Message, StringComparison.Ordinal);
        byte[] bytes = new byte[7];
        view.ReadBytes(3, bytes);
        Assert.Equal(TorchSave.Floats(1, 4, 2)[3..10], bytes);
    }

    [Fact]
    public void Any_strides_read_as_the_definition_says()
    {
        ElementType[] types = [ElementType.U8, ElementType.BF16, ElementType.F32, ElementType.F64];
        Gen.Select(Gen.Long[1, 9].Array[1, 4], Gen.Int[0, 1000], Gen.Int[0, 3]).Sample((sizes, seed, kind) =>
        {
            var random = new Random(seed);
            // Strides of the dimensions in a random order, with gaps, so that no two elements share memory.
            long[] shape = sizes, strides = new long[shape.Length];
            long step = random.Next(1, 3);
            foreach (int d in Enumerable.Range(0, shape.Length).OrderBy(_ => random.Next()))
            {
                strides[d] = step;
                step *= shape[d] + random.Next(0, 2);
            }
            byte[] bytes = [.. Enumerable.Range(0, (int)step).SelectMany(i => Value(types[kind], i % 200))];
            using var folder = new TemporaryFolder();
            using TorchFile file = Open(folder, [("w", new(types[kind], "0", step, 0, shape, strides))], ("0", bytes));
            float[] expected = [.. Offsets(shape, strides).Select(offset => offset % 200)];
            Assert.Equal(expected, TorchSave.Read(file.Tensors["w"]));
            int start = random.Next(expected.Length + 1), count = random.Next(expected.Length - start + 1);
            float[] part = new float[count];
            file.Tensors["w"].ReadFloats(start, part);
            Assert.Equal(expected[start..(start + count)], part);
        }, iter: 300);
    }

    [Theory]
    [InlineData(new long[0], new long[0], true)]
    [InlineData(new long[] { 4, 1 }, new long[] { 1, 77 }, true)]
    [InlineData(new long[] { 1, 4 }, new long[] { 4, 1 }, true)]
    [InlineData(new long[] { 2, 2 }, new long[] { 2, 1 }, true)]
    [InlineData(new long[] { 2, 2 }, new long[] { 1, 2 }, false)]
    [InlineData(new long[] { 2 }, new long[] { 2 }, false)]
    [InlineData(new long[] { 0, 4 }, new long[] { 9, 9 }, true)]
    public void A_view_is_contiguous_where_its_elements_follow_each_other(long[] shape, long[] strides, bool contiguous)
    {
        using var folder = new TemporaryFolder();
        using TorchFile file = Open(folder, [("w", new(ElementType.F32, "0", 4, 0, shape, strides))], ("0", new byte[16]));
        Assert.Equal(contiguous, file.Tensors["w"].IsContiguous);
        if (contiguous)
            Assert.NotEqual(0, file.Tensors["w"].Address);
    }

    [Fact]
    public void What_is_no_tensor_is_left_out_and_a_parameter_is_its_tensor()
    {
        using var folder = new TemporaryFolder();
        TorchSave.Tensor tensor = TorchSave.Whole(ElementType.F32, "0", 2);
        byte[] pickle = new PickleWriter().Op('}').Op('(')
            .Text("epoch").Integer(-70_000).Text("loss").Op('G').Raw(BitConverter.GetBytes(0L)).Text("none").Op('N').Text("big").Raw(0x8a, 9).Raw(new byte[9])
            .Text("flags").Op(']').Op('(').Raw(0x88, 0x89).Op('e').Text("size").Global("torch", "Size").Tuple(3, 4).Raw(0x85, (byte)'R')
            .Text("dtype").Global("torch", "bfloat16").Integer(7).Tensor(tensor)
            .Text("w").Global("torch._utils", "_rebuild_parameter").Op('(').Tensor(tensor).Raw(0x88).OrderedDictionary().Op('t').Op('R')
            .Op('u').Finish();
        using TorchFile file = TorchSave.Open(folder, TorchSave.File(pickle, [("0", TorchSave.Floats(8, 9))]));
        Assert.Equal(["w"], file.Tensors.Keys);
        Assert.Equal([8, 9], TorchSave.Read(file.Tensors["w"]));
    }

    [Fact]
    public void The_one_nested_dict_of_tensors_is_the_model()
    {
        using var folder = new TemporaryFolder();
        byte[] pickle = new PickleWriter().Op('}').Op('(').Text("epoch").Integer(3).Text("state_dict").Op('}')
            .Text("w").Tensor(TorchSave.Whole(ElementType.F32, "0", 1)).Op('s').Text("optimizer").Op('}').Op('u').Finish();
        using TorchFile file = TorchSave.Open(folder, TorchSave.File(pickle, [("0", TorchSave.Floats(5))]));
        Assert.Equal([5], TorchSave.Read(file.Tensors["w"]));
    }

    [Fact]
    public void An_empty_state_dict_opens()
    {
        using var folder = new TemporaryFolder();
        using TorchFile file = Open(folder, []);
        Assert.Empty(file.Tensors);
    }

    [Fact]
    public void A_view_of_a_closed_file_throws_instead_of_reading_unmapped_memory()
    {
        using var folder = new TemporaryFolder();
        TorchFile file = Open(folder, [("w", new(ElementType.F32, "0", 4, 0, [2, 2], [1, 2]))], ("0", new byte[16]));
        TensorView view = file.Tensors["w"];
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => view.ReadFloats(0, new float[4]));
        Assert.Throws<ObjectDisposedException>(() => view.ReadBytes(0, new byte[16]));
    }

    private static TorchFile Open(TemporaryFolder folder, (string, TorchSave.Tensor)[] tensors, params (string, byte[])[] storages) =>
        TorchSave.Open(folder, TorchSave.File(TorchSave.StateDict(tensors), storages));

    private static byte[] Value(ElementType type, int value) => type switch
    {
        ElementType.U8 => [(byte)value],
        ElementType.BF16 => BitConverter.GetBytes((float)value)[2..],
        ElementType.F32 => BitConverter.GetBytes((float)value),
        _ => BitConverter.GetBytes((double)value),
    };

    private static IEnumerable<long> Offsets(long[] shape, long[] strides) => shape.Length == 0 ? [0L]
        : from outer in Offsets(shape[..^1], strides[..^1])
          from index in Enumerable.Range(0, (int)shape[^1])
          select outer + (index * strides[^1]);

    private static void Add(System.IO.Compression.ZipArchive archive, string name, CompressionLevel level, byte[] content)
    {
        using Stream stream = archive.CreateEntry(name, level).Open();
        stream.Write(content);
    }
}
