namespace Weft.Training.Objectives;

/// <summary>What is added to cross-entropy. The defaults add nothing.</summary>
public sealed record TokenLossOptions
{
    /// <summary>Plain cross-entropy.</summary>
    public static TokenLossOptions Plain { get; } = new();

    /// <summary>Share of the target's probability that is spread over the whole vocabulary (Szegedy et al. 2015, arXiv:1512.00567); 0.1 in the original Transformer.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Times log²Z, Z the sum of the exponentiated logits, which keeps them from drifting; 1e-4 in PaLM (Chowdhery et al. 2022, arXiv:2204.02311).</summary>
    public double ZLoss { get; init; }

    /// <summary>
    /// Times the load-balancing loss of each mixture of experts (Fedus et al. 2021, arXiv:2101.03961); 0.01 there. It depends on how a batch is split
    /// into passes: each pass balances its own tokens, and counts by its targets.
    /// </summary>
    public double LoadBalance { get; init; }

    /// <summary>Times the mean of log²Z of the scores of each router (Zoph et al. 2022, arXiv:2202.08906); 0.001 there.</summary>
    public double RouterZLoss { get; init; }

    /// <summary>Times the cross-entropy of each further token, of models that have heads for them (Gloeckle et al. 2024, arXiv:2404.19737); 1 there.</summary>
    public double FurtherTokens { get; init; } = 1;

    /// <summary>Refuses impossible values by name.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is impossible.</exception>
    public TokenLossOptions Validate()
    {
        if (LabelSmoothing is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(LabelSmoothing), LabelSmoothing, $"label smoothing {LabelSmoothing} is no share; give one from 0 to below 1, such as 0.1");
        NotNegative(ZLoss, nameof(ZLoss));
        NotNegative(LoadBalance, nameof(LoadBalance));
        NotNegative(RouterZLoss, nameof(RouterZLoss));
        NotNegative(FurtherTokens, nameof(FurtherTokens));
        return this;
    }

    private static void NotNegative(double value, string name)
    {
        if (!(value >= 0 && double.IsFinite(value)))
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; give 0 for none, or a small positive number");
    }
}
