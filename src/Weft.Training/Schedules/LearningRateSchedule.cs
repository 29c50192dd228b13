namespace Weft.Training;

/// <summary>The learning rate of each step.</summary>
/// <param name="Peak">Highest rate.</param>
public abstract record LearningRateSchedule(double Peak)
{
    /// <summary>The rate of the step <paramref name="index"/>, counted from 0.</summary>
    public abstract double At(int index);

    /// <summary>
    /// The linear way up: the step <paramref name="index"/> of a warm-up of <paramref name="steps"/>, which neither begins at zero nor reaches
    /// the highest rate, as the step after it does.
    /// </summary>
    private protected double WarmUp(int index, int steps) => Peak * (index + 1) / (steps + 1);

    /// <summary>How far the step <paramref name="index"/> is from <paramref name="first"/>, 0, to <paramref name="last"/>, 1.</summary>
    private protected static double Progress(int index, int first, int last) => Math.Clamp((index - first) / (double)Math.Max(1, last - first), 0, 1);
}
