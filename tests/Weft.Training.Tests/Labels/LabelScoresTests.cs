using Weft.Evaluation.Metrics.Classification;
using Weft.Training.Objectives;

namespace Weft.Training.Tests.Labels;

public class LabelScoresTests
{
    private const double Rounding = 1e-12;

    [Theory]
    [InlineData(2, 200)]
    [InlineData(5, 300)]
    [InlineData(7, 9)] // Some labels are never met.
    public void Scores_of_one_label_are_those_of_the_metrics(int labels, int rows)
    {
        var random = new Random(3);
        var scores = new LabelScores(LabelKind.One, labels);
        List<string> predicted = [], actual = [];
        for (int row = 0; row < rows; row++)
        {
            float[] logits = [.. Enumerable.Range(0, labels).Select(_ => random.NextSingle())];
            int right = random.Next(labels);
            logits[right] += 0.3f;
            scores.Add(logits, right);
            predicted.Add($"{Array.IndexOf(logits, logits.Max())}");
            actual.Add($"{right}");
        }
        var report = new ClassificationReport(predicted, actual);
        Assert.Equal(report.Accuracy, scores.Accuracy, Rounding);
        Assert.Equal(report.Score(Averaging.Macro).F1, scores.MacroF1, Rounding);
        Assert.Equal(report.Score(Averaging.Micro).F1, scores.MicroF1, Rounding);
        foreach (string label in report.Labels)
        {
            LabelScore expected = report.Score(label);
            int index = int.Parse(label, System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(expected, new LabelScore(scores.Precision(index), scores.Recall(index), scores.F1(index)));
            Assert.Equal(report.Support(label), scores.Support(index));
        }
    }

    [Fact]
    public void Several_labels_are_judged_one_by_one_and_together()
    {
        var scores = new LabelScores(LabelKind.Several, 3);
        scores.Add([1, -1, 1], [1f, 0, 1]);    // all right
        scores.Add([-1, -1, -1], [0f, 0, 0]);  // none, and none
        scores.Add([1, 1, -1], [1f, 0, 1]);    // one right, one too many, one missed
        scores.Add([-1, -1, 1], [0f, 1, 1]);   // one missed
        Assert.Equal(0.5, scores.Accuracy);
        Assert.Equal((1, 1, 1), (scores.Precision(0), scores.Recall(0), scores.F1(0)));
        Assert.Equal((0, 0, 0), (scores.Precision(1), scores.Recall(1), scores.F1(1)));
        Assert.Equal((1, 2.0 / 3, 0.8), (scores.Precision(2), scores.Recall(2), scores.F1(2)));
        Assert.Equal((1 + 0 + 0.8) / 3, scores.MacroF1, Rounding);
        Assert.Equal(2 * 4 / (2.0 * 4 + 1 + 2), scores.MicroF1, Rounding);
    }

    [Fact]
    public void Numbers_have_errors_and_no_accuracy()
    {
        var scores = new LabelScores(LabelKind.Number, 1);
        scores.Add([1.5f], [1f]);
        scores.Add([-1f], [1f]);
        Assert.Equal(1.25, scores.MeanAbsoluteError);
        Assert.True(double.IsNaN(scores.Accuracy) && double.IsNaN(scores.MacroF1));
    }
}
