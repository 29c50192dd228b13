using System.Text.Json;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;
using Weft.Model.Tests.Architectures;
using Weft.Model.Tests.Safetensors;

namespace Weft.Model.Tests.HuggingFace;

public sealed class ShardTests
{
    private const string First = "model-00001-of-00002.safetensors", Second = "model-00002-of-00002.safetensors";

    [Fact]
    public void Two_shards_read_like_one_file()
    {
        using ModelFolder folder = TwoShards();
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.Path);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(folder.Spec))
        {
            float[] read = new float[parameter.Count];
            model.Read(parameter, read);
            Assert.Equal(CatalogueSamples.RandomWeights(parameter), read);
        }
    }

    [Fact]
    public void A_missing_shard_is_named()
    {
        using ModelFolder folder = TwoShards();
        File.Delete(folder.File(Second));
        Assert.Contains(Second, folder.Refused(folder.Index).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_corrupt_shard_is_named()
    {
        using ModelFolder folder = TwoShards();
        File.WriteAllText(folder.File(Second), "<html>not found</html>");
        folder.Refused(folder.File(Second));
    }

    [Fact]
    public void Shards_that_repeat_a_tensor_do_not_belong_together()
    {
        using ModelFolder folder = TwoShards();
        File.Copy(folder.File(First), folder.File(Second), overwrite: true);
        Assert.Contains("already in another shard", folder.Refused(folder.File(Second)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_no_shard_holds_is_named()
    {
        using ModelFolder folder = TwoShards();
        ModelFolder.WriteTensors(folder.File(Second), []);
        CheckpointException refusal = folder.Refused(folder.Index);
        Assert.NotNull(refusal.Tensor);
        Assert.Null(refusal.FoundShape);
    }

    [Theory]
    [InlineData("../secret.safetensors")]
    [InlineData("/etc/hostname")]
    [InlineData("sub/model.safetensors")]
    [InlineData("..\\\\secret.safetensors")]
    [InlineData("")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("model\\u0000.safetensors")]
    [InlineData("two\\nlines")]
    public void An_index_may_only_name_files_beside_it(string shard)
    {
        using ModelFolder folder = TwoShards();
        File.WriteAllText(folder.Index, $$$"""{"weight_map":{"lm_head.weight":"{{{shard}}}"}}""");
        folder.Refused(folder.Index);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"weight_map\":null}")]
    [InlineData("{\"weight_map\":[]}")]
    [InlineData("{\"weight_map\":{\"a\":1}}")]
    [InlineData("{\"weight_map\":{\"a\":\"\\ud800\"}}")]
    [InlineData("{\"weight_map\":{\"a\":null}}")]
    [InlineData("{\"weight_map\":{}}")]
    public void An_unreadable_index_is_refused(string json)
    {
        using ModelFolder folder = TwoShards();
        File.WriteAllText(folder.Index, json);
        folder.Refused(folder.Index);
    }

    [Fact]
    public void One_whole_file_is_preferred_to_an_index()
    {
        using var folder = new ModelFolder();
        File.WriteAllText(folder.Index, "left over");
        HuggingFaceModel.Open(folder.Path).Dispose();
    }

    private static ModelFolder TwoShards()
    {
        var folder = new ModelFolder("llama", 1);
        RawSafetensors.Tensor[] tensors = folder.Tensors();
        int half = tensors.Length / 2;
        ModelFolder.WriteTensors(folder.File(First), tensors[..half]);
        ModelFolder.WriteTensors(folder.File(Second), tensors[half..]);
        File.WriteAllText(folder.Index, JsonSerializer.Serialize(new
        {
            metadata = new { total_size = tensors.Sum(tensor => tensor.Bytes.Length) },
            weight_map = tensors.Select((tensor, i) => (tensor.Name, Shard: i < half ? First : Second)).ToDictionary(p => p.Name, p => p.Shard),
        }));
        File.Delete(folder.Weights);
        return folder;
    }
}
