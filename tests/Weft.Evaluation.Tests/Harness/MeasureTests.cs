using Weft.Evaluation.Harness;
using Weft.Evaluation.Harness.Requests;
using Weft.Evaluation.Harness.Tasks;

namespace Weft.Evaluation.Tests.Harness;

/// <summary>Metrics, errors and drawn examples.</summary>
public sealed class MeasureTests
{
    /// <summary>Sums of a few numbers in fp64.</summary>
    private const double LastBits = 1e-12;

    [Fact]
    public void Accuracy_takes_the_likeliest_and_its_normalized_form_the_likeliest_per_character()
    {
        Question question = Question.Choose("Q", ["no", "certainly"], 1);
        AnsweredQuestion answer = Answer(question, -4, -9);
        Assert.Equal(0, Metric.Accuracy.Measure(answer).Value);
        // -4 / 2 against -9 / 9.
        Assert.Equal(1, Metric.AccuracyPerCharacter.Measure(answer).Value);
        // Of equal ones the first counts, as NumPy's argmax has it.
        Assert.Equal(0, Metric.Accuracy.Measure(Answer(question, -4, -4)).Value);
        // A character beyond the first plane is one: -6 / 2 against -8 / 3, where UTF-16 units would turn it round.
        Assert.Equal(1, Metric.AccuracyPerCharacter.Measure(Answer(Question.Choose("Q", ["😀😀", "abc"], 1), -6, -8)).Value);
    }

    [Fact]
    public void Sentences_are_compared()
    {
        AnsweredQuestion answer = Answer(Question.Choose("", ["more", "less"], 0), -10, -12.5);
        Assert.Equal([1, 2.5], [Metric.Stereotypes.Measure(answer).Value, Metric.LikelihoodDifference.Measure(answer).Value]);
        Assert.Equal(0, Metric.Stereotypes.Measure(Answer(answer.Question, -10, -10)).Value);
        Question pair = new Question.Alternatives([new("p", "a"), new("p", "b"), new("q", "a"), new("q", "b")], 1);
        AnsweredQuestion biased = Answer(pair, -2, -1, -1, -2);
        Assert.Equal([1, 0, 1], new[] { Metric.ProStereotypicalAccuracy, Metric.AntiStereotypicalAccuracy, Metric.StereotypeGap }.Select(metric => metric.Measure(biased).Value));
    }

    [Theory]
    [InlineData("5 + 5 = 10\n#### 10", "#### 10", 1, 1)]
    [InlineData("So it is $1,000.", "x\n#### 1000", 0, 1)]
    [InlineData("#### 12 and 13", "#### 12", 1, 0)]
    [InlineData("#### -3", "#### -3", 1, 1)]
    [InlineData("nothing", "#### 1", 0, 0)]
    [InlineData("It costs 18.", "#### 18", 0, 1)]
    public void Numbers_are_found_as_lm_evaluation_harness_finds_them(string text, string gold, double strict, double flexible)
    {
        var answer = new AnsweredQuestion(new Question.Generation("Q", gold, [], 9), [], text);
        Assert.Equal([strict, flexible], [Metric.StrictNumber.Measure(answer).Value, Metric.LastNumber.Measure(answer).Value]);
    }

    [Fact]
    public void Perplexities_are_per_word_and_per_byte_of_the_original()
    {
        // Python's re.split gives an empty word at both ends: 4 words; 11 bytes.
        AnsweredQuestion a = Answer(new Question.WholeText("x", " two wörds "), -6), b = Answer(new Question.WholeText("x", "abc"), -1);
        double[] values = [.. new[] { Metric.WordPerplexity, Metric.BytePerplexity, Metric.BitsPerByte }
            .Select(metric => Estimate.Of([metric.Measure(a), metric.Measure(b)], metric.Aggregation).Value)];
        Assert.Equal(Math.Exp(7.0 / 5), values[0], LastBits);
        Assert.Equal(Math.Exp(7.0 / 15), values[1], LastBits);
        Assert.Equal(7.0 / 15 / Math.Log(2), values[2], LastBits);
        Assert.Equal(Math.Exp(2), Estimate.Of([Metric.Perplexity.Measure(Answer(new Question.Continuation("a", "b"), -1)), Metric.Perplexity.Measure(Answer(new Question.Continuation("a", "b"), -3))], Aggregation.Perplexity).Value, LastBits);
    }

