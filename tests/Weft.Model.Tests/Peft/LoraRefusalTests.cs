using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Peft;

namespace Weft.Model.Tests.Peft;

/// <summary>Adapters that would change the model otherwise than Weft computes, or another model.</summary>
public sealed class LoraRefusalTests
{
    private const string Query = "model.layers.0.self_attn.q_proj";

    [Theory]
    [InlineData("use_dora", "\"yes\"")]
    [InlineData("lora_bias", "true")]
    [InlineData("peft_type", "\"IA3\"")]
    [InlineData("init_lora_weights", "\"loftq\"")]
    [InlineData("init_lora_weights", "\"pissa_niter_16\"")]
    [InlineData("layer_replication", "[[0,1]]")]
    [InlineData("trainable_token_indices", "[3]")]
    [InlineData("bias", "\"some\"")]
    [InlineData("r", "0")]
    [InlineData("lora_alpha", "null")]
    [InlineData("rank_pattern", """{"q_proj":1.5}""")]
    [InlineData("alpha_pattern", """{"q_proj":"large"}""")]
    [InlineData("alpha_pattern", """{"(q_proj":4}""")]
    [InlineData("rank_pattern", "[3]")]
    [InlineData("target_modules", """["v_proj"]""")]
    [InlineData("target_modules", "\".*self_attn\"")]
    [InlineData("exclude_modules", """["self_attn.q_proj"]""")]
    [InlineData("layers_to_transform", "1")]
    [InlineData("target_modules", "\"(.*)*(.*)*(.*)*(.*)*x\"")]
    public void A_config_is_refused_by_the_key(string key, string json)
    {
        using var folder = new AdapterFolder();
        folder.AddPair(Query);
        folder.Set(key, json);
        Assert.Contains($"'{key}'", folder.Write().Refused(folder.ConfigFile).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llama", "model.layers.9.mlp.up_proj.lora_A.weight", new long[] { 2, 8 }, "model.layers.9.mlp.up_proj.lora_B.weight", new long[] { 12, 2 }, "belongs to no parameter")]
    [InlineData("llama", "model.layers.0.mlp.up_proj.lora_A.weight", new long[] { 2, 7 }, "model.layers.0.mlp.up_proj.lora_B.weight", new long[] { 12, 2 }, "expected [2, 8]")]
    [InlineData("llama", "model.layers.0.mlp.up_proj.lora_B.weight", new long[] { 11, 2 }, "model.layers.0.mlp.up_proj.lora_A.weight", new long[] { 2, 8 }, "expected [12, 2]")]
    [InlineData("llama", "model.layers.0.mlp.up_proj.lora_A.weight", new long[] { 3, 8 }, "model.layers.0.mlp.up_proj.lora_B.weight", new long[] { 12, 3 }, "rank 2")]
    [InlineData("llama", "model.layers.0.mlp.up_proj.lora_B.weight", new long[] { 24 }, "model.layers.0.mlp.up_proj.lora_A.weight", new long[] { 2, 8 }, "rank 2")]
    [InlineData("llama", "model.norm.lora_A.weight", new long[] { 2, 8 }, "model.norm.lora_B.weight", new long[] { 8, 2 }, "no matrix")]
    [InlineData("llama", "model.embed_tokens.lora_embedding_A", new long[] { 2, 11 }, "model.embed_tokens.lora_embedding_B", new long[] { 8, 2 }, "shares with its head")]
    [InlineData("llama", "lm_head.weight", new long[] { 11, 8 }, null, null, "belongs to no parameter")]
    [InlineData("llama", "model.norm.weight", new long[] { 7 }, null, null, "expected [8]")]
    [InlineData("llama", "model.layers.0.mlp.up_proj.lora_A.weight", new long[] { 2, 8 }, null, null, "has no partner")]
    [InlineData("llama", "model.layers.0.mlp.up_proj.lora_B.weight", new long[] { 12, 2 }, null, null, "has no partner")]
    [InlineData("llama", "model.layers.0.mlp.up_proj.lora_magnitude_vector", new long[] { 12 }, null, null, "has no partner")]
    [InlineData("gpt2", "transformer.wpe.lora_embedding_A", new long[] { 2, 16 }, "transformer.wpe.lora_embedding_B", new long[] { 8, 2 }, "not supported")]
    [InlineData("llama", "model.norm.weight", new long[] { 8 }, "model.norm.modules_to_save.weight", new long[] { 8 }, "twice")]
    public void A_tensor_is_refused_by_its_name(string modelType, string name, long[] shape, string? other, long[]? otherShape, string problem)
    {
        using var folder = new AdapterFolder(modelType);
        folder.Add(name, shape);
        if (other is not null)
            folder.Add(other, otherShape!);
        CheckpointException refusal = folder.Write().Refused(folder.Weights);
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(refusal.Tensor, new[] { AdapterFolder.Prefix + name, AdapterFolder.Prefix + other });
    }

    [Fact]
    public void Files_that_are_missing_are_named()
    {
        using var folder = new AdapterFolder();
        Assert.Throws<DirectoryNotFoundException>(() => LoraAdapter.Open(folder.Path + "-none"));
        folder.AddPair(Query);
        folder.Write();
        File.Delete(folder.Weights);
        Assert.Contains("adapter_model.bin", folder.Refused(folder.Path).Message, StringComparison.Ordinal);
        folder.Write();
        File.Delete(folder.ConfigFile);
        Assert.Contains("adapter_config.json", folder.Refused(folder.Path).Message, StringComparison.Ordinal);
        folder.Tensors.Clear();
        folder.Write();
        Assert.Contains("no tensors", folder.Refused(folder.Weights).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lengths_and_the_config_belong_together()
    {
        using (var folder = new AdapterFolder())
        {
            folder.AddPair(Query);
            folder.Set("use_dora", "true");
            Assert.Contains("has no partner", folder.Write().Refused(folder.Weights).Message, StringComparison.Ordinal);
        }
        using (var folder = new AdapterFolder())
        {
            folder.AddDora(Query);
            folder.Set("use_dora", "false");
            Assert.Contains("does not say use_dora", folder.Write().Refused(folder.Weights).Message, StringComparison.Ordinal);
        }
        using (var folder = new AdapterFolder())
        {
            folder.AddDora(Query);
            folder.Add($"{Query}.lora_magnitude_vector", 3);
            Assert.Contains("has shape [3], expected [8]", folder.Write().Refused(folder.Weights).Message, StringComparison.Ordinal);
        }
        using (var folder = new AdapterFolder("llama", 2))
        {
            folder.Add("model.embed_tokens.lora_embedding_A", 2, 5);
            folder.Add("model.embed_tokens.lora_embedding_B", 4, 2);
            folder.Set("use_dora", "true");
            Assert.Contains("adapts an embedding by DoRA", folder.Write().Refused(folder.Weights).Message, StringComparison.Ordinal);
        }
    }
}
