using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Model.Tests.Architectures;

/// <summary>The same of models with encoders.</summary>
public sealed class PublishedEncoderNameTests
{
    private static readonly string[] BertBlock =
    [
        "attention.output.LayerNorm", "attention.output.dense", "attention.self.key", "attention.self.query", "attention.self.value",
        "intermediate.dense", "output.LayerNorm", "output.dense",
    ];

    private static readonly string[] BartAttention = ["k_proj", "out_proj", "q_proj", "v_proj"];

    private static readonly string[] BartBlock = ["fc1", "fc2", "final_layer_norm", "self_attn_layer_norm", .. BartAttention.Select(name => $"self_attn.{name}")];

    private static readonly string[] BartDecoderBlock = [.. BartBlock, "encoder_attn_layer_norm", .. BartAttention.Select(name => $"encoder_attn.{name}")];

    // One block of each stack; other blocks have the same names. T5's first block has the buckets of all.
    private static readonly Dictionary<string, string[]> Published = new()
    {
        // bert-base-uncased, by the names that Transformers gives the numbers of a norm today
        ["bert 0"] =
        [
            .. Embeddings("bert.", "token_type_embeddings"), .. Both("bert.encoder.layer.0.", BertBlock),
            .. Both("cls.predictions.transform.", "LayerNorm", "dense"), "cls.predictions.bias",
        ],
        // nlptown/bert-base-multilingual-uncased-sentiment
        ["bert 2"] = [.. Embeddings("bert.", "token_type_embeddings"), .. Both("bert.encoder.layer.0.", BertBlock), .. Both("bert.pooler.", "dense"), .. Both("", "classifier")],
        // dslim/bert-base-NER
        ["bert 3"] = [.. Embeddings("bert.", "token_type_embeddings"), .. Both("bert.encoder.layer.0.", BertBlock), .. Both("", "classifier")],
        // deepset/bert-base-cased-squad2
        ["bert 4"] = [.. Embeddings("bert.", "token_type_embeddings"), .. Both("bert.encoder.layer.0.", BertBlock), .. Both("", "qa_outputs")],
        // sentence-transformers/all-MiniLM-L6-v2, whose own file leaves the prefix out
        ["bert 5"] = [.. Embeddings("bert.", "token_type_embeddings"), .. Both("bert.encoder.layer.0.", BertBlock), .. Both("bert.pooler.", "dense")],
        // roberta-base
        ["roberta 0"] =
        [
            .. Embeddings("roberta.", "token_type_embeddings"), .. Both("roberta.encoder.layer.0.", BertBlock), .. Both("lm_head.", "dense", "layer_norm"), "lm_head.bias",
        ],
        // cardiffnlp/twitter-roberta-base-sentiment
        ["roberta 1"] = [.. Embeddings("roberta.", "token_type_embeddings"), .. Both("roberta.encoder.layer.0.", BertBlock), .. Both("classifier.", "dense", "out_proj")],
        // BAAI/bge-reranker-base
        ["xlm-roberta 1"] = [.. Embeddings("roberta.", "token_type_embeddings"), .. Both("roberta.encoder.layer.0.", BertBlock), .. Both("classifier.", "dense", "out_proj")],
        // distilbert-base-uncased
        ["distilbert 0"] = [.. Embeddings("distilbert."), .. DistilBlock, .. Both("", "vocab_layer_norm", "vocab_transform"), "vocab_projector.bias"],
        // distilbert-base-uncased-finetuned-sst-2-english
        ["distilbert 1"] = [.. Embeddings("distilbert."), .. DistilBlock, .. Both("", "classifier", "pre_classifier")],
        // t5-small
        ["t5 0"] =
        [
            "shared.weight", "encoder.final_layer_norm.weight", "decoder.final_layer_norm.weight", .. T5Encoder("wi", "wo"), .. T5Decoder("wi", "wo"),
        ],
        // google/t5-v1_1-small
        ["t5 1"] =
        [
            "shared.weight", "encoder.final_layer_norm.weight", "decoder.final_layer_norm.weight", "lm_head.weight",
            .. T5Encoder("wi_0", "wi_1", "wo"), .. T5Decoder("wi_0", "wi_1", "wo"),
        ],
        // facebook/bart-large-cnn
        ["bart 0"] =
        [
            "model.shared.weight", "final_logits_bias", "model.encoder.embed_positions.weight", "model.decoder.embed_positions.weight",
            .. Both("model.encoder.", "layernorm_embedding"), .. Both("model.decoder.", "layernorm_embedding"), .. BartBlocks,
        ],
        // facebook/bart-large-mnli
        ["bart 2"] =
        [
            "model.shared.weight", "model.encoder.embed_positions.weight", "model.decoder.embed_positions.weight", .. Both("classification_head.", "dense", "out_proj"),
            .. Both("model.encoder.", "layernorm_embedding"), .. Both("model.decoder.", "layernorm_embedding"), .. BartBlocks,
        ],
        // Helsinki-NLP/opus-mt-en-de, beside its tables of positions
        ["marian 0"] = ["model.shared.weight", "final_logits_bias", .. BartBlocks],
        // google/pegasus-xsum, beside its tables of positions
        ["pegasus 0"] = ["model.shared.weight", "final_logits_bias", .. Both("model.encoder.", "layer_norm"), .. Both("model.decoder.", "layer_norm"), .. BartBlocks],
        // facebook/m2m100_418M
        ["m2m_100 0"] = ["model.shared.weight", .. Both("model.encoder.", "layer_norm"), .. Both("model.decoder.", "layer_norm"), .. BartBlocks],
    };

