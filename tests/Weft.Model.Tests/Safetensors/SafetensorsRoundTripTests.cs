using CsCheck;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Safetensors;
using Weft.Model.Quantization;
using Weft.Model.Tests.HuggingFace;

namespace Weft.Model.Tests.Safetensors;

public sealed class SafetensorsRoundTripTests
{
    // Names with quotes, backslashes, line breaks and letters beyond ASCII must survive the JSON header.
    private static readonly Gen<string> GenName = Gen.OneOf(
        Gen.String[Gen.Char.AlphaNumeric, 1, 12], Gen.String[Gen.Char["\"\\/\n\tü织{}:,. "], 1, 6]);

    private static readonly Gen<RawSafetensors.Tensor> GenTensor =
        from name in GenName
        from type in Gen.Enum<ElementType>().Where(type => !type.IsBlockQuantized())
        from shape in Gen.Long[0, 5].Array[0, 4]
        from bytes in Gen.Byte.Array[(int)shape.Aggregate((long)ElementTypes.Size(type), (product, size) => product * size)]
        select new RawSafetensors.Tensor(name, type.ToString(), shape, bytes);

    private static readonly Gen<RawSafetensors.Tensor[]> GenTensors =
        GenTensor.Array[0, 8].Select(tensors => tensors.DistinctBy(tensor => tensor.Name).ToArray());

    private static readonly Gen<Dictionary<string, string>> GenMetadata = Gen.Dictionary(GenName, Gen.String[Gen.Char[' ', '\u2fff'], 0, 20])[0, 4];

    [Fact]
    public void What_is_written_reads_back_and_follows_the_published_layout() =>
        Gen.Select(GenTensors, GenMetadata).Sample((tensors, metadata) =>
        {
            using var folder = new TemporaryFolder();
            string path = folder.File("model.safetensors");
            ModelFolder.WriteTensors(path, tensors, metadata);
            CheckByLayout(File.ReadAllBytes(path), tensors, metadata);
            CheckByLibrary(path, tensors, metadata);
        }, iter: 300);

    [Fact]
    public void Scalars_and_empty_tensors_are_tensors()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        RawSafetensors.Tensor[] tensors =
        [
            new("empty", "F32", [3, 0, 2], []), new("scalar", "F32", [], BitConverter.GetBytes(2.5f)),
            new("also empty", "BF16", [0], []), new("single", "U8", [1, 1, 1], [7]),
        ];
        ModelFolder.WriteTensors(path, tensors);
        CheckByLayout(File.ReadAllBytes(path), tensors, new Dictionary<string, string>());
        CheckByLibrary(path, tensors, new Dictionary<string, string>());
        using SafetensorsFile file = SafetensorsFile.Open(path);
        float[] value = new float[1];
        file.Tensors["scalar"].ReadFloats(0, value);
        Assert.Equal([2.5f], value);
        file.Tensors["empty"].ReadFloats(0, []);
    }

    [Fact]
    public void A_file_without_tensors_opens()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        SafetensorsWriter.Write(path, []);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Empty(file.Tensors);
        Assert.Empty(file.Metadata);
    }

    [Fact]
    public void Any_part_of_a_tensor_can_be_read_alone()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        float[] values = [.. Enumerable.Range(0, 40).Select(i => i * 0.5f)];
        File.WriteAllBytes(path, RawSafetensors.File(("w", [8, 5], values)));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Gen.Select(Gen.Int[0, 40], Gen.Int[0, 40]).Sample((start, length) =>
        {
            length = Math.Min(length, 40 - start);
            float[] part = new float[length];
            file.Tensors["w"].ReadFloats(start, part);
            Assert.Equal(values[start..(start + length)], part);
        });
    }

    private static void CheckByLayout(byte[] bytes, RawSafetensors.Tensor[] tensors, IReadOnlyDictionary<string, string> metadata)
    {
        RawSafetensors.Content content = RawSafetensors.Read(bytes);
        Assert.Equal(0, (content.HeaderLength + 8) % 64);
        Assert.Equal((byte)'{', bytes[8]);
        Assert.Equal(metadata, content.Metadata);
        Assert.Equal(tensors.Length, content.Tensors.Length);
        foreach ((RawSafetensors.Tensor expected, RawSafetensors.Tensor found) in tensors.Zip(content.Tensors))
        {
            Assert.Equal((expected.Name, expected.Type), (found.Name, found.Type));
            Assert.Equal(expected.Shape, found.Shape);
            Assert.Equal(expected.Bytes, found.Bytes);
        }
    }

    private static void CheckByLibrary(string path, RawSafetensors.Tensor[] tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal(path, file.FilePath);
        Assert.Equal(metadata, file.Metadata);
        Assert.Equal(tensors.Length, file.Tensors.Count);
        foreach (RawSafetensors.Tensor expected in tensors)
        {
            TensorView view = file.Tensors[expected.Name];
            byte[] bytes = new byte[view.ByteCount];
            view.ReadBytes(0, bytes);
            Assert.Equal(expected.Bytes, bytes);
            Assert.Equal(expected.Type, view.Type.ToString());
            Assert.Equal(expected.Shape, view.Shape);
        }
    }
}
