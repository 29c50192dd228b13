using System.Collections.Immutable;

using Weft.Model.Spec;
using Weft.Model.Tests.Architectures;

namespace Weft.Model.Tests.Spec;

public sealed class SpecValidationTests
{
    private static ModelSpec Good => CatalogueSamples.Spec("llama", 0);

    private static Dictionary<string, (ModelSpec Spec, string Named)> Bad => new()
    {
        ["no vocabulary"] = (Good with { Embedding = Good.Embedding with { VocabularySize = 0 } }, "VocabularySize"),
        ["negative width"] = (Good with { Embedding = Good.Embedding with { HiddenSize = -8 } }, "HiddenSize"),
        ["no context"] = (Good with { ContextLength = 0 }, "ContextLength"),
        ["a position table shorter than the context"] = (Good with { Embedding = Good.Embedding with { Position = new PositionSpec.Learned(3) } }, "3 rows"),
        ["rotary positions in the embedding"] = (Good with { Embedding = Good.Embedding with { Position = new PositionSpec.Rotary(10_000) } }, "Rotary"),
        ["no blocks"] = (Good with { Decoder = Good.Stack with { Blocks = [] } }, "Blocks"),
        ["blocks never set"] = (Good with { Decoder = Good.Stack with { Blocks = default } }, "Blocks"),
        ["learned positions in attention"] = (With(a => a with { Position = new PositionSpec.Learned(16) }), "Learned"),
        ["no heads"] = (With(a => a with { Heads = 0 }), "Heads"),
        ["no key-value heads"] = (With(a => a with { KeyValueHeads = 0 }), "KeyValueHeads"),
        ["negative head size"] = (With(a => a with { HeadSize = -2 }), "HeadSize"),
        ["an odd rotary head"] = (With(a => a with { HeadSize = 3 }), "even"),
        ["heads that do not group"] = (With(a => a with { KeyValueHeads = 3 }), "3 key-value heads"),
        ["more key-value heads than heads"] = (With(a => a with { KeyValueHeads = 8 }), "8 key-value heads"),
        ["a product of heads beyond 32 bits"] = (With(a => a with { Heads = 65_536, KeyValueHeads = 1, HeadSize = 65_536 }), "65536 heads"),
        ["theta not a number"] = (With(a => a with { Position = new PositionSpec.Rotary(double.NaN) }), "Theta"),
        ["theta infinite"] = (With(a => a with { Position = new PositionSpec.Rotary(double.PositiveInfinity) }), "Theta"),
        ["theta zero"] = (With(a => a with { Position = new PositionSpec.Rotary(0) }), "Theta"),
        ["no inner size"] = (Block(b => b with { FeedForward = new FeedForwardSpec.Gated(0, Activation.Silu, false) }), "InnerSize"),
        ["more experts than any block has"] = (Block(b => b with { FeedForward = Experts(int.MaxValue) }), "2147483647 experts"),
        ["an activation that does not exist"] = (Block(b => b with { FeedForward = new FeedForwardSpec.Dense(4, (Activation)99, false) }), "99"),
        ["epsilon not a number"] = (Block(b => b with { AttentionNorm = new NormSpec.RmsNorm(double.NaN) }), "Epsilon"),
        ["negative epsilon"] = (Block(b => b with { FeedForwardNorm = new NormSpec.LayerNorm(-1e-9, true) }), "Epsilon"),
        ["infinite epsilon"] = (Good with { Decoder = Good.Stack with { FinalNorm = new NormSpec.RmsNorm(double.PositiveInfinity) } }, "Epsilon"),
        ["one bad block among good ones"] = (Good with
        {
            Decoder = Good.Stack with
            {
                Blocks = Good.Stack.Blocks.SetItem(1, Good.Stack.Blocks[1] with { FeedForward = new FeedForwardSpec.Gated(-1, Activation.Silu, false) }),
            },
        }, "InnerSize"),
        ["more parameters than 64 bits of bytes"] = (Good with { Embedding = Good.Embedding with { VocabularySize = int.MaxValue, HiddenSize = int.MaxValue } }, "parameters"),
    };

