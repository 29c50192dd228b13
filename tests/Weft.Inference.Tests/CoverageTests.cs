namespace Weft.Inference.Tests;

/// <summary>Attention to a source, and texts compared by how much of it they cover, against the double-precision forward pass.</summary>
public sealed class CoverageTests
{
    private const int Vocabulary = 5, Length = 4, AllBeams = Vocabulary * Vocabulary * Vocabulary;

    /// <summary>fp32 against double, of probabilities.</summary>
    private const double Tolerance = 2e-6;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> EncoderDecoders => [.. Mechanisms.All.Where(pair => pair.Value.HasSource).Select(pair => pair.Key)];

    [Theory]
    [MemberData(nameof(EncoderDecoders))]
    public void The_last_token_of_each_sequence_attends_to_its_source_as_in_the_reference(string name)
    {
        RandomModel random = RandomModel.Of(Mechanisms.All[name]);
        using Transformer model = random.Load();
        // More tokens than the workspace has rows: the second and the third sequence come in pieces.
        int[][] sources = [random.Ids(75, seed: 2), random.Ids(1, seed: 3), random.Ids(130, seed: 4)], ids = [random.Ids(200, seed: 5), random.Ids(90, seed: 6), random.Ids(170, seed: 8)];
        KeyValueCache[] caches = [.. sources.Select(source => model.CreateCache(random.Spec.ContextLength, source))];
        SequenceInput[] inputs = [.. ids.Zip(caches, (own, cache) => new SequenceInput(own, cache))];
        float[] without = new float[ids.Length * random.Spec.VocabularySize], with = [.. without];
        model.Forward(inputs, without, Token);
        foreach (KeyValueCache cache in caches)
            cache.Truncate(0);
        SourceAttention attention = new(random.Spec);
        model.Forward(inputs, with, attention, Token);
        Assert.Equal(without, with);
        AssertReference(random, sources, ids, attention);

        attention = new(random.Spec);
        int[][] next = [[1], [3, 2], [4]];
        model.Forward([.. next.Zip(caches, (own, cache) => new SequenceInput(own, cache))], with, attention, Token);
        AssertReference(random, sources, [.. ids.Zip(next, (before, after) => (int[])[.. before, .. after])], attention);
    }

