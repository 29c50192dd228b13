using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.PyTorch;

namespace Weft.Model.Tests.PyTorch;

/// <summary>Small files that torch.save wrote, from the tests of other readers.</summary>
public sealed class PublishedFileTests
{
    [Theory]
    [InlineData("float32.pt", "tensor", ElementType.F32, new float[] { 1, 2.5f, -3.7f, 0 })]
    [InlineData("float64.pt", "tensor", ElementType.F64, new[] { 1.1f, 2.2f, 3.3f })]
    [InlineData("float16.pt", "tensor", ElementType.F16, new[] { 1.5f, -2.25f, 3.125f })]
    [InlineData("bfloat16.pt", "tensor", ElementType.BF16, new[] { 1.5f, -2.5f, 3.5f })]
    [InlineData("uint8.pt", "tensor", ElementType.U8, new float[] { 0, 128, 255, 42 })]
    [InlineData("int8.pt", "tensor", ElementType.I8, new float[] { 127, -128, 0, 50 })]
    [InlineData("scalar.pt", "tensor", ElementType.F32, new float[] { 42 })]
    public void A_published_tensor_reads_as_its_publisher_says(string file, string name, ElementType type, float[] expected)
    {
        using TorchFile opened = TorchFile.Open(TestAssets.Require($"models/torch-save/{file}"));
        Assert.Equal(type, opened.Tensors[name].Type);
        Assert.Equal(expected, TorchSave.Read(opened.Tensors[name]));
    }

    [Fact]
    public void A_tensor_in_Fortran_order_reads_in_order()
    {
        using TorchFile file = TorchFile.Open(TestAssets.Require("models/torch-save/fortran_tensor_3d.pth"));
        TensorView view = file.Tensors["tensor_fortran"];
        byte[] bytes = new byte[view.ByteCount];
        view.ReadBytes(0, bytes);
        Assert.False(view.IsContiguous);
        Assert.Equal(Enumerable.Range(1, 24).Select(i => (long)i), bytes.Chunk(8).Select(chunk => BitConverter.ToInt64(chunk)));
    }

    [Fact]
    public void The_model_of_a_training_checkpoint_is_found_and_a_parameter_is_a_tensor()
    {
        using TorchFile checkpoint = TorchFile.Open(TestAssets.Require("models/torch-save/checkpoint.pt"));
        Assert.Equal(["fc1.bias", "fc1.weight", "fc2.bias", "fc2.weight"], checkpoint.Tensors.Keys.Order(StringComparer.Ordinal));
        using TorchFile parameter = TorchFile.Open(TestAssets.Require("models/torch-save/parameter.pt"));
        Assert.Equal([3, 3], parameter.Tensors["param"].Shape.ToArray());
    }

    [Fact]
    public void A_file_from_before_the_archives_is_named()
    {
        string path = TestAssets.Require("models/torch-save/simple_legacy.pt");
        Assert.Contains("before 1.6", Refusal.Check(() => TorchFile.Open(path).Dispose(), path).Message, StringComparison.Ordinal);
    }
}
