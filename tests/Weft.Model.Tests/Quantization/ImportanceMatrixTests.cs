using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Quantization;
using Weft.Model.Spec;

namespace Weft.Model.Tests.Quantization;

/// <summary>Importance in files, and in the blocks of the matrices that it belongs to.</summary>
public sealed class ImportanceMatrixTests : IDisposable
{
    private const int Hidden = 64, Inner = 96, Experts = 3;

    private readonly TemporaryFolder _work = new();

    public void Dispose() => _work.Dispose();

    [Fact]
    public void What_is_saved_is_read_again()
    {
        using Checkpoint model = Save(Mixtral());
        ImportanceMatrix importance = Measured(model.Spec);
        importance.Save(_work.File("i.gguf"), model);
        ImportanceMatrix read = ImportanceMatrix.Open(_work.File("i.gguf"), model);
        Assert.Equal(["a text"], read.Texts);
        Assert.Equal((3, 17), (read.Windows, read.WindowTokens));
        Assert.Equal(importance.Columns.Keys.Order(), read.Columns.Keys.Order());
        foreach ((string name, ColumnImportance columns) in importance.Columns)
        {
            Assert.Equal(columns.Squares, read.Columns[name].Squares);
            Assert.Equal(columns.Rows, read.Columns[name].Rows);
        }
        Assert.Empty(read.Missing(model.Spec));
    }

    [Fact]
    public void The_file_has_the_tensors_of_llama_imatrix()
    {
        using Checkpoint model = Save(Mixtral());
        Measured(model.Spec).Save(_work.File("i.gguf"), model);
        using GgufFile file = GgufFile.Open(_work.File("i.gguf"));
        Assert.Equal(["general.type", "imatrix.datasets", "imatrix.chunk_count", "imatrix.chunk_size"], file.Keys.Select(key => key.Name));
        Assert.Equal([1, Hidden], file.Tensors["blk.1.attn_q.weight.in_sum2"].Shape);
        Assert.Equal([1, 1], file.Tensors["blk.1.attn_q.weight.counts"].Shape);
        Assert.Equal([Experts, Inner], file.Tensors["blk.0.ffn_down_exps.weight.in_sum2"].Shape);
        Assert.Equal([Experts, 1], file.Tensors["blk.0.ffn_down_exps.weight.counts"].Shape);
    }

