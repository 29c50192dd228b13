using System.Globalization;

namespace Weft.Training.Runs;

/// <summary>
/// Course of the learning rate, and what only some courses have. The highest rate, the last one and the warm-up stand beside it in
/// <see cref="TrainingRecipe"/>.
/// </summary>
public sealed record ScheduleRecipe
{
    /// <summary>Which one.</summary>
    public ScheduleKind Kind { get; init; } = ScheduleKind.Cosine;

    /// <summary>Steps of the way down (wsd); by default a fifth of all.</summary>
    public int? DecaySteps { get; init; }

    /// <summary>The way down (wsd).</summary>
    public DecayShape? Shape { get; init; }

    /// <summary>Share of the steps on the way up (one-cycle).</summary>
    public double? Rise { get; init; }

    /// <summary>The highest rate over the first (one-cycle).</summary>
    public double? StartDivisor { get; init; }

    /// <summary>The first rate over the last (one-cycle).</summary>
    public double? EndDivisor { get; init; }

    /// <summary>Straight lines instead of half cosines (one-cycle).</summary>
    public bool? Linear { get; init; }

    private bool HasFinal => Kind is ScheduleKind.Cosine or ScheduleKind.Linear or ScheduleKind.Wsd;

    /// <summary>Refuses impossible values, and those that the schedule has no use for.</summary>
    internal void Check(TrainingRecipe training)
    {
        Key("schedule.decay-steps", DecaySteps, DecaySteps is > 0, "give at least 1", Kind == ScheduleKind.Wsd);
        Key("schedule.shape", Shape, true, "", Kind == ScheduleKind.Wsd);
        Key("schedule.rise", Rise, Rise is >= 0 and <= 1, "give a share from 0 to 1", Kind == ScheduleKind.OneCycle);
        Key("schedule.start-divisor", StartDivisor, StartDivisor is >= 1, "give at least 1", Kind == ScheduleKind.OneCycle);
        Key("schedule.end-divisor", EndDivisor, EndDivisor is >= 1, "give at least 1", Kind == ScheduleKind.OneCycle);
        Key("schedule.linear", Linear, true, "", Kind == ScheduleKind.OneCycle);
        Key("final-learning-rate", training.FinalLearningRate, true, "", HasFinal);
        Key("warmup", training.Warmup, true, "", Kind != ScheduleKind.OneCycle);

        void Key(string name, object? value, bool valid, string remedy, bool applies)
        {
            if (value is null)
                return;
            RecipeCheck.Require(applies, $"training.{name}", value, $"the schedule {Name()} has none; leave it out");
            RecipeCheck.Require(valid, $"training.{name}", value, remedy);
        }

        string Name() => Kind switch
        {
            ScheduleKind.InverseSqrt => "inverse-sqrt",
            ScheduleKind.OneCycle => "one-cycle",
            _ => Kind.ToString().ToLowerInvariant(),
        };
    }

    /// <summary>Fills in the last rate.</summary>
    internal TrainingRecipe Resolve(TrainingRecipe training, List<DerivedSetting> log)
    {
        if (!HasFinal || training.FinalLearningRate is not null)
            return training;
        // In decimal, so that a twentieth of 0.003 prints as 0.00015.
        double final = (double)((decimal)training.LearningRate!.Value / 20);
        log.Add(new("training.final-learning-rate", final.ToString(CultureInfo.InvariantCulture), "a twentieth of the highest"));
        return training with { FinalLearningRate = final };
    }

    /// <summary>Fills in what depends on the length of the run.</summary>
    internal TrainingRecipe WithSteps(TrainingRecipe training, int steps, List<DerivedSetting> log)
    {
        int? warmup = Kind == ScheduleKind.OneCycle ? null
            : Or(training.Warmup, Math.Clamp(steps / 20, 1, 200), "training.warmup", "a twentieth of the steps, at most 200");
        int? decay = Kind != ScheduleKind.Wsd ? null : Or(DecaySteps, Math.Max(1, steps / 5), "training.schedule.decay-steps", "a fifth of the steps");
        return training with { Warmup = warmup, Schedule = this with { DecaySteps = decay } };

        int Or(int? given, int derived, string name, string why)
        {
            if (given is null)
                log.Add(new(name, derived.ToString(CultureInfo.InvariantCulture), why));
            return given ?? derived;
        }
    }

    /// <summary>The schedule of a recipe that has been filled in.</summary>
    internal LearningRateSchedule ToSchedule(TrainingRecipe training, int steps)
    {
        (double peak, double final, int warmup) = (training.LearningRate!.Value, training.FinalLearningRate ?? 0, training.Warmup ?? 0);
        return Kind switch
        {
            ScheduleKind.Cosine => new WarmupCosine(peak, final, warmup, steps),
            ScheduleKind.Linear => new WarmupLinear(peak, final, warmup, steps),
            ScheduleKind.Constant => new WarmupConstant(peak, warmup),
            ScheduleKind.InverseSqrt => new InverseSquareRoot(peak, warmup),
            ScheduleKind.Wsd => new WarmupStableDecay(peak, final, warmup, steps)
            {
                DecaySteps = DecaySteps ?? Math.Max(1, steps / 5),
                Shape = Shape ?? DecayShape.OneMinusSqrt,
            },
            ScheduleKind.OneCycle => Cycle(new(peak, steps)),
            _ => throw new NotSupportedException($"schedule {Kind} has no rates"),
        };
    }

    private OneCycle Cycle(OneCycle usual) => usual with
    {
        Rise = Rise ?? usual.Rise,
        StartDivisor = StartDivisor ?? usual.StartDivisor,
        EndDivisor = EndDivisor ?? usual.EndDivisor,
        Linear = Linear ?? usual.Linear,
    };
}

/// <summary>Schedules that a recipe can name.</summary>
public enum ScheduleKind
{
    /// <summary>Warm-up, then half a cosine down.</summary>
    Cosine,

    /// <summary>Warm-up, then a straight line down.</summary>
    Linear,

    /// <summary>Warm-up, then the same rate throughout.</summary>
    Constant,

    /// <summary>Warm-up, then down with the root of the steps.</summary>
    InverseSqrt,

    /// <summary>Warm-up, the same rate, then down at the end.</summary>
    Wsd,

    /// <summary>Up and down in one cycle.</summary>
    OneCycle,
}
