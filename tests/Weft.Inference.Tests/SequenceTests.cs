using CsCheck;
using Weft.Model;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Checkpoints.Safetensors;

namespace Weft.Inference.Tests;

/// <summary>However a sequence is given and whoever computes, the bits are the same.</summary>
public sealed class SequenceTests
{
    /// <summary>Numbers of bf16 have 8 binary digits; errors of single products average out in sums.</summary>
    private const double BFloat16Tolerance = 3e-2;

    private static readonly RandomModel Random = RandomModel.Llama(new(64, 6, 3, 18, 90, 75));

    private static readonly int[] Ids = Random.Ids(290);

    [Fact]
    public void Token_by_token_gives_the_bits_of_the_full_pass()
    {
        using Transformer model = Random.Load();
        float[] full = Full(model);
        KeyValueCache cache = model.CreateCache(Ids.Length);
        float[] logits = new float[75];
        for (int t = 0; t < Ids.Length; t++)
        {
            model.Forward(Ids.AsSpan(t, 1), cache, logits);
            Assert.Equal<float>(full.AsSpan(t * 75, 75).ToArray(), logits);
        }
        Assert.Equal(Ids.Length, cache.Length);
    }

    [Fact]
    public void Pieces_of_any_size_give_the_bits_of_the_full_pass()
    {
        using Transformer model = Random.Load();
        float[] full = Full(model);
        Gen.Int[1, 290].Array[1, 12].Sample(sizes =>
        {
            KeyValueCache cache = model.CreateCache(Ids.Length);
            float[] logits = new float[75];
            foreach (int size in sizes.Append(Ids.Length))
            {
                int length = Math.Min(size, Ids.Length - cache.Length);
                if (length == 0)
                    break;
                model.Forward(Ids.AsSpan(cache.Length, length), cache, logits);
                Assert.Equal<float>(full.AsSpan((cache.Length - 1) * 75, 75).ToArray(), logits);
            }
        }, iter: 30, threads: 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    public void Any_number_of_threads_gives_the_same_bits(int threads)
    {
        using Transformer two = Random.Load(), model = Random.Load(threads);
        Assert.Equal(Full(two), Full(model));
    }

    [Fact]
    public void A_truncated_sequence_goes_on_as_if_the_rest_had_never_been()
    {
        using Transformer model = Random.Load();
        float[] full = Full(model), logits = new float[75];
        KeyValueCache cache = model.CreateCache(Ids.Length);
        model.Forward(Ids.AsSpan(0, 100), cache, logits);
        model.Forward(Random.Ids(60, seed: 99), cache, logits);
        cache.Truncate(100);
        Assert.Equal(100, cache.Length);
        model.Forward(Ids.AsSpan(100, 50), cache, logits);
        Assert.Equal<float>(full.AsSpan(149 * 75, 75).ToArray(), logits);
        cache.Truncate(0);
        model.Forward(Ids, cache, logits);
        Assert.Equal<float>(full.AsSpan(289 * 75, 75).ToArray(), logits);
    }

    [Fact]
    public void A_cache_takes_memory_as_its_sequence_grows_and_keeps_its_bits()
    {
        RandomModel random = RandomModel.Llama(new(16, 4, 2, 4, 20) { Context = 1300 });
        int[] ids = random.Ids(1300);
        using Transformer model = random.Load();
        float[] full = new float[1300 * 101], logits = new float[101];
        model.ComputeLogits(ids, full);
        KeyValueCache cache = model.CreateCache(1300);
        // Two blocks, each with keys and values of two heads of 4.
        const long BytesOfToken = 2 * 2 * 2 * 4 * sizeof(float);
        Assert.Equal(0, cache.ByteCount);
        foreach ((int end, int room) in new[] { (1, 64), (512, 512), (513, 576), (1024, 1024), (1300, 1344) })
        {
            model.Forward(ids.AsSpan(cache.Length, end - cache.Length), cache, logits);
            Assert.Equal(room * BytesOfToken, cache.ByteCount);
            Assert.Equal<float>(full.AsSpan((end - 1) * 101, 101).ToArray(), logits);
        }
    }

    [Fact]
    public void Callers_on_several_threads_take_turns()
    {
        using Transformer model = Random.Load();
        float[] full = Full(model);
        Parallel.For(0, 8, i =>
        {
            KeyValueCache cache = model.CreateCache(Ids.Length);
            float[] logits = new float[75];
            for (int t = 0; t < 40; t++)
                model.Forward(Ids.AsSpan(t, 1), cache, logits);
            Assert.Equal<float>(full.AsSpan(39 * 75, 75).ToArray(), logits);
        });
    }

    [Fact]
    public void Decoding_allocates_nothing()
    {
        using Transformer model = Random.Load();
        KeyValueCache cache = model.CreateCache(Ids.Length);
        float[] logits = new float[75];
        var sampler = new Sampler(new() { TopK = 20, TopP = 0.9f });
        int[] next = [1];
        void Decode(int tokens)
        {
            for (int t = 0; t < tokens; t++)
            {
                model.Forward(next, cache, logits);
                next[0] = sampler.Sample(logits);
            }
        }
        Decode(100);
        cache.Truncate(0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Decode(100);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Narrower_weights_are_widened_without_loss()
    {
        RandomModel random = RandomModel.Llama(new());
        foreach (float[] weights in random.Weights.Values)
            for (int i = 0; i < weights.Length; i++)
                weights[i] = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(weights[i]) & 0xFFFF0000);
        using var folder = new TemporaryFolder();
        random.Save(folder.FullName);
        float[] wide = new float[20 * 101], narrow = new float[20 * 101];
        using (Transformer model = Transformer.Load(HuggingFaceModel.Open(folder.FullName)))
            model.ComputeLogits(random.Ids(20), wide);
        string path = folder.File("model.safetensors");
        TensorSource[] tensors;
        using (SafetensorsFile file = SafetensorsFile.Open(path))
            tensors = [.. file.Tensors.Values.Select(ToBFloat16)];
        SafetensorsWriter.Write(path, tensors);
        using (Transformer model = Transformer.Load(HuggingFaceModel.Open(folder.FullName), new() { Exact = true }))
            model.ComputeLogits(random.Ids(20), narrow);
        Assert.Equal(wide, narrow);
        // Where the processor multiplies bf16, inputs are rounded to it.
        using (Transformer model = Transformer.Load(HuggingFaceModel.Open(folder.FullName)))
            model.ComputeLogits(random.Ids(20), narrow);
        Assert.InRange(Differences.Greatest(wide.Select(value => (double)value), narrow), 0, BFloat16Tolerance);
    }

    /// <summary>Narrow caches against one in fp32, with tolerances of twice what roundings of 11, 8 and about 7 bits were seen to make; and the same bits whether a text comes whole, in pieces or in a fork.</summary>
    [Theory]
    [InlineData(ElementType.F16, 6e-3)]
    [InlineData(ElementType.BF16, 5e-2)]
    [InlineData(ElementType.Q8_0, 0.1)]
    public void Caches_may_be_narrow(ElementType type, double tolerance)
    {
        RandomModel random = RandomModel.Llama(new(16, 4, 2, 4, 20) { Context = 300 });
        int[] ids = random.Ids(300);
        using var folder = new TemporaryFolder();
        random.Save(folder.FullName);
        using Transformer wide = Transformer.Load(HuggingFaceModel.Open(folder.FullName)), model = Transformer.Load(HuggingFaceModel.Open(folder.FullName), new() { CacheType = type });
        float[] expected = new float[300 * 101], full = new float[300 * 101], logits = new float[101];
        wide.ComputeLogits(ids, expected);
        model.ComputeLogits(ids, full);
        Assert.InRange(Differences.Greatest(expected.Select(value => (double)value), full), 1e-9, tolerance);
        using KeyValueCache cache = model.CreateCache(300);
        model.Forward(ids.AsSpan(0, 99), cache, logits);
        using KeyValueCache fork = cache.Fork();
        model.Forward(random.Ids(30, seed: 3), fork, logits);
        for (int t = 99; t < 140; t++)
            model.Forward(ids.AsSpan(t, 1), cache, logits);
        Assert.Equal<float>(full.AsSpan(139 * 101, 101).ToArray(), logits);
        fork.Truncate(99);
        model.Forward(ids.AsSpan(99, 201), fork, logits);
        Assert.Equal<float>(full.AsSpan(299 * 101, 101).ToArray(), logits);
    }

    /// <summary>Prompts and single tokens together, more rows than one batch takes, more sequences than one list of work takes.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(70)]
    public void Sequences_together_get_the_bits_they_get_alone(int count)
    {
        RandomModel random = RandomModel.Llama(new(16, 4, 2, 4, 20) { Context = 800 });
        using Transformer model = random.Load();
        int[][] texts = [.. Enumerable.Range(0, count).Select(i => random.Ids(i % 7 == 3 ? 700 : 1 + (i * 13 % 40), seed: i))];
        float[] together = new float[count * 101], alone = new float[101];
        KeyValueCache[] caches = [.. texts.Select(text => model.CreateCache(800))];
        for (int step = 0; step < 3; step++)
        {
            model.Forward([.. texts.Select((text, i) => new SequenceInput(step == 0 ? text : random.Ids(1, seed: (100 * step) + i), caches[i]))], together);
            foreach (int i in new[] { 0, 1, 3, count / 2, count - 1 })
            {
                using KeyValueCache own = model.CreateCache(800);
                model.Forward(texts[i], own, alone);
                for (int s = 1; s <= step; s++)
                    model.Forward(random.Ids(1, seed: (100 * s) + i), own, alone);
                Assert.Equal<float>(alone, together.AsSpan(i * 101, 101).ToArray());
                Assert.Equal(own.Length, caches[i].Length);
            }
        }
    }

    [Fact]
    public void A_cancelled_call_leaves_the_cache_as_it_was()
    {
        using Transformer model = Random.Load();
        float[] full = Full(model), logits = new float[75];
        KeyValueCache cache = model.CreateCache(Ids.Length);
        model.Forward(Ids.AsSpan(0, 100), cache, logits);
        var cancelled = new CancellationToken(canceled: true);
        Assert.Throws<OperationCanceledException>(() => model.Forward(Ids.AsSpan(100, 20), cache, logits, cancelled));
        Assert.Throws<OperationCanceledException>(() => model.Forward([new(Ids.AsMemory(100, 20), cache)], logits, cancelled));
        Assert.Equal(100, cache.Length);
        model.Forward(Ids.AsSpan(100, 50), cache, logits);
        Assert.Equal<float>(full.AsSpan(149 * 75, 75).ToArray(), logits);
    }

    [Fact]
    public void Sequences_with_one_cache_are_refused()
    {
        using Transformer model = Random.Load();
        KeyValueCache cache = model.CreateCache(10);
        ArgumentException error = Assert.Throws<ArgumentException>(() => model.Forward([new(new[] { 1 }, cache), new(new[] { 2 }, cache)], new float[150]));
        Assert.Contains("same cache", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, cache.Length);
    }

    [Fact]
    public void A_cache_of_another_type_is_refused_by_name()
    {
        RandomModel random = RandomModel.Llama(new());
        using var folder = new TemporaryFolder();
        random.Save(folder.FullName);
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() =>
            Transformer.Load(HuggingFaceModel.Open(folder.FullName), new() { CacheType = ElementType.Q4_0 }));
        Assert.Contains("Q4_0", error.Message, StringComparison.Ordinal);
    }

    private static TensorSource ToBFloat16(TensorView view)
    {
        float[] values = new float[view.Count];
        view.ReadFloats(0, values);
        byte[] bytes = [.. values.SelectMany(value => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)))];
        return new(view.Name, ElementType.BF16, view.Shape, stream => stream.Write(bytes));
    }

    private static float[] Full(Transformer model)
    {
        float[] logits = new float[Ids.Length * 75];
        model.ComputeLogits(Ids, logits);
        return logits;
    }
}
