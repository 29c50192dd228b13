using System.Numerics.Tensors;
using Weft.Model;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Quantization;

namespace Weft.Inference.Tests;

/// <summary>Whole models in every mix of types: what rounding the inputs adds, and that it is the same however a text is computed.</summary>
public sealed class QuantizedModelTests
{
    /// <summary>
    /// Inputs are rounded to 8 bits: half a step is 0.4 % of the greatest of 32 numbers. Seven products and two blocks later the logits, of magnitude 1 to 3, were seen
    /// to be off by at most 0.07 (bf16: 0.02).
    /// </summary>
    private const double RoundingBudget = 0.15;

    private const int Length = 70, Vocabulary = 101;

    public static TheoryData<string> Mixes => [.. QuantizationMix.All.Select(mix => mix.Name)];

    [Theory]
    [MemberData(nameof(Mixes))]
    public void Logits_are_those_of_the_widened_weights_within_the_budget_and_the_same_bits_for_any_threads_and_batch(string name)
    {
        RandomModel random = RandomModel.Llama(new(256, 4, 2, 64, 256) { Context = 128 });
        using var folder = new TemporaryFolder();
        random.Save(folder.FullName);
        string file = folder.File("model.gguf");
        using (Checkpoint model = HuggingFaceModel.Open(folder.FullName))
            GgufExport.Save(file, model, [], new() { Mix = QuantizationMix.Find(name) });
        int[] ids = random.Ids(Length);
        float[] exact = Logits(file, ids, new() { Exact = true }), first = Logits(file, ids, new() { Threads = 1 });
        Assert.InRange(Differences.Greatest(exact.Select(value => (double)value), first), 0, RoundingBudget);
        foreach (int threads in new[] { 2, 3 })
            Assert.Equal(first, Logits(file, ids, new() { Threads = threads }));
        Assert.Equal(Greedy(file, ids[..9], threads: 1, beside: 0), Greedy(file, ids[..9], threads: 3, beside: 0));
        Assert.Equal(Greedy(file, ids[..9], threads: 1, beside: 0), Greedy(file, ids[..9], threads: 2, beside: 11));
    }

    [Fact]
    public void Weights_in_fp16_that_came_from_bf16_are_multiplied_as_bf16_and_nothing_is_lost()
    {
        RandomModel random = RandomModel.Llama(new(256, 4, 2, 64, 256) { Context = 128 });
        using var folder = new TemporaryFolder();
        random.Save(folder.FullName);
        string trained = folder.File("trained.gguf"), half = folder.File("f16.gguf"), brain = folder.File("bf16.gguf");
        void Save(string file, string source, string mix)
        {
            using Checkpoint model = Checkpoint.Open(source);
            GgufExport.Save(file, model, [], new() { Mix = QuantizationMix.Find(mix) });
        }
        Save(trained, folder.FullName, "bf16");
        Save(half, trained, "f16");
        // Numbers below fp16's least are gone by now.
        Save(brain, half, "bf16");
        int[] ids = random.Ids(Length);
        Assert.Equal(Logits(brain, ids, new()), Logits(half, ids, new()));
        Assert.Equal(Logits(brain, ids, new() { Exact = true }), Logits(half, ids, new() { Exact = true }));
    }

    private static float[] Logits(string file, int[] ids, EngineOptions options)
    {
        using Transformer model = Transformer.Load(Checkpoint.Open(file), options);
        float[] logits = new float[ids.Length * Vocabulary];
        model.ComputeLogits(ids, logits);
        return logits;
    }

    /// <summary>The most likely ids after a prompt, with other sequences computed beside it.</summary>
    private static int[] Greedy(string file, int[] prompt, int threads, int beside)
    {
        using Transformer model = Transformer.Load(Checkpoint.Open(file), new() { Threads = threads });
        int[][] next = [prompt, .. Enumerable.Range(1, beside).Select(i => new[] { i, 2 * i, 3 * i })];
        KeyValueCache[] caches = [.. next.Select(_ => model.CreateCache(128))];
        float[] logits = new float[next.Length * Vocabulary];
        List<int> chosen = [];
        for (int step = 0; step < 20; step++)
        {
            model.Forward([.. next.Select((ids, i) => new SequenceInput(ids, caches[i]))], logits);
            next = [.. next.Select((_, i) => new[] { TensorPrimitives.IndexOfMax(logits.AsSpan(i * Vocabulary, Vocabulary)) })];
            chosen.Add(next[0][0]);
        }
        return [.. chosen];
    }
}
