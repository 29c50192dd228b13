namespace Weft.Training.Tests.Policies;

public class LossStatisticsTests
{
    /// <summary>Sums of a few hundred doubles of size 1.</summary>
    private const double Rounding = 1e-12;

    [Fact]
    public void Over_the_first_window_they_are_the_textbook_mean_and_variance()
    {
        double[] losses = Losses(LossStatistics.Window);
        var statistics = new LossStatistics();
        for (int n = 1; n <= losses.Length; n++)
        {
            statistics = statistics.With(losses[n - 1]);
            double mean = losses[..n].Average(), variance = losses[..n].Average(loss => (loss - mean) * (loss - mean));
            Assert.Equal(mean, statistics.Mean, Rounding);
            Assert.Equal(variance, statistics.Variance, Rounding);
        }
    }

    [Fact]
    public void After_it_they_are_weighted_sums_that_forget_exponentially()
    {
        const int Later = 300;
        double[] losses = Losses(LossStatistics.Window + Later);
        LossStatistics statistics = losses.Aggregate(new LossStatistics(), (so, loss) => so.With(loss));
        // Written out: the first window counts as a whole, each later loss by what the ones after it have left of it.
        double keep = 1 - (1.0 / LossStatistics.Window);
        double[] weights = [.. losses.Select((_, i) => i < LossStatistics.Window
            ? Math.Pow(keep, Later) / LossStatistics.Window : Math.Pow(keep, losses.Length - 1 - i) / LossStatistics.Window)];
        double mean = losses.Zip(weights, (loss, weight) => loss * weight).Sum();
        Assert.Equal(1, weights.Sum(), Rounding);
        Assert.Equal(mean, statistics.Mean, Rounding);
        Assert.Equal(losses.Zip(weights, (loss, weight) => (loss - mean) * (loss - mean) * weight).Sum(), statistics.Variance, Rounding);
        Assert.Equal((9 - statistics.Mean) / Math.Sqrt(statistics.Variance), statistics.DeviationsAbove(9), Rounding * 100);
    }

    [Fact]
    public void Few_losses_and_losses_that_hardly_move_make_no_spike()
    {
        LossStatistics few = Losses(LossStatistics.Fewest - 1).Aggregate(new LossStatistics(), (so, loss) => so.With(loss));
        Assert.Equal(0, few.DeviationsAbove(1000));
        Assert.True(few.With(3).DeviationsAbove(1000) > 100);
        LossStatistics flat = Enumerable.Repeat(2.0, 100).Aggregate(new LossStatistics(), (so, loss) => so.With(loss));
        // One hundredth of 2 stands for the deviation of losses that have none.
        Assert.Equal(0.5, flat.DeviationsAbove(2.01), 1e-9);
    }

    private static double[] Losses(int count)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, count).Select(i => 3 + (0.3 * random.NextDouble()) + (1.0 / (i + 1)))];
    }
}
