using CsCheck;

namespace Weft.Inference.Tests.Sampling;

public sealed class SamplerTests
{
    [Fact]
    public void Temperature_zero_takes_the_greatest_logit_and_of_equals_the_lowest_id()
    {
        var sampler = new Sampler(SamplingOptions.Greedy);
        Assert.Equal(2, sampler.Sample([-1, 0, 7, 3, 7]));
        Assert.Equal(1, sampler.Sample([float.NegativeInfinity, -3e38f]));
    }

    [Fact]
    public void Top_k_of_one_is_greedy_at_any_temperature() =>
        Gen.Float[-10, 10].Array[1, 50].Sample(logits =>
            new Sampler(new() { TopK = 1, Temperature = 3 }).Sample(logits) == new Sampler(SamplingOptions.Greedy).Sample(logits));

    /// <summary>The twin sorts everything and says in one line each what the steps mean.</summary>
    [Fact]
    public void Only_what_the_naive_twin_keeps_is_drawn_and_as_often() =>
        Gen.Select(Gen.Int[-4, 4].Array[1, 12], Gen.Int[0, 8], Gen.Float[0.05f, 1], Gen.Float[0.3f, 2], Gen.Int[0, 1 << 20])
            .Sample((logits, topK, topP, temperature, seed) =>
            {
                float[] values = [.. logits.Select(logit => (float)logit)];
                Dictionary<int, double> expected = Naive(values, topK, topP, temperature);
                var sampler = new Sampler(new() { TopK = topK, TopP = topP, Temperature = temperature, Seed = (ulong)seed });
                const int Draws = 2000;
                int[] counts = new int[values.Length];
                for (int i = 0; i < Draws; i++)
                    counts[sampler.Sample(values)]++;
                for (int id = 0; id < counts.Length; id++)
                {
                    double p = expected.GetValueOrDefault(id), deviation = Math.Sqrt(Draws * p * (1 - p));
                    // Seven standard deviations, and a little for events so rare that they are not normally distributed.
                    Assert.InRange(Math.Abs(counts[id] - (Draws * p)), 0, p == 0 ? 0 : (7 * deviation) + 5);
                }
            }, iter: 200);

    [Theory]
    [InlineData(0, 1f)]
    [InlineData(40, 1f)]
    [InlineData(0, 0.95f)]
    public void The_draws_follow_the_distribution(int topK, float topP)
    {
        float[] logits = [.. Enumerable.Range(0, 100).Select(id => MathF.Sin(id) * 2)];
        Dictionary<int, double> expected = Naive(logits, topK, topP, 0.8f);
        var sampler = new Sampler(new() { TopK = topK, TopP = topP, Seed = 42 });
        const int Draws = 200_000;
        int[] counts = new int[100];
        for (int i = 0; i < Draws; i++)
            counts[sampler.Sample(logits)]++;
        double chiSquare = expected.Sum(pair => Math.Pow(counts[pair.Key] - (Draws * pair.Value), 2) / (Draws * pair.Value));
        // Mean n - 1 and variance 2(n - 1); the seed is fixed, so this does not fail by chance.
        Assert.InRange(chiSquare, 0, expected.Count - 1 + (4 * Math.Sqrt(2.0 * (expected.Count - 1))));
    }

    /// <summary>The pinned ids were computed by an independent program.</summary>
    [Fact]
    public void A_seed_draws_the_same_ids_everywhere()
    {
        float[] logits = [.. Enumerable.Range(0, 50).Select(id => (id * 37 % 50) / 10f)];
        int[] Draw(ulong seed, int topK, float topP)
        {
            var sampler = new Sampler(new() { Seed = seed, TopK = topK, TopP = topP });
            return [.. Enumerable.Range(0, 8).Select(_ => sampler.Sample(logits))];
        }
        Assert.Equal([31, 27, 27, 17, 31, 5, 4, 16], Draw(1, 0, 1));
        Assert.Equal([8, 31, 31, 4, 8, 27, 27, 4], Draw(1, 5, 1));
        Assert.Equal([8, 31, 31, 4, 8, 27, 27, 4], Draw(1, 0, 0.5f));
        Assert.NotEqual(Draw(1, 0, 1), Draw(2, 0, 1));
    }

