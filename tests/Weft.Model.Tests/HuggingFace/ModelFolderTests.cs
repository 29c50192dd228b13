using CsCheck;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

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
    public void A_broken_generation_config_is_refused_and_leaves_nothing_open(string text)
    {
        using var folder = new ModelFolder();
        File.WriteAllText(folder.File("generation_config.json"), text);
        folder.Refused(folder.File("generation_config.json"));
        using FileStream exclusive = new(folder.Weights, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.NotEqual(0, exclusive.Length);
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
    public void Every_missing_tensor_is_named()
    {
        using var whole = new ModelFolder();
        foreach (string name in whole.Tensors().Select(tensor => tensor.Name))
        {
            using var folder = new ModelFolder();
            folder.ChangeTensors(tensor => tensor.Name == name ? null : tensor);
            CheckpointException refusal = folder.Refused(folder.Weights);
            Assert.Equal(name, refusal.Tensor);
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
            using var damaged = new ModelFolder();
            byte[] bytes = [.. whole];
            foreach ((int position, byte value) in damage)
                bytes[position] = value;
            File.WriteAllBytes(damaged.Config, bytes);
            try
            {
                HuggingFaceModel.Open(damaged.Path).Dispose();
            }
            catch (CheckpointException refusal)
            {
                Refusal.CheckMessage(refusal, damaged.Path);
            }
        }, iter: 1000);
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
}
