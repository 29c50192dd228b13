using Weft.Model;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Inference.Tests;

/// <summary>What is refused, by which name, and that a refusal changes nothing.</summary>
public sealed class ErrorTests
{
    private static readonly RandomModel Random = RandomModel.Llama(new() { Context = 20 });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(101)]
    [InlineData(-1)]
    public void An_id_outside_the_vocabulary_is_named_with_its_position(int id)
    {
        using Transformer model = Random.Load();
        KeyValueCache cache = model.CreateCache(5);
        int[] ids = [1, 2, id];
        Action[] calls =
        [
            () => model.Forward(ids, cache, new float[101]),
            () => model.ComputeLogits(ids, new float[303]),
            () => model.ComputeAttention(ids, 0, 0),
        ];
        foreach (Action call in calls)
        {
            ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(call);
            Assert.StartsWith($"id {id} at position 2 is outside the vocabulary of 101;", error.Message, StringComparison.Ordinal);
        }
        Assert.Equal(0, cache.Length);
    }

    [Theory]
    [InlineData("fast")]
    [InlineData("1")]
    public void A_kind_of_kernels_that_is_none_is_refused_by_name(string value)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => Weft.Inference.Kernels.InstructionTiers.Check(value));
        Assert.Equal($"WEFT_ISA is '{value}'; use scalar, vector or assembled, or leave it away", error.Message);
        foreach (string? known in new[] { null, "", "scalar", "Vector", "assembled" })
            Weft.Inference.Kernels.InstructionTiers.Check(known);
    }

    [Fact]
    public void A_weight_that_is_not_finite_is_refused_where_weights_are_checked()
    {
        RandomModel damaged = RandomModel.Llama(new());
        using var folder = new TemporaryFolder();
        damaged.Save(folder.FullName);
        using (Transformer sound = Transformer.Load(HuggingFaceModel.Open(folder.FullName), new() { CheckWeights = true }))
            Assert.NotEqual(0, sound.WeightBytes);
        damaged.Weights["head.weight"][0] = float.PositiveInfinity;
        damaged.Save(folder.FullName);
        Transformer.Load(HuggingFaceModel.Open(folder.FullName)).Dispose();
        HuggingFaceModel model = HuggingFaceModel.Open(folder.FullName);
        var refusal = Assert.Throws<CheckpointException>(() => Transformer.Load(model, new() { CheckWeights = true }));
        Assert.Equal("lm_head.weight", refusal.Tensor);
        // The engine owns the model from the call on, so a refusal leaves nothing open.
        Assert.Throws<ObjectDisposedException>(() => model.CheckWeights(Token));
    }

    [Fact]
    public void Ids_that_do_not_fit_are_refused_with_both_numbers()
    {
        using Transformer model = Random.Load();
        KeyValueCache cache = model.CreateCache(5);
        float[] logits = new float[101];
        model.Forward([1, 2, 3], cache, logits);
        ArgumentException error = Assert.Throws<ArgumentException>(() => model.Forward([1, 2, 3], cache, logits));
        Assert.StartsWith("3 more tokens do not fit a cache that holds 3 of 5;", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, cache.Length);
        error = Assert.Throws<ArgumentException>(() => model.ComputeLogits(new int[21], new float[21 * 101]));
        Assert.StartsWith("21 tokens do not fit the model's context of 20;", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => model.Forward([], cache, logits));
        Assert.Throws<ArgumentException>(() => model.Forward([1], cache, new float[100]));
        Assert.Throws<ArgumentException>(() => model.ComputeLogits([1, 2], new float[101]));
    }

    [Fact]
    public void Indices_and_capacities_out_of_range_are_refused()
    {
        using Transformer model = Random.Load();
        Assert.Throws<ArgumentOutOfRangeException>(() => model.CreateCache(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.CreateCache(21));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.CreateCache(3).Truncate(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.CreateCache(3).Truncate(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.ComputeAttention([1], 2, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.ComputeAttention([1], 0, 6));
    }

    [Fact]
    public void A_cache_of_another_kind_of_model_is_refused_and_one_of_an_equal_model_is_not()
    {
        using Transformer model = Random.Load(), equal = Random.Load(), other = RandomModel.Llama(new() { Blocks = 1 }).Load();
        float[] logits = new float[101];
        model.Forward([1], equal.CreateCache(3), logits);
        ArgumentException error = Assert.Throws<ArgumentException>(() => model.Forward([1], other.CreateCache(3), logits));
        Assert.StartsWith("the cache was made for a model of another shape;", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disposed_model_says_so_instead_of_reading_unmapped_memory()
    {
        Transformer model = Random.Load();
        KeyValueCache cache = model.CreateCache(3);
        model.Dispose();
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.Forward([1], cache, new float[101]));
        Assert.Throws<ObjectDisposedException>(() => model.ComputeLogits([1], new float[101]));
        Assert.Throws<ObjectDisposedException>(() => model.ComputeAttention([1], 0, 0));
    }

    [Fact]
    public void Impossible_options_are_refused_and_the_model_is_closed()
    {
        using var folder = new TemporaryFolder();
        Random.Save(folder.FullName);
        HuggingFaceModel files = HuggingFaceModel.Open(folder.FullName);
        Assert.Throws<ArgumentOutOfRangeException>(() => Transformer.Load(files, new() { Threads = 0 }));
        ParameterSpec parameter = ModelParameters.Enumerate(files.Spec).First();
        Assert.Throws<ObjectDisposedException>(() => files.Read(parameter, new float[parameter.Count]));
        using TextGenerator generator = TextGenerator.Load(folder.FullName);
        Assert.Throws<ArgumentOutOfRangeException>(() => generator.Generate(new[] { 1 }, new() { MaximumTokens = 0 }, Token));
        Assert.Throws<ArgumentOutOfRangeException>(() => generator.Generate(new[] { 1 }, new() { Sampling = new() { TopK = -1 } }, Token));
    }
}
