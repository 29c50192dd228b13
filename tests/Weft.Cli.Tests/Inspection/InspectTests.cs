using System.Text.Json;
using Weft.Inference;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Cli.Tests.Inspection;

/// <summary><c>weft inspect</c> against the engine that loads the same model.</summary>
public sealed class InspectTests
{
    /// <summary>A multiple of the positions that the engine's cache keeps together, so that nothing is rounded up, and few enough to be taken at once.</summary>
    private const int TokensOfPage = 64;

    public static TheoryData<string> Models => ["llama", "tied llama", "llama with bias", "gpt2"];

    [Theory]
    [MemberData(nameof(Models))]
    public void The_numbers_are_those_of_the_engine(string name)
    {
        using SavedModel saved = SavedModel.Save(Random(name));
        JsonElement json = CommandRun.Of("inspect", saved.Folder, "--json").Json;
        using var engine = Transformer.Load(HuggingFaceModel.Open(saved.Folder));
        JsonElement memory = json.GetProperty("memory"), parameters = json.GetProperty("parameters");
        Assert.Equal(saved.Model.Weights.Values.Sum(weight => (long)weight.Length), parameters.GetProperty("total").GetInt64());
        Assert.Equal(parameters.GetProperty("total").GetInt64(),
            parameters.EnumerateObject().Where(part => part.Name != "total").Sum(part => part.Value.GetInt64()));
        Assert.Equal(engine.WeightBytes, memory.GetProperty("weights").GetInt64());
        int context = saved.Model.Spec.ContextLength;
        Assert.Equal(memory.GetProperty("cache_per_token").GetInt64() * context, memory.GetProperty("cache_at_full_context").GetInt64());
        KeyValueCache cache = engine.CreateCache(TokensOfPage);
        engine.Forward([0], cache, new float[saved.Model.Spec.VocabularySize]);
        // One token takes a whole page.
        Assert.Equal(cache.ByteCount, memory.GetProperty("cache_per_token").GetInt64() * TokensOfPage);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Tensors_that_several_parameters_share_are_stored_once(string name)
    {
        using SavedModel saved = SavedModel.Save(Random(name));
        JsonElement json = CommandRun.Of("inspect", saved.Folder, "--json").Json;
        Assert.Equal(json.GetProperty("parameters").GetProperty("total").GetInt64() * sizeof(float), json.GetProperty("memory").GetProperty("stored_weights").GetInt64());
    }

    [Fact]
    public void A_tied_head_is_counted_once()
    {
        using SavedModel saved = SavedModel.Save(Random("tied llama"));
        Assert.Equal(0, CommandRun.Of("inspect", saved.Folder, "--json").Json.GetProperty("parameters").GetProperty("head").GetInt64());
        Assert.Matches(@"\n  head +tied  counted in embedding\r?\n", CommandRun.Of("inspect", saved.Folder).OutputOfSuccess());
    }

    [Fact]
    public void Json_has_exactly_the_promised_keys()
    {
        using SavedModel saved = SavedModel.Save(Random("llama"));
        JsonElement json = CommandRun.Of("inspect", saved.Folder, "--json").Json;
        Assert.Equal(["model_type", "spec", "parameters", "memory"], CommandRun.Keys(json));
        Assert.Equal(["context_length", "embedding", "decoder", "head"], CommandRun.Keys(json.GetProperty("spec")));
        Assert.Equal(["embedding", "attention", "feed_forward", "norm", "head", "total"], CommandRun.Keys(json.GetProperty("parameters")));
        Assert.Equal(["stored_weights", "weights", "cache_per_token", "cache_at_full_context"], CommandRun.Keys(json.GetProperty("memory")));
    }

    [Fact]
    public void Every_choice_of_the_specification_has_a_description()
    {
        string described = string.Concat(Mechanisms.All.Values.Append(Random("gpt2").Spec).Select(spec => SpecDescription.Describe(spec).ToJsonString()));
        foreach (Type choices in new[] { typeof(PositionSpec), typeof(AttentionMask), typeof(AttentionSinks), typeof(NormSpec), typeof(FeedForwardSpec), typeof(RouterSpec), typeof(HeadSpec) })
            foreach (Type choice in choices.GetNestedTypes())
                Assert.Contains($"\"kind\":\"{JsonNamingPolicy.SnakeCaseLower.ConvertName(choice.Name)}\"", described, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_blocks_that_follow_each_other_are_shown_once()
    {
        ModelSpec spec = Random("llama").Spec;
        BlockSpec a = spec.Stack.Blocks[0], b = a with { FeedForward = a.FeedForward with { InnerSize = 7 } };
        spec = spec with { Decoder = spec.Stack with { Blocks = [a, a, b, a, a, a] } };
        using var output = new StringWriter();
        SpecTree.Draw(output, SpecTree.Of("model", spec));
        string[] titles = [.. output.ToString().ReplaceLineEndings("\n").Split('\n').Where(line => line.Contains(" block", StringComparison.Ordinal))];
        Assert.Equal(["│  ├─ blocks 0 to 1: placement pre", "│  ├─ block 2: placement pre", "│  ├─ blocks 3 to 5: placement pre"], titles);
    }

    [Fact]
    public void The_tree_and_its_tables_read_like_this()
    {
        using SavedModel saved = SavedModel.Save(Random("gpt2"));
        Assert.Equal("""
            gpt2: context length 300
            ├─ embedding: vocabulary size 67, hidden size 24
            │  ├─ position: learned, count 300
            │  └─ shapes
            │     └─ embedding.tokens.weight: [67, 24]
            ├─ decoder
            │  ├─ blocks 0 to 1: placement pre
            │  │  ├─ attention norm: layer norm, bias yes, epsilon 1e-05
            │  │  ├─ attention: heads 3, key-value heads 3, head size 8, bias all
            │  │  │  ├─ position: none
            │  │  │  ├─ mask: causal
            │  │  │  └─ sinks: none
            │  │  ├─ feed-forward norm: layer norm, bias yes, epsilon 1e-05
            │  │  ├─ feed-forward: dense, inner size 50, activation gelu tanh, bias yes
            │  │  └─ shapes
            │  │     ├─ attention_norm.weight: [24]
            │  │     ├─ attention_norm.bias: [24]
            │  │     ├─ attention.query.weight: [24, 24]
            │  │     ├─ attention.query.bias: [24]
            │  │     ├─ attention.key.weight: [24, 24]
            │  │     ├─ attention.key.bias: [24]
            │  │     ├─ attention.value.weight: [24, 24]
            │  │     ├─ attention.value.bias: [24]
            │  │     ├─ attention.output.weight: [24, 24]
            │  │     ├─ attention.output.bias: [24]
            │  │     ├─ feed_forward_norm.weight: [24]
            │  │     ├─ feed_forward_norm.bias: [24]
            │  │     ├─ feed_forward.up.weight: [50, 24]
            │  │     ├─ feed_forward.up.bias: [50]
            │  │     ├─ feed_forward.down.weight: [24, 50]
            │  │     └─ feed_forward.down.bias: [24]
            │  ├─ final norm: layer norm, bias yes, epsilon 1e-05
            │  └─ shapes
            │     ├─ embedding.positions.weight: [300, 24]
            │     ├─ final_norm.weight: [24]
            │     └─ final_norm.bias: [24]
            └─ head: language model, tied embedding yes, bias no

            Parameters:
              embedding                   8,808  46.9 %
              attention                   4,800  25.5 %
              feed-forward                4,948  26.3 %
              norm                          240   1.3 %
              head                         tied  counted in embedding
              total                      18,796

            Memory:
              weights in the files (F32)                 73.4 KiB
              weights in the engine                      86.4 KiB
              key-value cache per token, fp32             384 bytes
              key-value cache of 300 tokens, fp32       112.5 KiB

            """, CommandRun.Of("inspect", saved.Folder).OutputOfSuccess(), ignoreLineEndingDifferences: true);
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void A_weight_that_is_not_finite_is_found_when_asked_for(float value, string shown)
    {
        RandomModel random = Random("llama");
        random.Weights["blocks.1.feed_forward.up.weight"][(3 * 27) + 5] = value;
        using SavedModel saved = SavedModel.Save(random);
        CommandRun.Of("inspect", saved.Folder).OutputOfSuccess();
        Assert.Contains($"{saved.File("model.safetensors")}: tensor 'model.layers.1.mlp.up_proj.weight' has the value {shown} at [3, 5], where a finite number was expected;",
            CommandRun.Of("inspect", saved.Folder, "--check").Refusal(Failure.Error), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_are_all_finite_are_counted()
    {
        using SavedModel saved = SavedModel.Save(Random("tied llama"));
        JsonElement json = CommandRun.Of("inspect", saved.Folder, "--check", "--json").Json;
        Assert.Equal(json.GetProperty("parameters").GetProperty("total").GetInt64(), json.GetProperty("finite_weights").GetInt64());
        Assert.EndsWith($"Every weight in the files is finite: {json.GetProperty("finite_weights").GetInt64():N0} of {json.GetProperty("finite_weights").GetInt64():N0}.{Environment.NewLine}",
            CommandRun.Of("inspect", saved.Folder, "--check").OutputOfSuccess(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_published_model_has_the_parameters_it_says()
    {
        JsonElement json = CommandRun.Of("inspect", Golden.Folder, "--json").Json;
        Assert.Equal(656_000, json.GetProperty("parameters").GetProperty("total").GetInt64());
        Assert.Equal("llama", json.GetProperty("model_type").GetString());
    }

    private static RandomModel Random(string name) => name switch
    {
        "llama" => RandomModel.Llama(new()),
        "tied llama" => RandomModel.Llama(new() { Tied = true }),
        "llama with bias" => RandomModel.Llama(new() { Bias = true }),
        _ => RandomModel.Gpt2(heads: 3, headSize: 8, inner: 50, Activation.GeluTanh, tied: true),
    };
}
