using CsCheck;
using Weft.Evaluation.Metrics;
using Weft.Evaluation.Metrics.Classification;

namespace Weft.Evaluation.Tests.Metrics;

/// <summary>Labels and pass@k against their definitions.</summary>
public sealed class ClassificationTests
{
    private const double LastBits = 1e-12;

    private static readonly Gen<(int Predicted, int Actual)[]> Decisions = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3]).Array[1, 40];

    [Fact]
    public void Numbers_of_an_example()
    {
        // y_true = [0, 1, 2, 0, 1, 2], y_pred = [0, 2, 1, 0, 0, 1] of scikit-learn's documentation.
        var report = new ClassificationReport(["0", "2", "1", "0", "0", "1"], ["0", "1", "2", "0", "1", "2"]);
        Assert.Equal(1.0 / 3, report.Accuracy, LastBits);
        Assert.Equal(1.0 / 3, report.Score(Averaging.Micro).F1, LastBits);
        LabelScore macro = report.Score(Averaging.Macro);
        Assert.Equal((0.2222, 0.3333, 0.2667), (Math.Round(macro.Precision, 4), Math.Round(macro.Recall, 4), Math.Round(macro.F1, 4)));
        Assert.Equal(0.8, report.Score("0").F1, LastBits);
        Assert.Equal(2, report.Support("2"));
    }

    [Fact]
    public void Every_label_is_scored_as_a_question_of_its_own() => Decisions.Sample(decisions =>
    {
        ClassificationReport report = Report(decisions);
        foreach (string label in report.Labels)
        {
            int place = label[0] - '0';
            double right = decisions.Count(one => one.Predicted == place && one.Actual == place);
            double predicted = decisions.Count(one => one.Predicted == place), actual = decisions.Count(one => one.Actual == place);
            LabelScore score = report.Score(label);
            double precision = predicted > 0 ? right / predicted : 0, recall = actual > 0 ? right / actual : 0;
            Assert.Equal(precision, score.Precision, LastBits);
            Assert.Equal(recall, score.Recall, LastBits);
            Assert.Equal(precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0, score.F1, LastBits);
        }
        Assert.Equal(report.Labels.Average(label => report.Score(label).F1), report.Score(Averaging.Macro).F1, LastBits);
        Assert.Equal(decisions.Average(one => report.Score($"{one.Actual}").Recall), report.Score(Averaging.Weighted).Recall, LastBits);
        Assert.Equal(decisions.Average(one => report.Score($"{one.Actual}").Precision), report.Score(Averaging.Weighted).Precision, LastBits);
    });

    [Fact]
    public void Matthews_coefficient_is_the_correlation_of_indicators() => Decisions.Sample(decisions =>
    {
        double Covariance(Func<(int Predicted, int Actual), int> one, Func<(int Predicted, int Actual), int> other) => Enumerable.Range(0, 4).Sum(label =>
            decisions.Average(item => (one(item) == label ? 1.0 : 0) * (other(item) == label ? 1 : 0))
            - decisions.Average(item => one(item) == label ? 1.0 : 0) * decisions.Average(item => other(item) == label ? 1.0 : 0));
        bool varies = decisions.DistinctBy(item => item.Predicted).Count() > 1 && decisions.DistinctBy(item => item.Actual).Count() > 1;
        double expected = varies ? Covariance(item => item.Predicted, item => item.Actual)
            / Math.Sqrt(Covariance(item => item.Predicted, item => item.Predicted) * Covariance(item => item.Actual, item => item.Actual)) : 0;
        Assert.Equal(expected, Report(decisions).Matthews, 1e-9);
    });

    [Fact]
    public void Unequal_and_empty_lists_and_unknown_labels_are_refused()
    {
        Assert.Contains("there are 1 predictions, but 2 answers", Assert.Throws<ArgumentException>(() => new ClassificationReport(["a"], ["a", "b"])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new ClassificationReport([], []));
        Assert.Contains("there are 'a', 'b'", Assert.Throws<ArgumentException>(() => new ClassificationReport(["a"], ["b"]).Score("c")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pass_at_k_is_the_share_of_choices_with_one_that_passed()
    {
        for (int samples = 1; samples <= 8; samples++)
            for (int passed = 0; passed <= samples; passed++)
                for (int k = 1; k <= samples; k++)
                {
                    // A choice is a set of bits; the first samples are those that passed.
                    uint[] choices = [.. Enumerable.Range(0, 1 << samples).Select(bits => (uint)bits).Where(bits => uint.PopCount(bits) == k)];
                    double share = (double)choices.Count(bits => (bits & ((1u << passed) - 1)) != 0) / choices.Length;
                    Assert.Equal(share, PassAtK.Estimate(samples, passed, k), LastBits);
                }
        Assert.Equal(0.5, PassAtK.Estimate([(2, 1), (4, 4), (3, 0)], 1), LastBits);
    }

    [Fact]
    public void Pass_at_k_needs_k_samples()
    {
        Assert.Contains("pass@5 needs 5 samples", Assert.Throws<ArgumentOutOfRangeException>(() => PassAtK.Estimate(4, 1, 5)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => PassAtK.Estimate(4, 5, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => PassAtK.Estimate(4, 1, 0));
        Assert.Throws<ArgumentException>(() => PassAtK.Estimate([], 1));
    }

    private static ClassificationReport Report((int Predicted, int Actual)[] decisions) =>
        new([.. decisions.Select(one => $"{one.Predicted}")], [.. decisions.Select(one => $"{one.Actual}")]);
}
