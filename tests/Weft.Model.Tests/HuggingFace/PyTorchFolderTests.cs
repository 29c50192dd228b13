using System.Text.Json;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;
using Weft.Model.Tests.Architectures;
using Weft.Model.Tests.PyTorch;
using Weft.Model.Tests.Safetensors;

namespace Weft.Model.Tests.HuggingFace;

/// <summary>Model folders whose weights are PyTorch's.</summary>
public sealed class PyTorchFolderTests
{
    private const string Single = "pytorch_model.bin", Index = "pytorch_model.bin.index.json";
    private const string First = "pytorch_model-00001-of-00002.bin", Second = "pytorch_model-00002-of-00002.bin";

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    public void One_file_reads_like_safetensors(string modelType)
    {
        using var folder = new ModelFolder(modelType);
        WriteBin(folder.File(Single), folder.Tensors());
        File.Delete(folder.Weights);
        CheckWeights(folder);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    public void Transposed_views_are_read_and_never_mapped(string modelType)
    {
        using var folder = new ModelFolder(modelType);
        WriteBin(folder.File(Single), folder.Tensors(), transposed: true);
        File.Delete(folder.Weights);
        CheckWeights(folder, transposed: true);
    }

    [Fact]
    public void Two_shards_read_like_one_file()
    {
        using ModelFolder folder = TwoShards();
        CheckWeights(folder);
        File.Delete(folder.File(Second));
        Assert.Contains(Second, folder.Refused(folder.File(Index)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Safetensors_are_preferred_and_one_file_to_shards()
    {
        using ModelFolder folder = TwoShards();
        File.WriteAllText(folder.File(Single), "left over");
        folder.Refused(folder.File(Single));
        File.WriteAllText(folder.Index, """{"weight_map":{}}""");
        folder.Refused(folder.Index);
        File.WriteAllText(folder.Weights, "left over");
        folder.Refused(folder.Weights);
    }

    [Fact]
    public void A_folder_without_weights_names_all_that_would_do()
    {
        using var folder = new ModelFolder();
        File.Delete(folder.Weights);
        Assert.Contains($"none of model.safetensors, model.safetensors.index.json, {Single}, {Index};",
            folder.Refused(folder.Path).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("_scale_inv")]
    [InlineData("_scale")]
    public void FP8_weights_are_read_unless_scales_belong_to_them(string suffix)
    {
        using var folder = new ModelFolder();
        const string name = "model.norm.weight";
        folder.ChangeTensors(tensor => tensor.Name != name ? tensor
            : tensor with { Type = "F8_E4M3", Bytes = [.. Enumerable.Repeat((byte)0x38, tensor.Bytes.Length / 4)] });
        using (HuggingFaceModel model = HuggingFaceModel.Open(folder.Path))
        {
            ParameterSpec norm = ModelParameters.Enumerate(folder.Spec)
                .Single(parameter => model.Architecture.Locate(folder.Spec, parameter).Name == name);
            float[] read = new float[norm.Count];
            model.Read(norm, read);
            Assert.All(read, value => Assert.Equal(1, value));
        }
        ModelFolder.WriteTensors(folder.Weights, [.. folder.Tensors(), new(name + suffix, "F32", [1], new byte[4])]);
        Assert.Contains(name + suffix, folder.Refused(folder.Weights).Message, StringComparison.Ordinal);
    }

    private static void CheckWeights(ModelFolder folder, bool transposed = false)
    {
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.Path);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(folder.Spec))
        {
            float[] read = new float[parameter.Count];
            model.Read(parameter, read);
            Assert.Equal(CatalogueSamples.RandomWeights(parameter), read);
            if (transposed && parameter.Shape.Length == 2)
                Assert.False(model.TryMap(parameter, out _));
        }
    }

    private static ModelFolder TwoShards()
    {
        var folder = new ModelFolder();
        RawSafetensors.Tensor[] tensors = folder.Tensors();
        int half = tensors.Length / 2;
        WriteBin(folder.File(First), tensors[..half]);
        WriteBin(folder.File(Second), tensors[half..]);
        File.WriteAllText(folder.File(Index), JsonSerializer.Serialize(new
        {
            weight_map = tensors.Select((tensor, i) => (tensor.Name, Shard: i < half ? First : Second)).ToDictionary(p => p.Name, p => p.Shard),
        }));
        File.Delete(folder.Weights);
        return folder;
    }

    /// <summary>F32 tensors, each in a storage of its own; on request matrices lie column by column, as w.t() of a contiguous w does.</summary>
    private static void WriteBin(string path, RawSafetensors.Tensor[] tensors, bool transposed = false) =>
        File.WriteAllBytes(path, TorchSave.File(
            TorchSave.StateDict(tensors.Select((tensor, i) =>
            {
                TorchSave.Tensor whole = TorchSave.Whole(ElementType.F32, $"{i}", tensor.Shape);
                return (tensor.Name, transposed && tensor.Shape.Length == 2 ? whole with { Strides = [1, tensor.Shape[0]] } : whole);
            })),
            tensors.Select((tensor, i) => ($"{i}", transposed && tensor.Shape.Length == 2 ? Columns(tensor) : tensor.Bytes))));

    private static byte[] Columns(RawSafetensors.Tensor tensor)
    {
        int rows = (int)tensor.Shape[0], columns = (int)tensor.Shape[1];
        byte[] bytes = new byte[tensor.Bytes.Length];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
                tensor.Bytes.AsSpan(((r * columns) + c) * 4, 4).CopyTo(bytes.AsSpan(((c * rows) + r) * 4));
        return bytes;
    }
}
