namespace Weft.Evaluation.Metrics.Bleu;

/// <summary>The choices of <see cref="BleuMetric"/>; the defaults are sacreBLEU's.</summary>
public sealed record BleuOptions
{
    /// <summary>How lines are taken apart.</summary>
    public BleuTokenization Tokenization { get; init; } = BleuTokenization.V13a;

    /// <summary>Upper and lower case are the same.</summary>
    public bool Lowercase { get; init; }

    /// <summary>What stands for a precision of zero.</summary>
    public BleuSmoothing Smoothing { get; init; } = new BleuSmoothing.Exponential();

    /// <summary>Orders that a hypothesis is too short for do not count. For single sentences.</summary>
    public bool EffectiveOrder { get; init; }

    /// <summary>The longest n-grams that count.</summary>
    public int MaximumOrder { get; init; } = 4;

    /// <summary>Refuses what cannot be computed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the option and its value.</exception>
    internal void Check()
    {
        if (MaximumOrder < 1)
            throw new ArgumentOutOfRangeException(nameof(MaximumOrder), $"BLEU's maximum order is {MaximumOrder}; use 1 or more");
        double value = Smoothing switch
        {
            BleuSmoothing.Floor floor => floor.Value,
            BleuSmoothing.AddK addK => addK.Value,
            _ => 0,
        };
        if (!(value >= 0 && double.IsFinite(value)))
            throw new ArgumentOutOfRangeException(nameof(Smoothing), $"BLEU's smoothing value is {value}; use 0 or more");
    }
}
