using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Tests.Safetensors;

namespace Weft.Model.Tests.HuggingFace;

/// <summary>Tensors that no parameter reads: buffers and unused heads are passed over, all else means that the config is of another model.</summary>
public sealed class ExtraTensorTests
{
    [Theory]
    [InlineData("llama", 0, "model.layers.2.mlp.up_proj.weight")]
    [InlineData("llama", 0, "model.layers.0.self_attn.q_proj.bias")]
    [InlineData("llama", 0, "model.layers.0.self_attn.q_norm.weight")]
    [InlineData("llama", 0, "score.weight")]
    [InlineData("llama", 0, "embed_tokens.weight")]
    [InlineData("llama", 0, "model.layers.0.attn.bias")]
    [InlineData("mistral", 0, "model.layers.0.block_sparse_moe.gate.weight")]
    [InlineData("gpt2", 0, "transformer.h.0.crossattention.c_attn.weight")]
    [InlineData("gpt_neox", 1, "gpt_neox.layers.0.attention.dense.bias")]
    [InlineData("mixtral", 0, "model.layers.0.block_sparse_moe.experts.4.w1.weight")]
    [InlineData("gemma2", 0, "model.layers.0.self_attn.q_norm.weight")]
    public void A_tensor_that_the_config_does_not_describe_is_refused_by_name(string modelType, int sample, string extra)
    {
        using var folder = new ModelFolder(modelType, sample);
        Add(folder, extra);
        CheckpointException refusal = folder.Refused(folder.Weights);
        Assert.Equal(extra, refusal.Tensor);
        Assert.Contains($"tensor '{extra}' is not part of the model that config.json describes", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llama", 0, "lm_head.weight")]
    [InlineData("llama", 0, "model.layers.0.self_attn.rotary_emb.inv_freq")]
    [InlineData("gpt2", 0, "transformer.h.0.attn.bias")]
    [InlineData("gpt2", 0, "h.0.attn.masked_bias")]
    [InlineData("gpt2", 2, "lm_head.weight")]
    [InlineData("mistral", 3, "lm_head.weight")]
    [InlineData("mistral", 4, "lm_head.weight")]
    [InlineData("gpt_neox", 0, "gpt_neox.layers.0.attention.bias")]
    [InlineData("gpt_neox", 0, "gpt_neox.layers.1.attention.masked_bias")]
    [InlineData("gpt_neox", 0, "gpt_neox.layers.0.attention.rotary_emb.inv_freq")]
    [InlineData("gpt_neox", 2, "embed_out.weight")]
    [InlineData("bloom", 0, "lm_head.weight")]
    public void A_buffer_or_the_projection_that_the_head_does_not_read_is_passed_over(string modelType, int sample, string extra)
    {
        using var folder = new ModelFolder(modelType, sample);
        Add(folder, extra);
        using HuggingFaceModel model = HuggingFaceModel.Open(folder.Path);
        Assert.Equal(folder.Spec, model.Spec);
    }

    [Fact]
    public void Without_its_config_s_biases_a_checkpoint_with_biases_is_refused()
    {
        using var folder = new ModelFolder("llama", 1);
        folder.SetConfig("attention_bias", "false");
        Assert.EndsWith(".bias", folder.Refused(folder.Weights).Tensor, StringComparison.Ordinal);
    }

    private static void Add(ModelFolder folder, string name) => ModelFolder.WriteTensors(folder.Weights,
        [.. folder.Tensors(), new RawSafetensors.Tensor(name, "F32", [2], new byte[8])]);
}
