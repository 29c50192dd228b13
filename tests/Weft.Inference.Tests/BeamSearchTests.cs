using Weft.Model.Spec;

namespace Weft.Inference.Tests;

/// <summary>Beam search against all continuations there are, and encoder-decoders as texts go through them.</summary>
public sealed class BeamSearchTests
{
    private const int Vocabulary = 5, Length = 4, EndOfText = RandomModel.EndOfText;

    /// <summary>So many that none is ever dropped: the continuations of all lengths but the greatest.</summary>
    private const int AllBeams = Vocabulary * Vocabulary * Vocabulary;

    private static readonly int[] Source = [3, 0, 4, 1];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.0)]
    [InlineData(-2.0)]
    [InlineData(3.0)]
    public void With_beams_enough_it_finds_the_best_of_all(double penalty)
    {
        int seeds = 0;
        for (int seed = 1; seed <= 4; seed++)
        {
            RandomModel random = Small(seed);
            using Transformer model = random.Load(threads: 1);
            int[] best = All(model, [], 0).MaxBy(one => one.LogProbability / Math.Pow(one.Ids.Length, penalty)).Ids;
            Assert.Equal(best, Search(model, new() { Beams = AllBeams, LengthPenalty = penalty, MaximumTokens = Length }));
            seeds += best[^1] == EndOfText ? 1 : 0;
        }
        Assert.True(penalty >= 0 || seeds > 0, "no continuation ended, so that nothing about ends was tested");
    }

    [Fact]
    public void One_beam_is_greedy()
    {
        using var folder = new TemporaryFolder();
        Small(1).Save(folder.FullName);
        using TextGenerator generator = TextGenerator.Load(folder.FullName);
        int[] greedy = [.. generator.Generate(Source, new() { MaximumTokens = Length, Sampling = SamplingOptions.Greedy }, Token).Select(token => token.Id)];
        Assert.Equal(greedy, Search(generator.Model, new() { MaximumTokens = Length }));
    }

    [Fact]
    public void The_generator_gives_what_the_search_finds_and_says_why_it_ends()
    {
        using var folder = new TemporaryFolder();
        Small(2).Save(folder.FullName);
        using TextGenerator generator = TextGenerator.Load(folder.FullName);
        GenerationOptions options = new() { Beams = 3, MaximumTokens = Length };
        GeneratedToken[] tokens = [.. generator.Generate(Source, options, Token)];
        Assert.Equal(Search(generator.Model, options), tokens.Select(token => token.Id));
        Assert.Equal(tokens[^1].Id == EndOfText ? StopReason.EndOfText : StopReason.MaximumTokens, tokens[^1].StopReason);
        Assert.All(tokens[..^1], token => Assert.Null(token.StopReason));
    }

    [Fact]
    public void With_beams_enough_its_list_is_the_best_of_all_in_their_order()
    {
        using var folder = new TemporaryFolder();
        Small(3).Save(folder.FullName);
        using TextGenerator generator = TextGenerator.Load(folder.FullName);
        const double Penalty = 0.7;
        double[] expected = [.. All(generator.Model, [], 0).Select(one => one.LogProbability / Math.Pow(one.Ids.Length, Penalty)).OrderDescending().Take(10)];
        IReadOnlyList<Hypothesis> found = generator.Search(Source, new() { Beams = AllBeams, LengthPenalty = Penalty, MaximumTokens = Length }, Token);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second.Score, 1e-4));
        Assert.Equal(found.Count, found.Select(one => string.Join(',', one.Ids)).Distinct().Count());
        Assert.All(found, one => Assert.Equal(one.Ids[^1] == EndOfText ? StopReason.EndOfText : StopReason.MaximumTokens, one.StopReason));
    }

    [Fact]
    public void The_first_id_of_a_decoder_may_be_forced()
    {
        using var folder = new TemporaryFolder();
        Small(1).Save(folder.FullName);
        using TextGenerator generator = TextGenerator.Load(folder.FullName);
        KeyValueCache cache = generator.Model.CreateCache(2, Source);
        float[] logits = new float[Vocabulary];
        generator.Model.Forward([RandomModel.DecoderStart, 4], cache, logits);
        GenerationOptions options = new() { MaximumTokens = 1, Sampling = SamplingOptions.Greedy, ForcedBeginId = 4 };
        Assert.Equal(Array.IndexOf(logits, logits.Max()), Assert.Single(generator.Generate(Source, options, Token)).Id);
        Assert.Throws<ArgumentOutOfRangeException>(() => generator.Generate(Source, options with { ForcedBeginId = Vocabulary }, Token));
    }

    [Fact]
    public void A_decoder_alone_is_searched_too()
    {
        ModelSpec spec = Mechanisms.All["ALiBi"];
        using var folder = new TemporaryFolder();
        RandomModel.Of(spec).Save(folder.FullName);
        using TextGenerator generator = TextGenerator.Load(folder.FullName);
        int[] prompt = [1, 2, 3];
        int[] found = [.. generator.Generate(prompt, new() { Beams = 4, MaximumTokens = 6 }, Token).Select(token => token.Id)];
        int[] greedy = [.. generator.Generate(prompt, new() { MaximumTokens = 6, Sampling = SamplingOptions.Greedy }, Token).Select(token => token.Id)];
        Assert.Equal(6, found.Length);
        Assert.True(LogProbability(generator.Model, prompt, found) >= LogProbability(generator.Model, prompt, greedy) - 1e-4);
    }

    [Fact]
    public void A_decoder_that_is_not_told_what_it_begins_with_is_refused()
    {
        using var folder = new TemporaryFolder();
        RandomModel random = Small(1);
        Weft.Model.Checkpoints.HuggingFace.HuggingFaceExport.Save(folder.FullName, new Weft.Model.Architectures.WeftArchitecture(), random.Spec, parameter => random.Weights[parameter.Name], new());
        using TextGenerator generator = TextGenerator.Load(folder.FullName);
        Assert.Contains("decoder_start_token_id", Assert.Throws<NotSupportedException>(() => generator.Generate(Source, ct: Token)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1.0, "Beams")]
    [InlineData(2, double.NaN, "LengthPenalty")]
    public void Impossible_options_are_refused_by_name(int beams, double penalty, string named)
    {
        var options = new GenerationOptions { Beams = beams, LengthPenalty = penalty };
        Assert.Contains(named, Assert.Throws<ArgumentOutOfRangeException>(() => options.Validate()).Message, StringComparison.Ordinal);
    }

    /// <summary>Few ids, each of which has a chance.</summary>
    internal static RandomModel Small(int seed)
    {
        ModelSpec spec = Mechanisms.All["the original Transformer"];
        return RandomModel.Of(spec with { Embedding = spec.Embedding with { VocabularySize = Vocabulary, Scale = 1 } }, seed);
    }

    private static int[] Search(Transformer model, GenerationOptions options)
    {
        KeyValueCache cache = model.CreateCache(Length, Source);
        float[] logits = new float[model.Spec.VocabularySize];
        model.Forward([RandomModel.DecoderStart], cache, logits);
        BeamSearch.Step step = (sequences, next, ct) =>
        {
            model.Forward(sequences, next, ct);
            return null;
        };
        return new BeamSearch(step, [EndOfText], options, options.MaximumTokens).Run(cache, logits, Token);
    }

    /// <summary>Every continuation that ends, or is as long as permitted.</summary>
    private static IEnumerable<(int[] Ids, double LogProbability)> All(Transformer model, int[] soFar, double logProbability)
    {
        if (soFar.Length == Length || (soFar.Length > 0 && soFar[^1] == EndOfText))
            return [(soFar, logProbability)];
        double[] next = LogSoftmax(Logits(model, soFar));
        return Enumerable.Range(0, Vocabulary).SelectMany(id => All(model, [.. soFar, id], logProbability + next[id]));
    }

    private static float[] Logits(Transformer model, int[] soFar)
    {
        KeyValueCache cache = model.CreateCache(Length, Source);
        float[] logits = new float[model.Spec.VocabularySize];
        model.Forward([RandomModel.DecoderStart, .. soFar], cache, logits);
        return logits;
    }

    private static double LogProbability(Transformer model, int[] prompt, int[] ids)
    {
        KeyValueCache cache = model.CreateCache(prompt.Length + ids.Length);
        float[] logits = new float[model.Spec.VocabularySize];
        model.Forward(prompt, cache, logits);
        double sum = 0;
        foreach (int id in ids)
        {
            sum += LogSoftmax(logits)[id];
            model.Forward([id], cache, logits);
        }
        return sum;
    }

    private static double[] LogSoftmax(float[] logits)
    {
        double sum = logits.Sum(logit => Math.Exp(logit));
        return [.. logits.Select(logit => logit - Math.Log(sum))];
    }
}