    [Theory]
    [InlineData(1.0, 0.2)]
    [InlineData(0.0, 0.5)]
    [InlineData(-2.0, 3.0)]
    public void With_beams_enough_the_list_is_the_best_of_all_in_their_order(double length, double coverage)
    {
        int[] source = [3, 0, 4, 1];
        int changed = 0;
        for (int seed = 1; seed <= 3; seed++)
        {
            RandomModel random = BeamSearchTests.Small(seed);
            using var folder = new TemporaryFolder();
            random.Save(folder.FullName);
            using TextGenerator generator = TextGenerator.Load(folder.FullName);
            GenerationOptions options = new() { Beams = AllBeams, LengthPenalty = length, CoveragePenalty = coverage, MaximumTokens = Length };
            var all = Texts([]).Select(ids => (Ids: ids, Score: Score(random, source, [RandomModel.DecoderStart], ids, options))).OrderByDescending(one => one.Score).ToArray();
            IReadOnlyList<Hypothesis> found = generator.Search(source, options, Token);
            Assert.Equal(all[0].Ids, found[0].Ids);
            Assert.All(all.Take(20).Zip(found), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-4));
            changed += found[0].Ids.SequenceEqual(generator.Search(source, options with { CoveragePenalty = 0 }, Token)[0].Ids) ? 0 : 1;
        }
        Assert.True(coverage < 3 || changed > 0, "the penalty changed no choice, so that nothing about choices was tested");
    }

    /// <summary>Few beams, so that some are dropped and others have several successors; what each has covered goes with it.</summary>
    [Theory]
    [MemberData(nameof(EncoderDecoders))]
    public void Each_text_has_the_score_that_the_reference_gives_it(string name)
    {
        RandomModel random = RandomModel.Of(Mechanisms.All[name]);
        using var folder = new TemporaryFolder();
        random.Save(folder.FullName);
        using TextGenerator generator = TextGenerator.Load(folder.FullName);
        int[] source = random.Ids(23, seed: 9);
        foreach (int? forced in (int?[])[null, 4])
        {
            GenerationOptions options = new() { Beams = 4, LengthPenalty = 0.6, CoveragePenalty = 0.4, MaximumTokens = 14, ForcedBeginId = forced };
            int[] begin = forced is { } id ? [RandomModel.DecoderStart, id] : [RandomModel.DecoderStart];
            IReadOnlyList<Hypothesis> found = generator.Search(source, options, Token);
            Assert.Equal(4, found.DistinctBy(one => string.Join(',', one.Ids)).Count());
            Assert.All(found, one => Assert.Equal(Score(random, source, begin, [.. one.Ids], options), one.Score, 1e-4));
            Assert.Equal(found.Select(one => one.Score).OrderDescending(), found.Select(one => one.Score));
            Assert.Equal(found[0].Ids, generator.Generate(source, options, Token).Select(token => token.Id));
        }
    }

    [Fact]
    public void What_is_covered_more_than_once_counts_once_and_nothing_counts_as_a_number()
    {
        SourceCoverage coverage = SourceCoverage.Of([0.5f, 0, 0.9f]);
        Assert.Equal(Math.Log(0.5) + Math.Log(1.17549435e-38) + Math.Log(0.9f), coverage.Score, 1e-9);
        Assert.Equal(Math.Log(0.25), coverage.With([0.5f, 0.25f, 0.9f]).Score, 1e-9);
        // The one that was is as it was: other texts go on from it.
        Assert.Equal(Math.Log(0.75), coverage.With([0.25f, 1, 0.9f]).Score, 1e-9);
    }

    [Theory]
    [InlineData(2, -0.1)]
    [InlineData(2, double.NaN)]
    [InlineData(2, double.PositiveInfinity)]
    [InlineData(1, 0.2)]
    public void Impossible_penalties_are_refused_by_name(int beams, double penalty)
    {
        var options = new GenerationOptions { Beams = beams, CoveragePenalty = penalty };
        Assert.Contains("CoveragePenalty", Assert.Throws<ArgumentOutOfRangeException>(() => options.Validate()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_decoder_alone_has_no_source_to_cover()
    {
        using var folder = new TemporaryFolder();
        RandomModel.Of(Mechanisms.All["ALiBi"]).Save(folder.FullName);
        using TextGenerator generator = TextGenerator.Load(folder.FullName);
        Assert.Contains("no encoder", Assert.Throws<ArgumentOutOfRangeException>(
            () => generator.Search(new[] { 1 }, new() { Beams = 2, CoveragePenalty = 0.2 }, Token)).Message, StringComparison.Ordinal);
    }

    private static void AssertReference(RandomModel random, int[][] sources, int[][] ids, SourceAttention attention)
    {
        Assert.Equal(sources.Select(source => source.Length), attention.Rows.Select(row => row.Length));
        for (int i = 0; i < sources.Length; i++)
        {
            ReferenceModel reference = random.Reference();
            reference.ComputeOutputs(ids[i], sources[i], []);
            Assert.InRange(Differences.Greatest(reference.SourceAttention()[^1], attention.Rows[i]), 0, Tolerance);
        }
    }

    /// <summary>Every text that ends, or is as long as permitted.</summary>
    private static IEnumerable<int[]> Texts(int[] soFar) => soFar.Length == Length || (soFar.Length > 0 && soFar[^1] == RandomModel.EndOfText)
        ? [soFar]
        : Enumerable.Range(0, Vocabulary).SelectMany(id => Texts([.. soFar, id]));

    /// <summary>log P / length^penalty + β Σ log(min(Σ p, 1)) as the papers write it, over the steps that give the text's tokens.</summary>
    private static double Score(RandomModel random, int[] source, int[] begin, int[] ids, GenerationOptions options)
    {
        ReferenceModel reference = random.Reference();
        double[][] logits = reference.ComputeOutputs([.. begin, .. ids[..^1]], source, [])[(begin.Length - 1)..];
        double[][] attention = reference.SourceAttention()[(begin.Length - 1)..];
        double logProbability = ids.Select((id, t) => logits[t][id] - Math.Log(logits[t].Sum(Math.Exp))).Sum();
        double coverage = Enumerable.Range(0, source.Length).Sum(i => Math.Log(Math.Min(attention.Sum(step => step[i]), 1)));
        return (logProbability / Math.Pow(ids.Length, options.LengthPenalty)) + (options.CoveragePenalty * coverage);
    }
}
