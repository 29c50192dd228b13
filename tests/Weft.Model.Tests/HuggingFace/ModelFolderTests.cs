using CsCheck;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;
using Weft.Model.Tests.Architectures;
using Weft.Model.Tests.Safetensors;

namespace Weft.Model.Tests.HuggingFace;

/// <summary>Folders that are incomplete, damaged, or whose weights do not match their config.</summary>
public sealed class ModelFolderTests
{
    [Fact]
    public void A_missing_folder_is_reported_as_such()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<DirectoryNotFoundException>(() => HuggingFaceModel.Open(folder.File("absent")));
    }

    [Fact]
    public void A_folder_without_config_or_weights_says_what_is_missing()
    {
        using var folder = new ModelFolder();
        File.Delete(folder.Weights);
        Assert.Contains("model.safetensors", folder.Refused(folder.Path).Message, StringComparison.Ordinal);
        File.Delete(folder.Config);
        Assert.Contains("config.json", folder.Refused(folder.Path).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("{\"rms_norm_eps\": NaN}")]
    public void A_config_that_is_no_JSON_object_is_refused(string text)
    {
        using var folder = new ModelFolder();
        File.WriteAllText(folder.Config, text);
        folder.Refused(folder.Config);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"eos_token_id\":\"two\"}")]
    [InlineData("{\"eos_token_id\":[1,\"two\"]}")]
    [InlineData("{\"eos_token_id\":2.5}")]
    public void A_broken_generation_config_is_refused(string text)
    {
        using var folder = new ModelFolder();
        File.WriteAllText(folder.File("generation_config.json"), text);
        folder.Refused(folder.File("generation_config.json"));
    }

    [Theory]
    [InlineData("{\"eos_token_id\":[5,6]}", new[] { 5, 6 })]
    [InlineData("{\"eos_token_id\":7}", new[] { 7 })]
    [InlineData("{\"eos_token_id\":null}", new[] { 2 })]
    [InlineData("{}", new[] { 2 })]
    public void The_generation_config_names_the_ends_of_a_text_before_the_config_does(string text, int[] expected)
    {
        using var folder = new ModelFolder();
        File.WriteAllText(folder.File("generation_config.json"), text);
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.Path);
        Assert.Equal(expected, model.EndOfTextIds);
    }

    [Fact]
    public void A_tensor_of_the_wrong_shape_is_named_with_both_shapes()
    {
        using var folder = new ModelFolder();
        const string name = "model.layers.1.self_attn.k_proj.weight";
        folder.ChangeTensors(tensor => tensor.Name == name ? tensor with { Shape = [8, 4] } : tensor);
        CheckpointException refusal = folder.Refused(folder.Weights);
        Assert.Equal(name, refusal.Tensor);
        Assert.Equal([4, 8], refusal.ExpectedShape);
        Assert.Equal([8, 4], refusal.FoundShape);
    }

    [Fact]
    public void A_tied_embedding_may_lie_under_the_name_of_the_head()
    {
        using var folder = new ModelFolder();
        folder.ChangeTensors(tensor => tensor.Name == "model.embed_tokens.weight" ? tensor with { Name = "lm_head.weight" } : tensor);
        CheckEmbedding(folder, ModelParameters.TokenEmbedding);
    }

    [Fact]
    public void A_tensor_that_is_stored_once_for_two_names_is_found_through_the_alias_in_the_metadata()
    {
        using var folder = new ModelFolder();
        folder.SetConfig("tie_word_embeddings", "false");
        ModelFolder.WriteTensors(folder.Weights, folder.Tensors(), new Dictionary<string, string> { ["lm_head.weight"] = "model.embed_tokens.weight" });
        CheckEmbedding(folder, ModelParameters.Head + ".weight");
    }

    [Fact]
    public void Every_missing_tensor_is_named()
    {
        using var folder = new ModelFolder();
        RawSafetensors.Tensor[] whole = folder.Tensors();
        foreach (RawSafetensors.Tensor missing in whole)
        {
            ModelFolder.WriteTensors(folder.Weights, [.. whole.Where(tensor => tensor != missing)]);
            CheckpointException refusal = folder.Refused(folder.Weights);
            Assert.Equal(missing.Name, refusal.Tensor);
            Assert.Null(refusal.FoundShape);
        }
    }

    [Fact]
    public void Weights_of_an_integer_type_are_refused_when_the_folder_is_opened()
    {
        using var folder = new ModelFolder();
        folder.ChangeTensors(tensor => tensor.Name == "model.norm.weight" ? tensor with { Type = "I32" } : tensor);
        Assert.Contains("I32", folder.Refused(folder.Weights).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("head_dim", "4")]
    [InlineData("head_dim", "1073741824")]
    [InlineData("num_key_value_heads", "4")]
    [InlineData("vocab_size", "12")]
    [InlineData("vocab_size", "2147483647")]
    [InlineData("intermediate_size", "13")]
    [InlineData("num_hidden_layers", "3")]
    [InlineData("num_hidden_layers", "10000")]
    [InlineData("attention_bias", "true")]
    [InlineData("mlp_bias", "true")]
    [InlineData("tie_word_embeddings", "false")]
    public void A_config_that_does_not_describe_the_weights_is_refused(string key, string value)
    {
        using var folder = new ModelFolder();
        folder.SetConfig(key, value);
        folder.Refused(folder.Path);
    }

    [Fact]
    public void Random_damage_to_a_config_opens_or_is_refused()
    {
        using var folder = new ModelFolder();
        byte[] whole = File.ReadAllBytes(folder.Config);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Array[1, 4].Sample(damage =>
        {
            byte[] bytes = [.. whole];
            foreach ((int position, byte value) in damage)
                bytes[position] = value;
            File.WriteAllBytes(folder.Config, bytes);
            try
            {
                HuggingFaceModel.Open(folder.Path).Dispose();
            }
            catch (CheckpointException refusal)
            {
                Refusal.CheckMessage(refusal, folder.Path);
            }
        }, iter: 1000, threads: 1);
    }

    [Fact]
    public void Reading_into_a_buffer_of_the_wrong_length_is_refused()
    {
        using var folder = new ModelFolder();
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.Path);
        ParameterSpec parameter = ModelParameters.Enumerate(model.Spec).First();
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Read(parameter, new float[parameter.Count - 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Read(parameter, new float[parameter.Count + 1]));
    }

    /// <summary>The parameter of this name reads as the token embedding that was saved.</summary>
    private static void CheckEmbedding(ModelFolder folder, string name)
    {
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.Path);
        ParameterSpec parameter = ModelParameters.Enumerate(model.Spec).Single(parameter => parameter.Name == name);
        float[] read = new float[parameter.Count];
        model.Read(parameter, read);
        Assert.Equal(CatalogueSamples.RandomWeights(parameter with { Name = ModelParameters.TokenEmbedding }), read);
    }
}
