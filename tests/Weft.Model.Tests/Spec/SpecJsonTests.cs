using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

using Weft.Model.Architectures;
using Weft.Model.Spec;
using Weft.Model.Tests.Architectures;

namespace Weft.Model.Tests.Spec;

/// <summary>Specifications as text and back.</summary>
public sealed class SpecJsonTests
{
    private static readonly NormSpec Rms = new NormSpec.RmsNorm(0.25, UnitOffset: true);

    /// <summary>At least one of every choice of every closed set, with values that are none of the defaults.</summary>
    private static object[] Choices =>
    [
        new PositionSpec.None(), new PositionSpec.Learned(7) { Offset = 2 }, new PositionSpec.Sinusoidal(SinusoidLayout.HalvesToTheEnd) { Offset = 2 },
        new PositionSpec.Rotary(0.1 + 0.2) { RotatedSize = 4, Interleaved = true }, new PositionSpec.Alibi(), new PositionSpec.Buckets(32, 128), new PositionSpec.Shaw(3, Values: true),
        new RotaryScaling.None(), new RotaryScaling.Linear(2), new RotaryScaling.Dynamic(2, 64), new RotaryScaling.Llama3(8, 1, 4, 64),
        new RotaryScaling.Yarn(4, 64, 32, 1, 1.14, WholePairs: false), new RotaryScaling.LongRope([1, 1.5], [2, 1e30], 64, 1.19),
        new AttentionMask.Causal(), new AttentionMask.Bidirectional(), new AttentionMask.SlidingWindow(5), new AttentionMask.Chunked(6),
        new AttentionSinks.None(), new AttentionSinks.Learned(), new AttentionSinks.FirstTokens(4),
        new NormSpec.LayerNorm(1e-5, Bias: false), Rms,
        new FeedForwardSpec.Dense(3, Activation.Relu, Bias: true), new FeedForwardSpec.Gated(3, Activation.GeluTanh, Bias: true),
        new FeedForwardSpec.MixtureOfExperts(3, Activation.Silu, Bias: true, new RouterSpec.SoftmaxBeforeChoice(4, 2)) { Shared = new(5, Gated: true) },
        new RouterSpec.SoftmaxAfterChoice(4, 2), new RouterSpec.SoftmaxBeforeChoice(4, 2),
        new HeadSpec.LanguageModel(TiedEmbedding: true) { Bias = true, LogitScale = 0.5, SoftCap = 30 }, new HeadSpec.MaskedLanguageModel(TiedEmbedding: false, Activation.Gelu, Rms),
        new HeadSpec.SequenceClassification(3, Pooling.First, Bias: true) { Transform = Activation.Tanh }, new HeadSpec.TokenClassification(9), new HeadSpec.Spans(),
        new HeadSpec.PooledEmbedding(Pooling.Mean, Normalized: true) { Transform = Activation.Tanh },
    ];

    public static TheoryData<int> ChoiceNumbers => [.. Enumerable.Range(0, Choices.Length)];

    public static TheoryData<string, int> Samples => CatalogueSamples.All;

