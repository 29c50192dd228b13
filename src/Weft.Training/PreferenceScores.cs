namespace Weft.Training;

/// <summary>How a model judges pairs of answers, of which one is preferred to the other.</summary>
/// <param name="Pairs">Pairs that it judged.</param>
/// <param name="Right">Those whose chosen answer it rewards more than the rejected one.</param>
/// <param name="MarginSum">Sum of the differences of rewards.</param>
/// <remarks>
/// The reward of DPO is β times what the log-probability of an answer has gained since training began, that of ORPO its weight times the mean log-probability of a token.
/// </remarks>
public readonly record struct PreferenceScores(long Pairs, long Right, double MarginSum)
{
    /// <summary>Share of the pairs whose chosen answer is rewarded more.</summary>
    public double Accuracy => (double)Right / Pairs;

    /// <summary>Mean by which the chosen answer is rewarded more.</summary>
    public double Margin => MarginSum / Pairs;

    /// <summary>Of other pairs too.</summary>
    public PreferenceScores With(PreferenceScores other) => new(Pairs + other.Pairs, Right + other.Right, MarginSum + other.MarginSum);

    /// <summary>One line.</summary>
    public override string ToString() => FormattableString.Invariant($"accuracy {Accuracy:F4}, reward margin {Margin:F4}");
}