    [Fact]
    public void A_mean_has_the_error_of_the_formula_and_an_interval_around_it()
    {
        Measure[] measures = [.. Enumerable.Range(0, 100).Select(i => new Measure(i < 30 ? 1 : 0))];
        Estimate estimate = Estimate.Of(measures, Aggregation.Mean, seed: 3);
        Assert.Equal(0.3, estimate.Value, LastBits);
        // sqrt(p (1 - p) / (n - 1)).
        Assert.Equal(Math.Sqrt(0.3 * 0.7 / 99), estimate.StandardError!.Value, LastBits);
        // The binomial's 95 % interval is 0.3 ± 0.09; a thousand draws hit its ends to two hundredths.
        Assert.InRange(estimate.Low, 0.19, 0.23);
        Assert.InRange(estimate.High, 0.37, 0.41);
        Assert.Equal(estimate, Estimate.Of(measures, Aggregation.Mean, seed: 3));
        Assert.Null(Estimate.Of([new(1)], Aggregation.Mean).StandardError);
    }

    [Fact]
    public void The_error_of_a_perplexity_is_that_of_drawn_texts()
    {
        var random = new Random(5);
        Measure[] measures = [.. Enumerable.Range(0, 400).Select(_ => new Measure(-3 + random.NextDouble()))];
        Estimate estimate = Estimate.Of(measures, Aggregation.Perplexity);
        // To first order, the error of exp(-mean) is exp(-mean) times that of the mean: uniform numbers have a variance of 1/12. A thousand draws tell it to 3 %.
        Assert.Equal(1, estimate.StandardError!.Value / (estimate.Value * Math.Sqrt(1.0 / 12 / 400)), 0.1);
    }

    [Fact]
    public void Drawn_examples_depend_on_seed_and_row_alone_and_never_hold_the_row()
    {
        EvaluationTask task = TaskCatalog.FindTask("piqa")!;
        Question[] pool = [.. Enumerable.Range(0, 12).Select(i => new Question.Continuation($"{i}", ""))];
        int[] Draw(int row, ulong seed, bool fromRows = true) => [.. new ShotSampler(task, pool, 5, fromRows, seed).Draw(row).Select(question => int.Parse(question.Shot.Prompt, System.Globalization.CultureInfo.InvariantCulture))];
        for (int row = 0; row < 12; row++)
        {
            Assert.Equal(5, Draw(row, 1).Distinct().Count());
            Assert.DoesNotContain(row, Draw(row, 1));
            Assert.Equal(Draw(row, 1), Draw(row, 1));
        }
        Assert.NotEqual(Draw(0, 1), Draw(0, 2));
        Assert.NotEqual(Draw(0, 1, fromRows: false), Draw(1, 1, fromRows: false));
        // Each candidate has the same chance: of 2,000 rows' 5 examples of 11, about 909 hold a given one.
        int[] counts = new int[12];
        for (ulong seed = 0; seed < 2000; seed++)
            foreach (int drawn in Draw(0, seed))
                counts[drawn]++;
        Assert.All(counts.Skip(1), count => Assert.InRange(count, 800, 1020));
        Assert.Contains("has 11 examples, but 12 shots", Assert.Throws<ArgumentException>(() => new ShotSampler(task, pool, 12, true, 0)).Message, StringComparison.Ordinal);
    }

    private static AnsweredQuestion Answer(Question question, params double[] scores) => new(question, [.. scores.Select(score => new ScoredText(score, false))]);
}
