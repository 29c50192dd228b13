using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Quantization;
using Weft.Model.Spec;

namespace Weft.Model.Tests.Quantization;

/// <summary>Which tensor gets which type, and whole models in files. The types are those that llama.cpp's own quantizer chose for such models.</summary>
public sealed class QuantizationMixTests
{
    private const int Blocks = 16;

    /// <summary>The first and last eighth of 16 blocks, and every third between.</summary>
    private static readonly int[] MoreBits = [0, 1, 4, 7, 10, 13, 14, 15];

    [Fact]
    public void Values_and_downward_projections_of_Q4_K_M_get_six_bits_in_half_of_the_blocks()
    {
        ModelSpec spec = Llama();
        for (int i = 0; i < Blocks; i++)
        {
            ElementType expected = MoreBits.Contains(i) ? ElementType.Q6_K : ElementType.Q4_K;
            Assert.Equal(expected, TypeOf("q4_k_m", spec, $"blocks.{i}.attention.value.weight"));
            Assert.Equal(expected, TypeOf("q4_k_m", spec, $"blocks.{i}.feed_forward.down.weight"));
            Assert.Equal(ElementType.Q4_K, TypeOf("q4_k_m", spec, $"blocks.{i}.feed_forward.up.weight"));
            Assert.Equal(i < 4 ? ElementType.Q5_K : ElementType.Q4_K, TypeOf("q4_k_s", spec, $"blocks.{i}.attention.value.weight"));
            Assert.Equal(i < 2 ? ElementType.Q5_K : ElementType.Q4_K, TypeOf("q4_k_s", spec, $"blocks.{i}.feed_forward.down.weight"));
            Assert.Equal(i < 1 ? ElementType.Q5_K : ElementType.Q4_K, TypeOf("q3_k_m", spec, $"blocks.{i}.feed_forward.down.weight"));
        }
    }

    [Theory]
    [InlineData("q2_k", 4, ElementType.Q4_K, ElementType.Q3_K)]
    [InlineData("q2_k", 2, ElementType.Q3_K, ElementType.Q3_K)]
    [InlineData("q3_k_m", 2, ElementType.Q4_K, ElementType.Q4_K)]
    [InlineData("q3_k_l", 2, ElementType.Q5_K, ElementType.Q5_K)]
    [InlineData("q6_k", 2, ElementType.Q6_K, ElementType.Q6_K)]
    [InlineData("q4_0", 2, ElementType.Q4_0, ElementType.Q4_0)]
    [InlineData("bf16", 2, ElementType.BF16, ElementType.BF16)]
    public void Attention_has_types_of_its_own(string mix, int shared, ElementType value, ElementType output)
    {
        ModelSpec spec = Llama(keyValueHeads: 4 / shared);
        Assert.Equal(value, TypeOf(mix, spec, "blocks.3.attention.value.weight"));
        Assert.Equal(output, TypeOf(mix, spec, "blocks.3.attention.output.weight"));
    }

    [Theory]
    [InlineData("q4_k_m", false, ElementType.Q4_K, ElementType.Q6_K)]
    [InlineData("q4_k_m", true, ElementType.Q6_K, null)]
    [InlineData("q8_0", true, ElementType.Q8_0, null)]
    [InlineData("q4_0", false, ElementType.Q4_0, ElementType.Q6_K)]
    [InlineData("f16", false, ElementType.F16, ElementType.F16)]
    public void A_table_that_is_the_output_too_is_treated_as_the_output(string mix, bool tied, ElementType embedding, ElementType? output)
    {
        ModelSpec spec = Llama(tied: tied);
        Assert.Equal(embedding, TypeOf(mix, spec, ModelParameters.TokenEmbedding));
        if (output is { } type)
            Assert.Equal(type, TypeOf(mix, spec, "head.weight"));
    }