    public static TheoryData<string> Cases => [.. Bad.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_impossible_specification_is_refused_by_name(string what)
    {
        (ModelSpec spec, string named) = Bad[what];
        var refusal = Assert.Throws<ArgumentException>(() => spec.Validate());
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public void A_possible_specification_is_returned()
    {
        ModelSpec spec = Good;
        Assert.Same(spec, spec.Validate());
        Block(b => b with { AttentionNorm = new NormSpec.RmsNorm(0) }).Validate();
    }

    [Fact]
    public void Specifications_are_equal_by_content()
    {
        ModelSpec spec = Good, same = Good;
        Assert.NotSame(spec, same);
        Assert.Equal(spec, same);
        Assert.Equal(spec.GetHashCode(), same.GetHashCode());
        Assert.Equal(spec, spec with { Decoder = new([.. spec.Stack.Blocks.Select(block => block with { })], spec.Stack.FinalNorm) });
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Specifications_that_differ_anywhere_are_unequal(string what) => Assert.NotEqual(Good, Bad[what].Spec);

    [Fact]
    public void Stacks_that_were_never_filled_compare_without_failing()
    {
        StackSpec none = new(default, new NormSpec.RmsNorm(0)), empty = new([], new NormSpec.RmsNorm(0));
        Assert.Equal(none, empty);
        Assert.Equal(none.GetHashCode(), empty.GetHashCode());
    }

    [Fact]
    public void Parameters_are_equal_by_content()
    {
        Assert.Equal(new ParameterSpec("w", [2, 3], "head"), new ParameterSpec("w", [2, 3], "head"));
        Assert.Equal(new ParameterSpec("w", [2, 3], "head").GetHashCode(), new ParameterSpec("w", [2, 3], "head").GetHashCode());
        Assert.NotEqual(new ParameterSpec("w", [2, 3], "head"), new ParameterSpec("w", [3, 2], "head"));
        Assert.NotEqual(new ParameterSpec("w", [2, 3], "head"), new ParameterSpec("v", [2, 3], "head"));
    }

    [Fact]
    public void The_number_of_parameters_is_that_of_the_published_models()
    {
        // GPT-2 small has 124,439,808 parameters and TinyLlama 1,100,048,384, counted in their published checkpoints.
        ModelSpec gpt2 = CatalogueSamples.Read(new Weft.Model.Architectures.Gpt2(),
            """{"vocab_size":50257,"n_embd":768,"n_layer":12,"n_head":12,"n_positions":1024}""");
        Assert.Equal(124_439_808, ModelParameters.Enumerate(gpt2).Sum(parameter => parameter.Count));
        ModelSpec tinyLlama = CatalogueSamples.Read(new Weft.Model.Architectures.Llama(),
            """
            {"vocab_size":32000,"hidden_size":2048,"intermediate_size":5632,"num_hidden_layers":22,"num_attention_heads":32,
             "num_key_value_heads":4,"max_position_embeddings":2048}
            """);
        Assert.Equal(1_100_048_384, ModelParameters.Enumerate(tinyLlama).Sum(parameter => parameter.Count));
    }

    [Fact]
    public void A_flood_of_blocks_and_experts_is_counted_at_once()
    {
        BlockSpec block = Good.Stack.Blocks[0] with { FeedForward = Experts(10_000) };
        long before = GC.GetAllocatedBytesForCurrentThread();
        (Good with { Decoder = StackSpec.Uniform(10_000, block, block.AttentionNorm) }).Validate();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [MemberData(nameof(CatalogueSamples.All), MemberType = typeof(CatalogueSamples))]
    public void Parameters_are_counted_as_they_are_listed(string modelType, int sample)
    {
        ModelSpec spec = CatalogueSamples.Spec(modelType, sample);
        Assert.Equal(ModelParameters.Enumerate(spec).Sum(parameter => parameter.Count), (long)ModelParameters.Count(spec));
    }

    private static FeedForwardSpec.MixtureOfExperts Experts(int count) => new(1, Activation.Silu, Bias: false, new RouterSpec.SoftmaxAfterChoice(count, 1));

    private static ModelSpec With(Func<AttentionSpec, AttentionSpec> change) => Block(block => block with { Attention = change(block.Attention) });

    private static ModelSpec Block(Func<BlockSpec, BlockSpec> change) =>
        Good with { Decoder = Good.Stack with { Blocks = ImmutableArray.CreateRange(Good.Stack.Blocks, change) } };
}
