namespace Weft.Training.Tests;

public class WarmupCosineTests
{
    private static readonly WarmupCosine Schedule = new(Peak: 1e-3, Final: 1e-4, WarmupSteps: 100, Steps: 2000);

    [Theory]
    [InlineData(0, 1e-3 / 101)]
    [InlineData(99, 1e-3 * 100 / 101)]
    [InlineData(100, 1e-3)]
    [InlineData(1050, 5.5e-4)]
    [InlineData(2000, 1e-4)]
    [InlineData(5000, 1e-4)]
    public void The_rate_rises_linearly_then_falls_along_half_a_cosine(int step, double rate) => Assert.Equal(rate, Schedule.At(step), 12);

    [Fact]
    public void A_run_shorter_than_its_warm_up_stays_finite() => Assert.Equal(1e-3 * 5 / 11, new WarmupCosine(1e-3, 0, 10, 5).At(4), 12);
}