    [Theory]
    [InlineData("q2_k", 288, ElementType.Q4_0)]
    [InlineData("q3_k_m", 288, ElementType.Q4_0)]
    [InlineData("q4_k_m", 288, ElementType.Q5_0)]
    [InlineData("q5_k_m", 288, ElementType.Q5_1)]
    [InlineData("q6_k", 288, ElementType.Q8_0)]
    [InlineData("q4_1", 288, ElementType.Q4_1)]
    [InlineData("q4_k_m", 260, ElementType.F16)]
    [InlineData("q8_0", 260, ElementType.F16)]
    public void Rows_that_are_no_whole_blocks_get_a_type_that_they_fit(string mix, int hidden, ElementType expected)
    {
        ModelSpec spec = Llama(hidden: hidden);
        Assert.Equal(expected, TypeOf(mix, spec, "blocks.3.attention.query.weight"));
        Assert.Equal(hidden == 288 ? ElementType.Q8_0 : ElementType.F16, TypeOf("q4_k_m", spec, "head.weight"));
    }

    [Fact]
    public void What_is_small_stays_as_it_is()
    {
        ModelSpec spec = Llama();
        BlockSpec block = spec.Stack.Blocks[0];
        ModelSpec experts = spec with
        {
            Decoder = StackSpec.Uniform(Blocks, block with
            {
                FeedForward = new FeedForwardSpec.MixtureOfExperts(256, Activation.Silu, Bias: false, new RouterSpec.SoftmaxAfterChoice(8, 2)),
            }, block.AttentionNorm),
        };
        Assert.Equal(ElementType.F32, TypeOf("q4_k_m", spec, "blocks.3.attention_norm.weight"));
        Assert.Equal(ElementType.F32, TypeOf("q4_k_m", experts, "blocks.3.feed_forward.router.weight"));
        Assert.Equal(ElementType.Q8_0, TypeOf("q4_k_m", experts, "blocks.3.attention.value.weight"));
        Assert.Equal(ElementType.Q8_0, TypeOf("q4_k_m", experts, "blocks.3.attention.key.weight"));
        Assert.Equal(ElementType.Q5_K, TypeOf("q4_k_m", experts, "blocks.3.attention.output.weight"));
        Assert.Equal(ElementType.Q6_K, TypeOf("q4_k_m", experts, "blocks.4.feed_forward.experts.5.down.weight"));
    }

    [Fact]
    public void Names_are_found_and_their_numbers_are_those_of_llama_cpp()
    {
        Assert.Null(QuantizationMix.Find("q4"));
        Assert.Equal(QuantizationMix.All.Count, QuantizationMix.All.Select(mix => mix.FileType).Distinct().Count());
        Assert.Equal([0u, 1, 32, 7, 18, 17, 16, 9, 8, 15, 14, 3, 2, 13, 12, 11, 10], QuantizationMix.All.Select(mix => mix.FileType));
        Assert.All(QuantizationMix.All, mix => Assert.Same(mix, QuantizationMix.Find(mix.Name.ToLowerInvariant())));
    }

    [Fact]
    public void A_file_holds_the_blocks_that_the_quantizer_makes()
    {
        using var work = new TemporaryFolder();
        using Checkpoint source = Save(work, Llama(blocks: 2));
        foreach (QuantizationMix mix in QuantizationMix.All)
        {
            string path = work.File($"{mix.Name}.gguf");
            GgufExport.Save(path, source, [], new() { Mix = mix });
            using GgufModel written = GgufModel.Open(path);
            Assert.Equal(mix.FileType, written.File.Metadata.Integer("general.file_type"));
            Assert.Equal(2, written.File.Metadata.Integer("general.quantization_version"));
            foreach (ParameterSpec parameter in ModelParameters.Enumerate(source.Spec))
            {
                float[] expected = new float[parameter.Count], read = new float[parameter.Count];
                source.Read(parameter, expected);
                written.Read(parameter, read);
                ElementType type = written.SourceType(parameter);
                if (type.IsBlockQuantized())
                {
                    // Rows of query and key lie in another order in the file, but each is a row.
                    byte[] blocks = new byte[type.ByteCount(expected.Length)];
                    Quantizer.Write(type, expected, blocks);
                    Dequantizer.Read(type, blocks, expected);
                }
                else if (type != ElementType.F32)
                    expected = [.. expected.Select(value => type == ElementType.F16 ? (float)(Half)value : value)];
                if (type != ElementType.BF16)
                    Assert.Equal(expected, read);
            }
        }
    }

