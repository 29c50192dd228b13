namespace Weft.Training;

/// <summary>An exponential moving average of the weights (Polyak and Juditsky 1992), which is often better than the last weights.</summary>
public sealed record WeightAverageOptions
{
    /// <summary>Share of the old average that stays at each update.</summary>
    public double Decay { get; init; } = 0.999;

    /// <summary>After t updates no more than (1 + t)/(10 + t) stays, so that the first weights are soon forgotten.</summary>
    public bool WarmsUp { get; init; } = true;
}