    private static IEnumerable<string> DistilBlock => Both("distilbert.transformer.layer.0.",
        "attention.k_lin", "attention.out_lin", "attention.q_lin", "attention.v_lin", "ffn.lin1", "ffn.lin2", "output_layer_norm", "sa_layer_norm");

    private static IEnumerable<string> BartBlocks => [.. Both("model.encoder.layers.0.", BartBlock), .. Both("model.decoder.layers.0.", BartDecoderBlock)];

    public static TheoryData<string> Models => [.. Published.Keys];

    [Theory]
    [MemberData(nameof(Models))]
    public void The_first_blocks_and_all_outside_the_blocks_have_their_published_names(string model)
    {
        (string modelType, int sample) = (model.Split(' ')[0], int.Parse(model.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));
        Architecture architecture = ArchitectureCatalogue.ForModelType(modelType);
        ModelSpec spec = CatalogueSamples.Spec(modelType, sample);
        spec = spec with { Encoder = First(spec.Encoder), Decoder = First(spec.Decoder) };
        Assert.Equal(
            Published[model].Order(StringComparer.Ordinal),
            ModelParameters.Enumerate(spec).Select(parameter => architecture.Locate(spec, parameter).Name).Order(StringComparer.Ordinal));
    }

    private static StackSpec? First(StackSpec? stack) => stack is null ? null : stack with { Blocks = [stack.Blocks[0]] };

    private static IEnumerable<string> Both(string prefix, params string[] names) => names.SelectMany(name => new[] { $"{prefix}{name}.weight", $"{prefix}{name}.bias" });

    private static IEnumerable<string> Embeddings(string prefix, params string[] more) =>
        [.. Both($"{prefix}embeddings.", "LayerNorm"), .. more.Append("position_embeddings").Append("word_embeddings").Select(name => $"{prefix}embeddings.{name}.weight")];

    private static IEnumerable<string> T5Attention(string prefix) => new[] { "k", "o", "q", "v" }.Select(name => $"{prefix}.{name}.weight");

    private static IEnumerable<string> T5Encoder(params string[] feedForward) =>
    [
        .. T5Attention("encoder.block.0.layer.0.SelfAttention"), "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
        "encoder.block.0.layer.0.layer_norm.weight", "encoder.block.0.layer.1.layer_norm.weight",
        .. feedForward.Select(name => $"encoder.block.0.layer.1.DenseReluDense.{name}.weight"),
    ];

    private static IEnumerable<string> T5Decoder(params string[] feedForward) =>
    [
        .. T5Attention("decoder.block.0.layer.0.SelfAttention"), "decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
        .. T5Attention("decoder.block.0.layer.1.EncDecAttention"),
        "decoder.block.0.layer.0.layer_norm.weight", "decoder.block.0.layer.1.layer_norm.weight", "decoder.block.0.layer.2.layer_norm.weight",
        .. feedForward.Select(name => $"decoder.block.0.layer.2.DenseReluDense.{name}.weight"),
    ];
}