    [Fact]
    public void Tensors_that_have_their_type_already_are_copied()
    {
        using var work = new TemporaryFolder();
        using Checkpoint source = Save(work, Llama(blocks: 2));
        QuantizationMix mix = QuantizationMix.Find("q2_k")!;
        GgufExport.Save(work.File("once.gguf"), source, [], new() { Mix = mix });
        using Checkpoint once = Checkpoint.Open(work.File("once.gguf"));
        GgufExport.Save(work.File("twice.gguf"), once, [], new() { Mix = mix });
        using GgufFile first = GgufFile.Open(work.File("once.gguf")), second = GgufFile.Open(work.File("twice.gguf"));
        foreach ((string name, TensorView tensor) in first.Tensors)
        {
            byte[] bytes = new byte[tensor.ByteCount], copied = new byte[tensor.ByteCount];
            tensor.ReadBytes(0, bytes);
            second.Tensors[name].ReadBytes(0, copied);
            Assert.Equal(bytes, copied);
        }
    }

    [Theory]
    [InlineData(float.NaN, "damaged")]
    [InlineData(float.NegativeInfinity, "damaged")]
    [InlineData(70_000f, "cannot hold it")]
    public void A_weight_that_no_block_holds_is_refused_with_its_tensor(float value, string reason)
    {
        using var work = new TemporaryFolder();
        using Checkpoint source = Save(work, Llama(blocks: 1), (parameter, values) =>
        {
            if (parameter.Name == "blocks.0.feed_forward.up.weight")
                values[3] = value;
        });
        string message = Refusal.Check(() => GgufExport.Save(work.File("x.gguf"), source, [], new() { Mix = QuantizationMix.Find("q4_k_m") }), source.Path).Message;
        Assert.Contains("'model.layers.0.mlp.up_proj.weight'", message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.DoesNotContain("x.gguf", work.Names);
    }

    [Fact]
    public void A_folder_takes_no_mix()
    {
        using var work = new TemporaryFolder();
        using Checkpoint source = Save(work, Llama(blocks: 1));
        Assert.Throws<NotSupportedException>(() => HuggingFaceExport.Save(work.File("folder"), source, new() { Mix = QuantizationMix.All[0] }));
    }

    private static ElementType TypeOf(string mix, ModelSpec spec, string parameter) =>
        QuantizationMix.Find(mix)!.TypeOf(spec, [ModelParameters.Enumerate(spec).Single(one => one.Name == parameter)]);

    private static ModelSpec Llama(int hidden = 256, int keyValueHeads = 2, bool tied = false, int blocks = Blocks)
    {
        var norm = new NormSpec.RmsNorm(1e-5);
        var block = new BlockSpec(norm, new(4, keyValueHeads, hidden / 4, new PositionSpec.Rotary(10_000), AttentionBias.None), norm,
            new FeedForwardSpec.Gated(256, Activation.Silu, Bias: false));
        return new()
        {
            Embedding = new(40, hidden, new PositionSpec.None()),
            Decoder = StackSpec.Uniform(blocks, block, norm),
            Head = new HeadSpec.LanguageModel(tied),
            ContextLength = 64,
        };
    }

    private static Checkpoint Save(TemporaryFolder work, ModelSpec spec, Action<ParameterSpec, float[]>? change = null)
    {
        var random = new Random(1);
        HuggingFaceExport.Save(work.File("model"), new Llama(), spec, parameter =>
        {
            float[] values = [.. Enumerable.Range(0, (int)parameter.Count).Select(_ => random.NextSingle() - 0.5f)];
            change?.Invoke(parameter, values);
            return values;
        }, new());
        return Checkpoint.Open(work.File("model"));
    }
}
