using Weft.Data;
using Weft.Training.Batches;
using Weft.Training.Runs;

namespace Weft.Training.Tests;

public class LearningRateFinderTests
{
    /// <summary>Rates as powers, computed one from the other.</summary>
    private const double Tolerance = 1e-9;

    [Fact]
    public void The_steepest_place_of_a_known_curve_is_found()
    {
        // A fall in the middle of a logistic curve at 1e-3, and a rise from 0.1 on.
        RangePoint[] points = [.. Enumerable.Range(0, 100).Select(i => 1e-6 * Math.Pow(1e6, i / 99.0))
            .Select(rate => new RangePoint(rate, 4 - (2 / (1 + Math.Exp(-2 * Math.Log(rate / 1e-3)))) + (rate > 0.1 ? 40 * (rate - 0.1) : 0)))];
        LearningRateRange range = LearningRateRange.Of(points, diverged: true);
        Assert.InRange(range.Steepest!.Value, 0.8e-3, 1.25e-3);
        Assert.Equal(1, range.Diverged!.Value, Tolerance);
        Assert.Equal(range.Steepest, range.Suggested);
        Assert.Equal(2e-4, (range with { Diverged = 2e-3 }).Suggested!.Value, Tolerance);
    }

    [Fact]
    public void A_loss_that_never_falls_gives_no_rate()
    {
        LearningRateRange range = LearningRateRange.Of([.. Enumerable.Range(1, 20).Select(i => new RangePoint(i, i))], diverged: false);
        Assert.Equal((null, null, null), (range.Steepest, range.Diverged, range.Suggested));
        // Neither does one with a hole in every window, and holes elsewhere do no harm.
        Assert.Null(LearningRateRange.Of([.. Enumerable.Range(1, 6).Select(i => new RangePoint(i, i == 3 ? double.NaN : -i))], diverged: true).Steepest);
        Assert.NotNull(LearningRateRange.Of([.. Enumerable.Range(1, 20).Select(i => new RangePoint(i, i == 20 ? double.NaN : -i))], diverged: true).Steepest);
    }

    [Fact]
    public void A_model_learns_at_the_rate_that_is_found_and_breaks_beyond_the_last()
    {
        using var folder = new TemporaryFolder();
        using TokenShard shard = SmallModels.Shard(folder.FullName, "train.tokens");
        var windows = new CausalWindows(new ShuffledWindowSampler(shard, 9), 4, 16);
        string cursor = windows.Cursor;
        var finder = new LearningRateFinder(SmallModels.Llama(), SmallModels.Plan(1) with { Threads = 1 }, windows) { First = 1e-5, Last = 1e3, Steps = 80 };
        var seen = new List<RangePoint>();
        LearningRateRange range = finder.Run(seen.Add, CancellationToken.None);

        Assert.Equal(seen, range.Points);
        Assert.Equal(1e-5, seen[0].Rate, Tolerance);
        double factor = Math.Pow(1e8, 1 / 79.0);
        Assert.All(seen.Zip(seen.Skip(1)), pair => Assert.Equal(factor, pair.Second.Rate / pair.First.Rate, Tolerance));
        Assert.Equal(cursor, windows.Cursor);
        Assert.InRange(range.Diverged!.Value, 0.05, 999);
        Assert.InRange(range.Suggested!.Value, 3e-4, 0.3);
        // The same again: nothing was kept.
        Assert.Equal(seen, finder.Run(null, CancellationToken.None).Points);
    }

    [Fact]
    public void Impossible_ranges_are_refused_and_a_cancelled_test_ends()
    {
        using var folder = new TemporaryFolder();
        using TokenShard shard = SmallModels.Shard(folder.FullName, "train.tokens");
        var windows = new CausalWindows(new ShuffledWindowSampler(shard, 9), 4, 16);
        LearningRateFinder Finder(double first, double last, int steps) =>
            new(SmallModels.Llama(), SmallModels.Plan(1), windows) { First = first, Last = last, Steps = steps };
        Assert.Contains("from 1 to 0.1", Assert.Throws<ArgumentException>(() => Finder(1, 0.1, 10).Run(null, CancellationToken.None)).Message, StringComparison.Ordinal);
        Assert.Contains("1 steps", Assert.Throws<ArgumentException>(() => Finder(0.1, 1, 1).Run(null, CancellationToken.None)).Message, StringComparison.Ordinal);
        Assert.Throws<OperationCanceledException>(() => Finder(0.1, 1, 10).Run(null, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_recipe_s_text_and_model_are_searched()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("text.txt"), Enumerable.Range(0, 400).Select(i => $"Word {i} stands in line {i}."));
        Recipe recipe = new()
        {
            Threads = 1,
            Text = new() { Paths = [folder.File("text.txt")], Split = SplitKind.Tail, Validation = 0.1, Test = 0.1 },
            Tokenizer = new() { Kind = TokenizerKind.Characters },
            Model = new() { Size = ModelSize.Nano, Layers = 1, Width = 16, Heads = 2, Context = 16 },
            Training = new() { Steps = 10, Batch = 2 },
        };
        var observer = new Observer();
        LearningRateRange range = LearningRateSearch.Run(recipe, new(folder.File("search")), observer, CancellationToken.None);
        Assert.Equal(range.Points.Count, observer.Steps);
        Assert.NotNull(range.Suggested);
        Assert.False(File.Exists(folder.File("search/recipe.yaml")));
    }

    private sealed class Observer : IRunObserver
    {
        public int Steps { get; private set; }

        public void Stage(string title, string? detail = null)
        {
        }

        public void Info(string line)
        {
        }

        public void Progress(string what, long done, long total)
        {
            if (what == "rates")
                Steps = (int)done;
        }

        public void Training(TrainingSnapshot snapshot) => throw new InvalidOperationException("no training run is shown");
    }
}
