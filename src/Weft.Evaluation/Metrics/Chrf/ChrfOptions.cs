namespace Weft.Evaluation.Metrics.Chrf;

/// <summary>The choices of <see cref="ChrfMetric"/>; the defaults are sacreBLEU's.</summary>
public sealed record ChrfOptions
{
    /// <summary>The longest n-grams of characters that count.</summary>
    public int CharacterOrder { get; init; } = 6;

    /// <summary>The longest n-grams of words that count; 2 makes it chrF++.</summary>
    public int WordOrder { get; init; }

    /// <summary>How many times more recall weighs than precision.</summary>
    public int Beta { get; init; } = 2;

    /// <summary>Upper and lower case are the same.</summary>
    public bool Lowercase { get; init; }

    /// <summary>White space is characters too.</summary>
    public bool Whitespace { get; init; }

    /// <summary>
    /// The mean of the orders' F-scores, a tiny number where there are none, as chrF++.py, NLTK and Moses have it; else the F-score of the mean
    /// precision and recall of the orders that both sides are long enough for.
    /// </summary>
    public bool EpsilonSmoothing { get; init; }

    /// <summary>Refuses what cannot be computed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the option and its value.</exception>
    internal void Check()
    {
        if (CharacterOrder < 0 || WordOrder < 0 || CharacterOrder + WordOrder == 0)
            throw new ArgumentOutOfRangeException(nameof(CharacterOrder), $"chrF's orders are {CharacterOrder} of characters and {WordOrder} of words; use 0 or more, and 1 or more of one");
        if (Beta < 0)
            throw new ArgumentOutOfRangeException(nameof(Beta), $"chrF's beta is {Beta}; use 0 or more");
    }
}
