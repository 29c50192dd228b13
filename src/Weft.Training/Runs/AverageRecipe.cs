namespace Weft.Training.Runs;

/// <summary>Moving average of the weights.</summary>
public sealed record AverageRecipe
{
    /// <summary>Share of the old average that stays at each step.</summary>
    public double Decay { get; init; } = 0.999;

    /// <summary>At first less stays, so that the first weights are soon forgotten.</summary>
    public bool WarmUp { get; init; } = true;

    internal void Check() => RecipeCheck.Require(Decay is >= 0 and < 1, "training.average.decay", Decay, "give 0 to below 1, such as 0.999");

    internal WeightAverageOptions ToOptions() => new() { Decay = Decay, WarmsUp = WarmUp };
}
