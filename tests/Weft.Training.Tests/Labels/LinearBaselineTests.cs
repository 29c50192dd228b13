using Weft.Training.Baselines;
using Weft.Training.Runs;
using Weft.Training.Tests.Runs;

namespace Weft.Training.Tests.Labels;

public class LinearBaselineTests
{
    private const double Rounding = 1e-6;

    [Fact]
    public void Vectors_are_those_of_the_formula()
    {
        // Characters of "ab": a, b, ab; words: ab. Of "Ab ab": a 2, b 2, space 1, runs ab 2, "b ", " a", "ab ", "b a", " ab", "ab a", "b ab"; words ab 2, "ab ab".
        Dictionary<int, int> one = HashedNGrams.Count("ab"), two = HashedNGrams.Count("Ab ab");
        Assert.Equal(4, one.Count);
        Assert.Equal(13, two.Count);
        Assert.Equal([2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1], two.Values.OrderDescending());
        Assert.All(one.Keys, bucket => Assert.Equal(2, two[bucket]));
        // Those of a second text are added.
        Assert.Equal([2, 2, 2, 2], HashedNGrams.Count("ab\0ab").Values);

        var features = new HashedNGrams(["ab", "Ab ab", "c"]);
        (int[] places, float[] values) = features.Of("Ab ab");
        double[] expected = [.. places.Select(place => (1 + Math.Log(two[place])) * (Math.Log(4.0 / (1 + (one.ContainsKey(place) ? 2 : 1))) + 1))];
        double length = Math.Sqrt(expected.Sum(value => value * value));
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < values.Length; i++)
            Assert.Equal(expected[i] / length, values[i], Rounding);
    }

    [Fact]
    public void Rows_are_learnt_the_same_way_each_time()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("a.tsv"), Enumerable.Range(0, 300).Select(i => $"text {i * 17} {(i % 3 == 0 ? "apple" : i % 3 == 1 ? "pear" : "plum")}\t{i % 3}"));
        Recipe recipe = new() { Task = new() { Files = [folder.File("a.tsv")], Text = "1", Label = "2" } };
        BaselineResult first = LinearBaseline.Run(recipe, new RunWatcher(), CancellationToken.None), second = LinearBaseline.Run(recipe, new RunWatcher(), CancellationToken.None);
        Assert.Equal(1, first.Test.Accuracy);
        Assert.Equal((first.Epochs, first.Validation, first.Test), (second.Epochs, second.Validation, second.Test));
    }

    [Fact]
    public void Several_labels_and_numbers_are_learnt_too()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("a.tsv"), Enumerable.Range(0, 300).Select(i => $"row {i * 17} {(i % 2 == 0 ? "sun" : "")} {(i % 3 == 0 ? "rain" : "")}\t{(i % 2 == 0 ? "dry" : "")},{(i % 3 == 0 ? "wet" : "")}\t{(i % 2 == 0 ? 1 : -1)}"));
        TaskRecipe task = new() { Files = [folder.File("a.tsv")], Text = "1", Label = "2", Separator = "," };
        BaselineResult several = LinearBaseline.Run(new() { Task = task }, new RunWatcher(), CancellationToken.None);
        Assert.Equal(["dry", "wet"], several.Labels);
        Assert.InRange(several.Test.Accuracy, 0.95, 1);
        BaselineResult number = LinearBaseline.Run(new() { Task = task with { Label = "3", Separator = null, Kind = TaskKind.Regression } }, new RunWatcher(), CancellationToken.None);
        Assert.InRange(number.Test.MeanAbsoluteError, 0, 0.3);
    }

    [Fact]
    public void Spam_is_told_from_ham()
    {
        string rows = TestAssets.Require("datasets/sms_spam/sms.tsv.gz");
        Recipe recipe = new() { Task = new() { Files = [rows], Text = "2", Label = "1" } };
        BaselineResult result = LinearBaseline.Run(recipe, new RunWatcher(), CancellationToken.None);
        Assert.Equal(["ham", "spam"], result.Labels);
        // A linear model of such features is known to be good at it; guessing "ham" has F1 0.
        Assert.InRange(result.Test.F1(1), 0.9, 1);
    }
}
