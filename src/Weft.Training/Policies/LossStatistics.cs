namespace Weft.Training;

/// <summary>
/// Running mean and variance of losses: exact over the first <see cref="Window"/> of them, then exponentially forgetting (West 1979,
/// "Updating mean and variance estimates", with weight 1/n, then 1/<see cref="Window"/>).
/// </summary>
/// <param name="Count">Losses so far.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Variance">Their variance.</param>
internal readonly record struct LossStatistics(long Count, double Mean, double Variance)
{
    /// <summary>Losses after which an old one counts for a third: long enough to know the noise, short enough to follow the fall of the loss.</summary>
    public const int Window = 200;

    /// <summary>Fewer losses say nothing about the next one.</summary>
    public const int Fewest = 50;

    /// <summary>A loss that hardly moves has hardly a deviation, and still less than this share of it is no spike.</summary>
    private const double SmallestDeviation = 0.01;

    /// <summary>With one loss more.</summary>
    public LossStatistics With(double loss)
    {
        double weight = 1.0 / Math.Min(Count + 1, Window), difference = loss - Mean;
        return new(Count + 1, Mean + (weight * difference), (1 - weight) * (Variance + (weight * difference * difference)));
    }

    /// <summary>How many standard deviations a loss lies above the mean; 0 before there are enough to tell.</summary>
    public double DeviationsAbove(double loss) =>
        Count < Fewest ? 0 : (loss - Mean) / Math.Max(Math.Sqrt(Variance), SmallestDeviation * Math.Abs(Mean));
}
