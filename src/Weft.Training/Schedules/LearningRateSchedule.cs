namespace Weft.Training;

/// <summary>The learning rate of each step.</summary>
/// <param name="Peak">Highest rate.</param>
public abstract record LearningRateSchedule(double Peak)
{
    /// <summary>The rate of the step <paramref name="index"/>, counted from 0.</summary>
    public abstract double At(int index);
}