    /// <summary>Of several experts in one tensor each has its own; an expert that nothing reached counts all columns alike, and so does a part without an entry.</summary>
    [Fact]
    public void Every_matrix_is_quantized_with_the_importance_of_its_own_columns()
    {
        using Checkpoint model = Save(Mixtral());
        ImportanceMatrix importance = Measured(model.Spec);
        QuantizationMix mix = QuantizationMix.Find("q5_1")!;
        GgufExport.Save(_work.File("m.gguf"), model, [], new() { Mix = mix, Importance = importance });
        using GgufModel written = GgufModel.Open(_work.File("m.gguf"));
        int compared = 0;
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(model.Spec).Where(parameter => mix.TypeOf(model.Spec, [parameter], true) == ElementType.Q5_1))
        {
            float[] values = new float[parameter.Count], expected = new float[parameter.Count], read = new float[parameter.Count];
            model.Read(parameter, values);
            float[] columns = importance.Columns.TryGetValue(parameter.Name, out ColumnImportance? found)
                ? [.. found.Squares.Select(square => found.Rows == 0 ? 1 : square / found.Rows)] : [];
            byte[] blocks = new byte[ElementType.Q5_1.ByteCount(parameter.Count)];
            Quantizer.Write(ElementType.Q5_1, values, blocks, columns);
            Dequantizer.Read(ElementType.Q5_1, blocks, expected);
            written.Read(parameter, read);
            Assert.Equal(expected, read);
            compared++;
        }
        // Embedding, and of each block four of attention and all projections of the experts, which are three tensors.
        Assert.Equal(1 + (2 * (4 + (3 * Experts))), compared);
        Assert.Equal($"{2 * (4 + 1 + 3)}", written.File.Keys.Single(key => key.Name == "quantize.imatrix.entries_count").Value);
    }

    [Fact]
    public void The_first_downward_projections_get_a_minimum_where_importance_is_given()
    {
        ModelSpec spec = Llama(blocks: 16);
        ElementType TypeOf(string mix, int block, bool withImportance) => QuantizationMix.Find(mix)!.TypeOf(spec,
            [ModelParameters.Enumerate(spec).Single(parameter => parameter.Name == $"blocks.{block}.feed_forward.down.weight")], withImportance);
        Assert.Equal([ElementType.Q4_1, ElementType.Q4_1, ElementType.Q4_0], Enumerable.Range(0, 3).Select(block => TypeOf("q4_0", block, true)));
        Assert.Equal([ElementType.Q5_1, ElementType.Q5_1, ElementType.Q5_0], Enumerable.Range(0, 3).Select(block => TypeOf("q5_0", block, true)));
        Assert.Equal(ElementType.Q4_0, TypeOf("q4_0", 0, false));
    }

    [Fact]
    public void A_file_of_something_else_or_of_another_model_is_refused()
    {
        using Checkpoint model = Save(Llama());
        GgufExport.Save(_work.File("m.gguf"), model, [], new());
        Assert.Contains("type 'model', not 'imatrix'", Refused(model, "m.gguf"), StringComparison.Ordinal);
        Write("none.gguf", ("blk.0.attn_x.weight.in_sum2", new float[Hidden]), ("blk.0.attn_x.weight.counts", [1]));
        Assert.Contains("'blk.0.attn_q.weight'", Refused(model, "none.gguf"), StringComparison.Ordinal);
        Write("wide.gguf", ("blk.0.attn_q.weight.in_sum2", new float[Hidden + 1]), ("blk.0.attn_q.weight.counts", [1]));
        Assert.Contains($"has {Hidden + 1} numbers, but this model's 'blk.0.attn_q.weight' has {Hidden} columns", Refused(model, "wide.gguf"), StringComparison.Ordinal);
        Write("alone.gguf", ("blk.0.attn_q.weight.in_sum2", new float[Hidden]));
        Assert.Contains("'blk.0.attn_q.weight.counts' is missing", Refused(model, "alone.gguf"), StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => ImportanceMatrix.Open(_work.File("absent.gguf"), model));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(-1f)]
    public void A_number_that_is_no_mean_of_squares_is_refused(float value)
    {
        using Checkpoint model = Save(Llama());
        Write("i.gguf", ("blk.0.attn_q.weight.in_sum2", [.. new float[Hidden - 1], value]), ("blk.0.attn_q.weight.counts", [1]));
        Assert.Contains("'blk.0.attn_q.weight.in_sum2' has the value", Refused(model, "i.gguf"), StringComparison.Ordinal);
    }

    private string Refused(Checkpoint model, string name) => Refusal.Check(() => ImportanceMatrix.Open(_work.File(name), model), _work.File(name)).Message;

    private void Write(string name, params (string Name, float[] Values)[] tensors) => GgufWriter.Write(_work.File(name), new Dictionary<string, object> { ["general.type"] = "imatrix" },
        [.. tensors.Select(tensor => new TensorSource(tensor.Name, ElementType.F32, [1, tensor.Values.Length], stream => FloatEncoding.Write(stream, ElementType.F32, tensor.Values)))]);

    /// <summary>Numbers of different size for all that is measured; one expert had no tokens.</summary>
    private static ImportanceMatrix Measured(ModelSpec spec)
    {
        var random = new Random(3);
        return new(ModelParameters.Enumerate(spec).Where(ImportanceMatrix.IsMeasured).ToDictionary(parameter => parameter.Name, parameter =>
        {
            bool idle = parameter.Name.Contains("blocks.1.feed_forward.experts.2", StringComparison.Ordinal);
            return new ColumnImportance([.. Enumerable.Range(0, (int)parameter.Shape[1]).Select(_ => idle ? 0 : (float)Math.Exp(4 * random.NextDouble()))], idle ? 0 : 13);
        }))
        {
            Texts = ["a text"],
            Windows = 3,
            WindowTokens = 17,
        };
    }

    private Checkpoint Save(ModelSpec spec)
    {
        var random = new Random(2);
        Architecture architecture = spec.Decoder!.Blocks[0].FeedForward is FeedForwardSpec.MixtureOfExperts ? new Mixtral() : new Llama();
        HuggingFaceExport.Save(_work.File("model"), architecture, spec, parameter => [.. Enumerable.Range(0, (int)parameter.Count).Select(_ => (float)random.NextDouble() - 0.5f)], new());
        return Checkpoint.Open(_work.File("model"));
    }

    private static ModelSpec Llama(int blocks = 2) => Decoder(blocks, new FeedForwardSpec.Gated(Inner, Activation.Silu, Bias: false));

    private static ModelSpec Mixtral() => Decoder(2, new FeedForwardSpec.MixtureOfExperts(Inner, Activation.Silu, Bias: false, new RouterSpec.SoftmaxAfterChoice(Experts, 2)));

    private static ModelSpec Decoder(int blocks, FeedForwardSpec feedForward)
    {
        var norm = new NormSpec.RmsNorm(1e-5);
        return new ModelSpec
        {
            Embedding = new(50, Hidden, new PositionSpec.None()),
            Decoder = StackSpec.Uniform(blocks, new(norm, new(4, 2, Hidden / 4, new PositionSpec.Rotary(10_000), AttentionBias.None), norm, feedForward), norm),
            Head = new HeadSpec.LanguageModel(TiedEmbedding: false),
            ContextLength = 64,
        }.Validate();
    }
}