    [Fact]
    public void Every_choice_of_the_closed_sets_is_tried()
    {
        IEnumerable<string> all = typeof(ModelSpec).Assembly.GetTypes().SelectMany(type => type.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false)).Select(choice => choice.DerivedType.ToString());
        Assert.Equal(all.Order(StringComparer.Ordinal), Choices.Select(choice => choice.GetType().ToString()).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(ChoiceNumbers))]
    public void A_choice_survives_the_way_there_and_back(int number)
    {
        ModelSpec spec = With(Choices[number]);
        ModelSpec again = Again(spec);
        Assert.Equal(spec, again);
        Assert.Equal(SpecJson.Write(spec).ToJsonString(), SpecJson.Write(again).ToJsonString());
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Every_family_s_specifications_survive_the_way_there_and_back(string modelType, int sample)
    {
        ModelSpec spec = CatalogueSamples.Spec(modelType, sample);
        Assert.Equal(spec, Again(spec));
        // And so Weft's own files can hold them.
        var architecture = new WeftArchitecture();
        Assert.Equal(spec, CatalogueSamples.Read(architecture, CatalogueSamples.Write(architecture, spec)));
    }

    [Fact]
    public void Equal_blocks_that_follow_each_other_are_one_entry()
    {
        ModelSpec spec = CatalogueSamples.Spec("llama", 0);
        BlockSpec one = spec.Decoder!.Blocks[0], other = one with { ResidualScale = 0.5 };
        spec = spec with { Decoder = spec.Decoder with { Blocks = [one, one, other, one] } };
        JsonArray runs = SpecJson.Write(spec)["decoder"]!["blocks"]!.AsArray();
        Assert.Equal([2, 1, 1], runs.Select(run => (int)run!["count"]!));
        Assert.Equal(spec, Again(spec));
    }

    /// <summary>A text may leave out what a constructor does not ask for; it then means what the record's own initializer says.</summary>
    [Fact]
    public void What_is_left_out_is_as_if_it_had_not_been_set()
    {
        foreach (string modelType in new[] { "llama", "t5", "bloom" })
        {
            ModelSpec spec = CatalogueSamples.Spec(modelType, 0);
            spec = spec with
            {
                Embedding = new(spec.VocabularySize, spec.HiddenSize, new PositionSpec.None()),
                Decoder = Bare(spec.Decoder!),
                Encoder = spec.Encoder is null ? null : Bare(spec.Encoder),
                Head = new HeadSpec.LanguageModel(TiedEmbedding: true),
            };
            JsonObject text = SpecJson.Write(spec);
            Strip(text);
            Assert.All(["mask", "sinks", "scaling", "scale", "residual_scale", "logit_scale"], member => Assert.DoesNotContain($"\"{member}\"", text.ToJsonString(), StringComparison.Ordinal));
            Assert.Equal(spec, SpecJson.Read(Element(text.ToJsonString())));
        }
    }

    [Theory]
    [InlineData("""{"kind":"alibi"}""", """{"kind":"alibis"}""", "alibis", "position")]
    [InlineData("""{"kind":"alibi"}""", """{"sort":"alibi"}""", "$.decoder.blocks[0].block.attention.position", "discriminator")]
    [InlineData("""{"kind":"alibi"}""", """{"kind":"alibi","slope":2}""", "slope", "position")]
    [InlineData("""{"kind":"alibi"}""", """{"kind":"shaw","values":true}""", "maximum_distance", "position")]
    [InlineData("""{"kind":"alibi"}""", "null", "position", "null")]
    [InlineData("""{"kind":"alibi"}""", "7", "position", "7")]
    [InlineData("\"context_length\":16", "\"context_length\":\"16\"", "$.context_length", "\"16\"")]
    [InlineData("\"context_length\":16", "\"context_length\":1e99", "$.context_length", "1e99")]
    [InlineData("\"context_length\":16", "\"context_size\":16", "context_size", "ModelSpec")]
    [InlineData("\"context_length\":16", "\"context_length\":16,\"context_length\":17", "context_length", "")]
    [InlineData("\"activation\":\"relu\"", "\"activation\":\"reluu\"", "$.decoder.blocks[0].block.feed_forward.activation", "reluu")]
    [InlineData("\"heads\":4", "\"heads\":4.5", "$.decoder.blocks[0].block.attention.heads", "4.5")]
    [InlineData("\"count\":2", "\"count\":0", "$.decoder.blocks", "1 to 10000")]
    [InlineData("\"count\":2", "\"count\":2000000000", "$.decoder.blocks", "1 to 10000")]
    [InlineData("\"count\":2", "\"count\":\"2\"", "$.decoder.blocks", "integer")]
    [InlineData("\"count\":2,", "", "$.decoder.blocks", "count")]
    [InlineData("\"head\":{", "\"head\":[{", null, "")]
    public void Malformed_text_is_refused_where_it_is(string old, string replacement, string? named, string also)
    {
        string config = CatalogueSamples.Of("weft")[0];
        Assert.Contains(old, config, StringComparison.Ordinal);
        string broken = config.Replace(old, replacement, StringComparison.Ordinal);
        if (named is null)
        {
            Assert.ThrowsAny<JsonException>(() => Element(broken));
            return;
        }
        Exception refusal = Assert.Throws<Checkpoints.CheckpointException>(() => CatalogueSamples.Read(new WeftArchitecture(), broken));
        Assert.StartsWith("config.json: key 'spec': ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(also, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("[]")]
    [InlineData("{}")]
    public void What_is_no_specification_is_refused(string json) => Assert.Throws<JsonException>(() => SpecJson.Read(Element(json)));

    [Fact]
    public void An_impossible_specification_is_refused_by_its_value()
    {
        string config = CatalogueSamples.Of("weft")[0].Replace("\"hidden_size\":8", "\"hidden_size\":0", StringComparison.Ordinal);
        Assert.Contains("HiddenSize is 0", Assert.Throws<ArgumentException>(() => CatalogueSamples.Read(new WeftArchitecture(), config)).Message, StringComparison.Ordinal);
    }

    /// <summary>A specification, possibly an impossible one, that has the choice somewhere.</summary>
    private static ModelSpec With(object choice)
    {
        var attention = new AttentionSpec(4, 2, 6, new PositionSpec.None(), AttentionBias.QueryKeyValue) { QueryKeyNorm = Rms, SoftCap = 50, Scale = 0.3 };
        var block = new BlockSpec(Rms, attention, Rms, new FeedForwardSpec.Dense(3, Activation.Silu, Bias: false))
        {
            Placement = NormPlacement.Sandwich,
            CrossAttention = new(Rms, attention),
            ResidualScale = 0.7,
        };
        block = choice switch
        {
            PositionSpec position => block with { Attention = attention with { Position = position } },
            RotaryScaling scaling => block with { Attention = attention with { Position = new PositionSpec.Rotary(100) { Scaling = scaling } } },
            AttentionMask mask => block with { Attention = attention with { Mask = mask } },
            AttentionSinks sinks => block with { Attention = attention with { Sinks = sinks } },
            NormSpec norm => block with { FeedForwardNorm = norm },
            FeedForwardSpec feedForward => block with { FeedForward = feedForward },
            RouterSpec router => block with { FeedForward = new FeedForwardSpec.MixtureOfExperts(3, Activation.Silu, false, router) },
            _ => block,
        };
        return new()
        {
            Embedding = new(11, 8, choice as PositionSpec ?? new PositionSpec.None()) { Scale = 3, Norm = Rms, TokenTypes = 2 },
            Encoder = StackSpec.Uniform(3, block with { CrossAttention = null }, null),
            Decoder = StackSpec.Uniform(1, block, Rms),
            Head = choice as HeadSpec ?? new HeadSpec.Spans(),
            ContextLength = 9,
        };
    }

    private static StackSpec Bare(StackSpec stack) => stack with
    {
        Blocks = [.. stack.Blocks.Select(block => new BlockSpec(block.AttentionNorm, Bare(block.Attention), block.FeedForwardNorm, block.FeedForward))],
    };

    private static AttentionSpec Bare(AttentionSpec attention) => new(attention.Heads, attention.KeyValueHeads, attention.HeadSize, new PositionSpec.Rotary(10), attention.Bias);

    /// <summary>Takes away every member that no constructor asks for.</summary>
    private static void Strip(JsonNode? node)
    {
        string[] asked = ["kind", "count", "block", .. new[] { typeof(ModelSpec), typeof(StackSpec), typeof(EmbeddingSpec), typeof(BlockSpec), typeof(AttentionSpec), typeof(PositionSpec.Rotary), typeof(NormSpec.RmsNorm), typeof(NormSpec.LayerNorm), typeof(FeedForwardSpec.Gated), typeof(HeadSpec.LanguageModel) }
            .SelectMany(type => type.GetConstructors()).SelectMany(constructor => constructor.GetParameters()).Select(parameter => JsonNamingPolicy.SnakeCaseLower.ConvertName(parameter.Name!)),
            "embedding", "encoder", "decoder", "head", "context_length"];
        if (node is JsonArray list)
            foreach (JsonNode? entry in list)
                Strip(entry);
        if (node is not JsonObject json)
            return;
        foreach (string name in json.Select(member => member.Key).Where(name => !asked.Contains(name)).ToImmutableArray())
            json.Remove(name);
        foreach ((_, JsonNode? inner) in json)
            Strip(inner);
    }

    private static ModelSpec Again(ModelSpec spec) => SpecJson.Read(Element(SpecJson.Write(spec).ToJsonString()));

    private static JsonElement Element(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
