using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Spec;

namespace Weft.Model.Tests.HuggingFace;

/// <summary>Weights that are no finite numbers are found, wherever they are, and nothing else is.</summary>
public sealed class WeightCheckTests
{
    private const string Name = "model.layers.1.mlp.down_proj.weight";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Finite_weights_are_counted_once_each()
    {
        using var folder = new ModelFolder("gpt2");
        SetTensor(folder, "transformer.wte.weight", ElementType.F32, [.. BitConverter.GetBytes(float.MaxValue), .. BitConverter.GetBytes(-float.Epsilon)]);
        using Checkpoint model = Checkpoint.Open(folder.Path);
        Assert.Equal(ModelParameters.Enumerate(folder.Spec).Sum(parameter => parameter.Count), model.CheckWeights(Token));
    }

    [Theory]
    [InlineData(ElementType.F32, "0000C07F", "NaN")]
    [InlineData(ElementType.F32, "000080FF", "-Infinity")]
    [InlineData(ElementType.BF16, "807F", "Infinity")]
    [InlineData(ElementType.F16, "007E", "NaN")]
    [InlineData(ElementType.F64, "FFFFFFFFFFFFEF7F", "Infinity")]
    public void The_first_that_is_not_finite_is_named(ElementType type, string bytes, string shown)
    {
        using var folder = new ModelFolder();
        // Shape [8, 12]: element 31 is [2, 7].
        SetTensor(folder, Name, type, Convert.FromHexString(bytes), first: 31);
        using Checkpoint model = Checkpoint.Open(folder.Path);
        var refusal = Refusal.Check(() => model.CheckWeights(Token), folder.Weights);
        Assert.Equal(Name, refusal.Tensor);
        Assert.Contains($"has the value {shown} at [2, 7], where", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_gguf_file_it_is_named_as_there()
    {
        using var folder = new ModelFolder();
        string path = folder.File("model.gguf");
        using (Checkpoint source = Checkpoint.Open(folder.Path))
            GgufExport.Save(path, source, [], new());
        byte[] bytes = File.ReadAllBytes(path);
        using (GgufModel model = GgufModel.Open(path))
            Assert.True(model.CheckWeights(Token) > 0);
        // The last tensor ends the file.
        BitConverter.GetBytes(float.NaN).CopyTo(bytes, bytes.Length - 4);
        File.WriteAllBytes(path, bytes);
        using Checkpoint damaged = Checkpoint.Open(path);
        Assert.Contains("'output_norm.weight' has the value NaN at [7],", Refusal.Check(() => damaged.CheckWeights(Token), path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_ends_when_cancelled()
    {
        using var folder = new ModelFolder();
        using Checkpoint model = Checkpoint.Open(folder.Path);
        Assert.Throws<OperationCanceledException>(() => model.CheckWeights(new CancellationToken(canceled: true)));
    }

    /// <summary>Rewrites a tensor as one of zeros in another type but for a few bytes.</summary>
    private static void SetTensor(ModelFolder folder, string name, ElementType type, byte[] bytes, int first = 0) => folder.ChangeTensors(tensor =>
    {
        if (tensor.Name != name)
            return tensor;
        byte[] changed = new byte[tensor.Shape.Aggregate(1L, (product, size) => product * size) * type.Size()];
        bytes.CopyTo(changed, first * type.Size());
        return tensor with { Type = type.ToString(), Bytes = changed };
    });
}
