namespace Weft.Training.Objectives;

/// <summary>How a model learns which of two answers is preferred.</summary>
public enum PreferenceMethod
{
    /// <summary>Direct preference optimization (Rafailov et al. 2023, arXiv:2305.18290): beside the model that training begins with.</summary>
    Dpo,

    /// <summary>Odds ratio preference optimization (Hong et al. 2024, arXiv:2403.07691): beside the likelihood of the chosen answer, without another model.</summary>
    Orpo,
}

/// <summary>The loss of a pair of answers.</summary>
/// <param name="Method">Which one.</param>
public sealed record PreferenceLossOptions(PreferenceMethod Method)
{
    /// <summary>Of both papers.</summary>
    public const double UsualBeta = 0.1;

    /// <summary>
    /// DPO: what differences of log-probabilities are multiplied with, the more the nearer the model stays to the one it begins with. ORPO: weight of the odds
    /// ratio beside the likelihood, λ there.
    /// </summary>
    public double Beta { get; init; } = UsualBeta;

    /// <summary>DPO: probability that the two answers of a pair were swapped (conservative DPO, Mitchell 2023), below one half; in training alone.</summary>
    public double LabelSmoothing { get; init; }
}