    [Fact]
    public void Penalties_are_taken_off_the_logits_of_what_was_drawn()
    {
        float[] logits = [3, 2.9f, 2, 0];
        var sampler = new Sampler(new() { Temperature = 0, PresencePenalty = 0.5f, FrequencyPenalty = 0.25f });
        float[] left = [.. logits];
        int[] drawn = new int[logits.Length];
        for (int step = 0; step < 12; step++)
        {
            int expected = Array.IndexOf(left, left.Max());
            Assert.Equal(expected, sampler.Sample(logits));
            drawn[expected]++;
            left[expected] = logits[expected] - 0.5f - (0.25f * drawn[expected]);
        }
        Assert.True(drawn[2] > 0, "nothing but the first two was drawn, so that the penalties had no part in it");
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sampler(new() { PresencePenalty = float.NaN }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sampler(new() { FrequencyPenalty = float.PositiveInfinity }));
    }

    [Fact]
    public void The_generator_gives_the_published_sequence()
    {
        // First outputs of xoshiro256** from the state that SplitMix64 makes of seed 0.
        var random = new Xoshiro256(0);
        Assert.Equal([0x99EC5F36CB75F2B4UL, 0xBF6E1F784956452AUL, 0x1A5F849D4933E6E0UL], [random.Next(), random.Next(), random.Next()]);
    }

    [Fact]
    public void The_exponential_is_right_to_two_units_in_the_last_place()
    {
        for (double x = 0; x > -700; x -= 0.0137)
            Assert.InRange(Math.Abs((PortableExp.OfNegative(x) / Math.Exp(x)) - 1), 0, 5e-16);
        Assert.Equal(1, PortableExp.OfNegative(0));
        Assert.Equal(0, PortableExp.OfNegative(double.NegativeInfinity));
    }

    [Theory]
    [InlineData(-1f, 0, 1f, "Temperature is -1")]
    [InlineData(float.NaN, 0, 1f, "Temperature is NaN")]
    [InlineData(float.PositiveInfinity, 0, 1f, "Temperature is Infinity")]
    [InlineData(1f, -3, 1f, "TopK is -3")]
    [InlineData(1f, 0, 0f, "TopP is 0")]
    [InlineData(1f, 0, 1.5f, "TopP is 1.5")]
    public void Impossible_options_are_refused_by_name(float temperature, int topK, float topP, string message)
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(
            () => new Sampler(new() { Temperature = temperature, TopK = topK, TopP = topP }));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Logits_that_say_nothing_are_refused()
    {
        var sampler = new Sampler(new());
        Assert.Contains("id 1 is NaN", Assert.Throws<ArgumentException>(() => sampler.Sample([0, float.NaN])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => sampler.Sample([]));
        Assert.Throws<ArgumentException>(() => sampler.Sample([float.NegativeInfinity]));
        Assert.Throws<ArgumentException>(() => sampler.Sample([0, float.PositiveInfinity]));
    }

    private static Dictionary<int, double> Naive(float[] logits, int topK, float topP, float temperature)
    {
        (int Id, double Weight)[] kept = [.. logits.Select((logit, id) => (id, Math.Exp((logit - (double)logits.Max()) / temperature)))
            .OrderByDescending(pair => pair.Item2).ThenBy(pair => pair.id)];
        if (topK > 0)
            kept = [.. kept.Take(topK)];
        double total = kept.Sum(pair => pair.Weight);
        // As many as are needed: a token stays while those before it do not reach the sum.
        kept = [.. kept.Where((_, i) => kept.Take(i).Sum(pair => pair.Weight) < topP * total)];
        total = kept.Sum(pair => pair.Weight);
        return kept.ToDictionary(pair => pair.Id, pair => pair.Weight / total);
    }
}
