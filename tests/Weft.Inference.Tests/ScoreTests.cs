using Weft.Model;
using Weft.Model.Spec;

namespace Weft.Inference.Tests;

/// <summary>Scores of given ids, many sequences at once, beside the logits of each sequence alone.</summary>
public sealed class ScoreTests
{
    /// <summary>Logits have the same bits; sums of exponentials in fp64 are added in another order.</summary>
    private const double SameLogits = 1e-12;

    /// <summary>Longer than what the engine computes at once, 512 ids, so that sequences are cut.</summary>
    private const int Context = 1400;

    [Fact]
    public void Each_target_has_the_log_probability_that_its_sequence_alone_gives_it()
    {
        RandomModel random = RandomModel.Llama(new() { Context = Context });
        using Transformer model = random.Load();
        // Lengths and numbers of targets that end inside, at and beyond the borders of batches.
        (int Length, int Targets)[] shapes = [(1, 1), (511, 3), (1, 0), (700, 700), (40, 0), (512, 1), (1030, 600), (7, 2)];
        List<ScoredSequence> sequences = [];
        List<TokenScore> expected = [];
        foreach ((int length, int targets) in shapes)
        {
            int[] ids = random.Ids(length + 1, seed: length + targets);
            sequences.Add(new(ids.AsMemory(0, length), ids.AsMemory(length + 1 - targets), model.CreateCache(Context)));
            expected.AddRange(Plain(model, ids, targets));
        }
        var scores = new TokenScore[expected.Count];
        model.Score([.. sequences], scores);
        for (int i = 0; i < scores.Length; i++)
        {
            Assert.Equal(expected[i].LogProbability, scores[i].LogProbability, SameLogits);
            Assert.Equal(expected[i].IsGreedy, scores[i].IsGreedy);
        }
        Assert.Equal(shapes.Select(shape => shape.Length), sequences.Select(sequence => sequence.Cache.Length));
        sequences.ForEach(sequence => sequence.Cache.Dispose());
    }

    [Fact]
    public void A_cache_that_forks_share_gives_what_the_whole_sequence_gives()
    {
        RandomModel random = RandomModel.Llama(new());
        using Transformer model = random.Load();
        int[] prefix = random.Ids(90), first = [.. prefix, 3, 50, 7], second = [.. prefix, 4];
        using KeyValueCache trunk = model.CreateCache(200);
        model.Score([new(prefix.AsMemory(0, 89), default, trunk)], []);
        using KeyValueCache a = trunk.Fork(), b = trunk.Fork();
        var scores = new TokenScore[4];
        model.Score([new(first.AsMemory(89, 3), first.AsMemory(90), a), new(second.AsMemory(89, 1), second.AsMemory(90), b)], scores);
        TokenScore[] expected = [.. Plain(model, first, 3), .. Plain(model, second, 1)];
        Assert.Equal(expected.Select(score => score.LogProbability), scores.Select(score => score.LogProbability), (x, y) => Math.Abs(x - y) < SameLogits);
    }

    [Fact]
    public void The_likeliest_id_is_greedy_and_another_is_not()
    {
        RandomModel random = RandomModel.Llama(new());
        using Transformer model = random.Load();
        int[] ids = random.Ids(5);
        float[] logits = new float[5 * random.Spec.VocabularySize];
        model.ComputeLogits(ids, logits);
        ReadOnlySpan<float> last = logits.AsSpan(4 * random.Spec.VocabularySize);
        int best = 0;
        for (int id = 0; id < last.Length; id++)
            best = last[id] > last[best] ? id : best;
        foreach ((int target, bool greedy) in new[] { (best, true), ((best + 1) % last.Length, false) })
        {
            using KeyValueCache cache = model.CreateCache(10);
            var score = new TokenScore[1];
            model.Score([new(ids, new[] { target }, cache)], score);
            Assert.Equal(greedy, score[0].IsGreedy);
        }
    }

    [Fact]
    public void Wrong_inputs_are_named()
    {
        RandomModel random = RandomModel.Llama(new());
        using Transformer model = random.Load();
        using KeyValueCache cache = model.CreateCache(4);
        Assert.Contains("sequence 0 has 2 targets but 1 ids", Assert.Throws<ArgumentException>(() =>
            model.Score([new(new[] { 1 }, new[] { 1, 2 }, cache)], new TokenScore[2])).Message, StringComparison.Ordinal);
        Assert.Contains("there are 1 targets but room for 2", Assert.Throws<ArgumentException>(() =>
            model.Score([new(new[] { 1 }, new[] { 1 }, cache)], new TokenScore[2])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Score([new(new[] { 1 }, new[] { random.Spec.VocabularySize }, cache)], new TokenScore[1]));
        Assert.Equal(0, cache.Length);
        random.Weights[ModelParameters.TokenEmbedding].AsSpan().Fill(float.NaN);
        using Transformer damaged = random.Load();
        using KeyValueCache other = damaged.CreateCache(4);
        Assert.Contains("not finite", Assert.Throws<InvalidDataException>(() => damaged.Score([new(new[] { 1 }, new[] { 0 }, other)], new TokenScore[1])).Message, StringComparison.Ordinal);
    }

    /// <summary>The last targets of a sequence by the logits of the whole, in fp64.</summary>
    private static IEnumerable<TokenScore> Plain(Transformer model, int[] ids, int targets)
    {
        int vocabulary = model.Spec.VocabularySize;
        float[] logits = new float[(ids.Length - 1) * vocabulary];
        model.ComputeLogits(ids.AsSpan(0, ids.Length - 1), logits);
        for (int at = ids.Length - targets; at < ids.Length; at++)
        {
            double[] row = [.. logits.AsSpan((at - 1) * vocabulary, vocabulary).ToArray().Select(logit => (double)logit)];
            double greatest = row.Max();
            yield return new(row[ids[at]] - greatest - Math.Log(row.Sum(logit => Math.Exp(logit - greatest))), row[ids[at]] == greatest);
        }
    }
}
