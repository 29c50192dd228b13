using Weft.Model.Spec;
using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Modules;

/// <summary>Post-norm stacks with ReLU against torch's own layers with the same weights.</summary>
public class TorchLayerTests
{
    private const double Tolerance = 1e-5;

    private const int Hidden = 24, Heads = 4, Inner = 40, Vocabulary = 37;

    private static readonly NormSpec Norm = new NormSpec.LayerNorm(1e-5, Bias: true);
    private static readonly AttentionSpec Causal = new(Heads, Heads, Hidden / Heads, new PositionSpec.None(), AttentionBias.All);
    private static readonly AttentionSpec BothWays = Causal with { Mask = new AttentionMask.Bidirectional() };
    private static readonly BlockSpec EncoderBlock = new(Norm, BothWays, Norm, new FeedForwardSpec.Dense(Inner, Activation.Relu, Bias: true)) { Placement = NormPlacement.Post };
    private static readonly BlockSpec DecoderBlock = EncoderBlock with { Attention = Causal, CrossAttention = new(Norm, BothWays) };

    private static readonly ModelSpec Encoder = new()
    {
        Embedding = new(Vocabulary, Hidden, new PositionSpec.None()),
        Encoder = StackSpec.Uniform(1, EncoderBlock, null),
        Head = new HeadSpec.Spans(),
        ContextLength = 16,
    };

    [Fact]
    public void An_encoder_block_equals_torchs_encoder_layer()
    {
        (TrainableModel model, Dictionary<string, double[]> weights) = SampleInput.RandomModel(Encoder);
        using TrainableModel _ = model;
        using var scope = NewDisposeScope();
        SampleInput input = SampleInput.For(Encoder);
        Near(EncoderLayer(weights, Embed(weights, input.Ids)), Hiddens(model, input));
    }

    [Fact]
    public void A_decoder_block_equals_torchs_decoder_layer()
    {
        ModelSpec spec = Encoder with { Decoder = StackSpec.Uniform(1, DecoderBlock, null), Head = new HeadSpec.LanguageModel(TiedEmbedding: true) };
        (TrainableModel model, Dictionary<string, double[]> weights) = SampleInput.RandomModel(spec);
        using TrainableModel _ = model;
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        SampleInput input = SampleInput.For(spec);
        var layer = nn.TransformerDecoderLayer(Hidden, Heads, Inner, dropout: 0);
        Load(layer, weights, "blocks.0.", new() { ["self_attn"] = "attention", ["multihead_attn"] = "cross_attention", ["norm1"] = "attention_norm", ["norm2"] = "cross_attention_norm", ["norm3"] = "feed_forward_norm" });
        int length = input.Ids.Length;
        Tensor mask = full([length, length], float.NegativeInfinity).triu(1);
        Tensor memory = EncoderLayer(weights, Embed(weights, input.SourceIds));
        Near(layer.call(Embed(weights, input.Ids), memory, mask), Hiddens(model, input));
    }

    [Fact]
    public void Attention_equals_torchs_multi_head_attention()
    {
        // Everything but attention adds nothing or is the identity: what remains is x + attention(x).
        ModelSpec spec = Encoder with { Encoder = StackSpec.Uniform(1, EncoderBlock with { Placement = NormPlacement.Pre }, null) };
        (TrainableModel model, Dictionary<string, double[]> weights) = SampleInput.RandomModel(spec);
        using TrainableModel _ = model;
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(spec).Where(parameter => parameter.Name.Contains("feed_forward.down", StringComparison.Ordinal)))
            model.Write(parameter, new float[parameter.Count]);
        SampleInput input = SampleInput.For(spec);
        var attention = nn.MultiheadAttention(Hidden, Heads);
        Load(attention, weights, "encoder.blocks.0.", new() { [""] = "attention" });
        Tensor x = Embed(weights, input.Ids);
        Tensor normed = nn.functional.layer_norm(x, [Hidden], Value(weights, "encoder.blocks.0.attention_norm.weight"), Value(weights, "encoder.blocks.0.attention_norm.bias"), 1e-5);
        Near(x + attention.call(normed, normed, normed, null, false, null).Item1, Hiddens(model, input));
    }

    private static Tensor EncoderLayer(Dictionary<string, double[]> weights, Tensor x)
    {
        using var noGradients = no_grad();
        var layer = nn.TransformerEncoderLayer(Hidden, Heads, Inner, dropout: 0);
        Load(layer, weights, "encoder.blocks.0.", new() { ["self_attn"] = "attention", ["norm1"] = "attention_norm", ["norm2"] = "feed_forward_norm" });
        return layer.call(x, null!, null!);
    }

    /// <summary>Torch's layers want [T, B, D].</summary>
    private static Tensor Embed(Dictionary<string, double[]> weights, int[] ids) =>
        Value(weights, ModelParameters.TokenEmbedding).view(Vocabulary, Hidden)[tensor(ids, ScalarType.Int64)].unsqueeze(1);

    /// <summary>Fills every parameter of a torch layer; <paramref name="names"/> says what its parts are called here.</summary>
    private static void Load(nn.Module layer, Dictionary<string, double[]> weights, string prefix, Dictionary<string, string> names)
    {
        foreach ((string full, TorchSharp.Modules.Parameter parameter) in layer.named_parameters())
        {
            string[] parts = full.Split('.');
            string last = parts[^1], owner = string.Join('.', parts[..^1]);
            string kind = last.Contains("bias", StringComparison.Ordinal) ? "bias" : "weight";
            string[] sources = (owner, last) switch
            {
                ("linear1", _) => [$"feed_forward.up.{kind}"],
                ("linear2", _) => [$"feed_forward.down.{kind}"],
                _ when last.StartsWith("in_proj", StringComparison.Ordinal) => [.. new[] { "query", "key", "value" }.Select(part => $"{names[owner]}.{part}.{kind}")],
                _ when owner.EndsWith("out_proj", StringComparison.Ordinal) => [$"{names[owner.Replace("out_proj", "").TrimEnd('.')]}.output.{kind}"],
                _ => [$"{names[owner]}.{kind}"],
            };
            parameter.copy_(cat([.. sources.Select(source => Value(weights, prefix + source))]).view(parameter.shape));
        }
    }

    private static Tensor Value(Dictionary<string, double[]> weights, string name) => tensor(weights[name], ScalarType.Float32);

    private static float[] Hiddens(TrainableModel model, SampleInput input)
    {
        float[] hidden = new float[input.Ids.Length * Hidden];
        model.ComputeHidden(input.ToInput(), hidden);
        return hidden;
    }

    private static void Near(Tensor expected, float[] actual) =>
        Assert.InRange((expected.reshape(-1) - tensor(actual)).abs().max().item<float>(), 0, Tolerance);
}
