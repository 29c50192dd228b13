using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Model.Tests.Architectures;

/// <summary>The tensors that a model of one or two blocks is saved with, against the names that published checkpoints have.</summary>
public sealed class PublishedNameTests
{
    private static readonly string[] LlamaOutside = ["model.embed_tokens.weight", "model.norm.weight"];

    private static readonly string[] LlamaBlock =
    [
        "input_layernorm.weight", "mlp.down_proj.weight", "mlp.gate_proj.weight", "mlp.up_proj.weight", "post_attention_layernorm.weight",
        "self_attn.k_proj.weight", "self_attn.o_proj.weight", "self_attn.q_proj.weight", "self_attn.v_proj.weight",
    ];

    private static readonly string[] MegatronBlock =
    [
        "input_layernorm.bias", "input_layernorm.weight", "mlp.dense_4h_to_h.bias", "mlp.dense_4h_to_h.weight", "mlp.dense_h_to_4h.bias",
        "mlp.dense_h_to_4h.weight", "post_attention_layernorm.bias", "post_attention_layernorm.weight",
    ];

    private static readonly string[] HeadNorms = ["self_attn.k_norm.weight", "self_attn.q_norm.weight"];

    private static readonly string[] FeedForwardNorms = ["post_feedforward_layernorm.weight", "pre_feedforward_layernorm.weight"];

    // One block of each; other blocks have the same names.
    private static readonly Dictionary<string, string[]> Published = new()
    {
        // mistralai/Mistral-7B-v0.1
        ["mistral"] = [.. LlamaOutside, "lm_head.weight", .. InBlock("model.layers.0", LlamaBlock)],
        // Qwen/Qwen2-7B
        ["qwen2"] = [.. LlamaOutside, .. InBlock("model.layers.0", [.. LlamaBlock, "self_attn.k_proj.bias", "self_attn.q_proj.bias", "self_attn.v_proj.bias"])],
        // Qwen/Qwen3-0.6B
        ["qwen3"] = [.. LlamaOutside, .. InBlock("model.layers.0", [.. LlamaBlock, .. HeadNorms])],
        // Qwen/Qwen3-30B-A3B, with the experts that the sample has
        ["qwen3_moe"] =
        [
            .. LlamaOutside, "lm_head.weight",
            .. InBlock("model.layers.0", [.. LlamaBlock.Where(name => !name.StartsWith("mlp.", StringComparison.Ordinal)), .. HeadNorms, "mlp.gate.weight",
                .. Enumerable.Range(0, 6).SelectMany(e => InBlock($"mlp.experts.{e}", ["down_proj.weight", "gate_proj.weight", "up_proj.weight"]))]),
        ],
        // mistralai/Mixtral-8x7B-v0.1, with the experts that the sample has
        ["mixtral"] =
        [
            .. LlamaOutside, "lm_head.weight",
            .. InBlock("model.layers.0", [.. LlamaBlock.Where(name => !name.StartsWith("mlp.", StringComparison.Ordinal)), "block_sparse_moe.gate.weight",
                .. Enumerable.Range(0, 4).SelectMany(e => InBlock($"block_sparse_moe.experts.{e}", ["w1.weight", "w2.weight", "w3.weight"]))]),
        ],
        // microsoft/Phi-3-mini-4k-instruct
        ["phi3"] =
        [
            .. LlamaOutside, "lm_head.weight",
            .. InBlock("model.layers.0", ["input_layernorm.weight", "mlp.down_proj.weight", "mlp.gate_up_proj.weight", "post_attention_layernorm.weight",
                "self_attn.o_proj.weight", "self_attn.qkv_proj.weight"]),
        ],
        // google/gemma-2-2b
        ["gemma2"] = [.. LlamaOutside, .. InBlock("model.layers.0", [.. LlamaBlock, .. FeedForwardNorms])],
        // google/gemma-3-1b-pt
        ["gemma3_text"] = [.. LlamaOutside, .. InBlock("model.layers.0", [.. LlamaBlock, .. FeedForwardNorms, .. HeadNorms])],
        // EleutherAI/pythia-70m
        ["gpt_neox"] =
        [
            "embed_out.weight", "gpt_neox.embed_in.weight", "gpt_neox.final_layer_norm.bias", "gpt_neox.final_layer_norm.weight",
            .. InBlock("gpt_neox.layers.0", [.. MegatronBlock, "attention.dense.bias", "attention.dense.weight", "attention.query_key_value.bias", "attention.query_key_value.weight"]),
        ],
        // bigscience/bloom-560m, whose own file leaves the prefix out
        ["bloom"] =
        [
            "transformer.ln_f.bias", "transformer.ln_f.weight", "transformer.word_embeddings.weight",
            "transformer.word_embeddings_layernorm.bias", "transformer.word_embeddings_layernorm.weight",
            .. InBlock("transformer.h.0", [.. MegatronBlock, "self_attention.dense.bias", "self_attention.dense.weight",
                "self_attention.query_key_value.bias", "self_attention.query_key_value.weight"]),
        ],
    };

    public static TheoryData<string> Families => [.. Published.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public void The_first_block_and_all_outside_the_blocks_have_their_published_names(string modelType)
    {
        Architecture architecture = ArchitectureCatalogue.ForModelType(modelType);
        ModelSpec spec = CatalogueSamples.Spec(modelType, 0);
        spec = spec with { Decoder = spec.Decoder! with { Blocks = [spec.Decoder.Blocks[0]] } };
        Assert.Equal(
            Published[modelType].Order(StringComparer.Ordinal),
            ModelParameters.Enumerate(spec).Select(parameter => architecture.Locate(spec, parameter).Name).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("gpt2", 2)]
    [InlineData("mistral", 4)]
    [InlineData("gemma3_text", 3)]
    [InlineData("gpt_neox", 2)]
    [InlineData("bloom", 2)]
    public void A_classifier_of_the_last_token_projects_by_score(string modelType, int sample)
    {
        Architecture architecture = ArchitectureCatalogue.ForModelType(modelType);
        ModelSpec spec = CatalogueSamples.Spec(modelType, sample);
        Assert.EndsWith("ForSequenceClassification", architecture.ClassName(spec.Head), StringComparison.Ordinal);
        ParameterSpec head = Assert.Single(ModelParameters.Enumerate(spec), parameter => parameter.Part == "head");
        Assert.Equal([((HeadSpec.SequenceClassification)spec.Head).Labels, spec.HiddenSize], head.Shape);
        Assert.Equal("score.weight", architecture.Locate(spec, head).Name);
    }

    private static IEnumerable<string> InBlock(string prefix, IEnumerable<string> names) => names.Select(name => $"{prefix}.{name}");
}
