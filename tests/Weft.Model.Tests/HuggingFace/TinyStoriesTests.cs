using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;
using Weft.Model.Tests.Safetensors;

namespace Weft.Model.Tests.HuggingFace;

/// <summary>A published checkpoint: grouped queries, and a tied embedding that is stored under the head's name only.</summary>
public sealed class TinyStoriesTests
{
    private static string Folder => TestAssets.Require("models/tinystories-656k");

    [Fact]
    public void Its_config_becomes_the_specification_it_describes()
    {
        using HuggingFaceModel model = HuggingFaceModel.Open(Folder);
        var norm = new NormSpec.RmsNorm(1e-6);
        Assert.Equal(new ModelSpec
        {
            Embedding = new(2048, 128, new PositionSpec.None()),
            Decoder = StackSpec.Uniform(2, new(norm, new(8, 4, 16, new PositionSpec.Rotary(10_000), AttentionBias.None), norm,
                new FeedForwardSpec.Gated(384, Activation.Silu, false)), norm),
            Head = new HeadSpec.LanguageModel(TiedEmbedding: true),
            ContextLength = 512,
        }, model.Spec);
        Assert.Equal([2], model.EndOfTextIds);
    }

    [Fact]
    public void Every_tensor_of_the_file_is_a_parameter_and_reads_bit_for_bit()
    {
        string folder = Folder;
        using HuggingFaceModel model = HuggingFaceModel.Open(folder);
        RawSafetensors.Content stored = RawSafetensors.Read(File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
        Dictionary<string, byte[]> unread = stored.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Bytes);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(model.Spec))
        {
            Assert.True(model.TryMap(parameter, out TensorView view));
            Assert.Equal(parameter.Shape, view.Shape);
            float[] read = new float[parameter.Count];
            model.Read(parameter, read);
            Assert.True(unread.Remove(view.Name, out byte[]? bytes), $"{view.Name} was read for two parameters");
            Assert.Equal(bytes, System.Runtime.InteropServices.MemoryMarshal.AsBytes(read.AsSpan()).ToArray());
        }
        Assert.Empty(unread);
    }

    [Fact]
    public void The_embedding_is_found_under_the_name_of_the_head()
    {
        using HuggingFaceModel model = HuggingFaceModel.Open(Folder);
        Assert.True(model.TryMap(ModelParameters.Enumerate(model.Spec).First(), out TensorView view));
        Assert.Equal("lm_head.weight", view.Name);
    }

    [Fact]
    public void Several_readers_share_one_model()
    {
        using HuggingFaceModel first = HuggingFaceModel.Open(Folder), second = HuggingFaceModel.Open(Folder);
        ParameterSpec[] parameters = [.. ModelParameters.Enumerate(first.Spec)];
        Parallel.ForEach(Enumerable.Range(0, 64), i =>
        {
            ParameterSpec parameter = parameters[i % parameters.Length];
            float[] one = new float[parameter.Count], two = new float[parameter.Count];
            first.Read(parameter, one);
            second.Read(parameter, two);
            Assert.Equal(one, two);
        });
    }

    [Fact]
    public void A_closed_model_throws_instead_of_reading_unmapped_memory()
    {
        HuggingFaceModel model = HuggingFaceModel.Open(Folder);
        ParameterSpec parameter = ModelParameters.Enumerate(model.Spec).First();
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.Read(parameter, new float[parameter.Count]));
    }
}
