using static TorchSharp.torch;

namespace Weft.Training.Tests;

public class ScheduleTests
{
    /// <summary>Rates below 1 in fp64, computed in another order.</summary>
    private const double Tolerance = 1e-12;

    private const int Steps = 50;

    [Theory]
    [InlineData(0, 1e-3 / 11)]
    [InlineData(9, 1e-3 * 10 / 11)]
    [InlineData(10, 1e-3)]
    [InlineData(4000, 1e-3)]
    public void Constant_stays_after_the_warm_up(int step, double rate) => Assert.Equal(rate, new WarmupConstant(1e-3, 10).At(step), Tolerance);

    [Theory]
    [InlineData(0, 1e-3 / 11)]
    [InlineData(10, 1e-3)]
    [InlineData(60, 5.5e-4)]
    [InlineData(110, 1e-4)]
    [InlineData(500, 1e-4)]
    public void Linear_goes_up_and_down(int step, double rate) => Assert.Equal(rate, new WarmupLinear(1e-3, 1e-4, 10, 110).At(step), Tolerance);

    [Fact]
    public void Inverse_square_root_equals_the_formula_of_the_original_Transformer()
    {
        const int Width = 512, Warmup = 4000;
        var schedule = InverseSquareRoot.OfWidth(Width, Warmup);
        foreach (int s in (int[])[1, 2, 1000, 3999, 4000, 4001, 100_000])
            Assert.Equal(Math.Pow(Width, -0.5) * Math.Min(Math.Pow(s, -0.5), s * Math.Pow(Warmup, -1.5)), schedule.At(s - 1), Tolerance);
        Assert.Equal(7e-4, new InverseSquareRoot(7e-4, 100).At(99), Tolerance);
        Assert.Equal(3.5e-4, new InverseSquareRoot(7e-4, 100).At(399), Tolerance);
        Assert.Equal(1, new InverseSquareRoot(1, 0).At(0), Tolerance);
    }

    [Fact]
    public void Warm_up_stable_decay_equals_its_formula()
    {
        const double Peak = 2e-3, Final = 2e-4;
        foreach (DecayShape shape in Enum.GetValues<DecayShape>())
        {
            var schedule = new WarmupStableDecay(Peak, Final, 5, Steps) { DecaySteps = 20, Shape = shape };
            for (int step = 0; step < Steps + 5; step++)
            {
                double progress = Math.Clamp((step - 30) / 20.0, 0, 1);
                double expected = step < 5 ? Peak * (step + 1) / 6
                    : Final + ((Peak - Final) * (1 - (shape == DecayShape.Linear ? progress : Math.Sqrt(progress))));
                Assert.Equal(expected, schedule.At(step), Tolerance);
            }
        }
        // A decay as long as the run leaves the warm-up as it is.
        Assert.Equal(Peak * 3 / 6, new WarmupStableDecay(Peak, Final, 5, Steps) { DecaySteps = 1000 }.At(2), Tolerance);
    }

    [Theory]
    [InlineData(0.3, false)]
    [InlineData(0.25, true)]
    [InlineData(0.95, false)]
    [InlineData(1, false)]
    public void One_cycle_equals_torchs(double rise, bool linear)
    {
        Training.Native.NativeTorch.Load();
        using var scope = NewDisposeScope();
        using var parameter = new TorchSharp.Modules.Parameter(ones(1));
        var optimizer = optim.SGD([parameter], 0.1);
        var torchs = optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps: Steps, pct_start: rise, div_factor: 10, final_div_factor: 100, cycle_momentum: false,
            anneal_strategy: linear ? optim.lr_scheduler.impl.OneCycleLR.AnnealStrategy.Linear : optim.lr_scheduler.impl.OneCycleLR.AnnealStrategy.Cos);
        var schedule = new OneCycle(0.01, Steps) { Rise = rise, Linear = linear, StartDivisor = 10, EndDivisor = 100 };
        for (int step = 0; step < Steps; step++)
        {
            Assert.Equal(optimizer.ParamGroups.Single().LearningRate, schedule.At(step), Tolerance);
            optimizer.step();
            if (step + 1 < Steps)
                torchs.step();
        }
    }

    [Fact]
    public void One_cycle_of_few_steps_stays_finite()
    {
        for (int steps = 1; steps < 8; steps++)
            for (int step = 0; step < steps + 2; step++)
                foreach (double rise in (double[])[0, 0.2, 0.5, 1])
                    Assert.InRange(new OneCycle(0.1, steps) { Rise = rise }.At(step), (0.1 / 25 / 1e4) - Tolerance, 0.1 + Tolerance);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Linear_and_cosine_equal_torchs_without_a_warm_up(bool linear)
    {
        Training.Native.NativeTorch.Load();
        using var scope = NewDisposeScope();
        using var parameter = new TorchSharp.Modules.Parameter(ones(1));
        var optimizer = optim.SGD([parameter], 0.1);
        optim.lr_scheduler.LRScheduler torchs = linear
            ? optim.lr_scheduler.LinearLR(optimizer, start_factor: 1, end_factor: 0.1, total_iters: Steps)
            : optim.lr_scheduler.CosineAnnealingLR(optimizer, Steps, eta_min: 0.01);
        LearningRateSchedule schedule = linear ? new WarmupLinear(0.1, 0.01, 0, Steps) : new WarmupCosine(0.1, 0.01, 0, Steps);
        for (int step = 0; step <= Steps; step++)
        {
            Assert.Equal(optimizer.ParamGroups.Single().LearningRate, schedule.At(step), Tolerance);
            optimizer.step();
            torchs.step();
        }
    }
}
