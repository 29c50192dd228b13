namespace Weft.Evaluation.Metrics.Ter;

/// <summary>The choices of <see cref="TerMetric"/>; the defaults are sacreBLEU's.</summary>
public sealed record TerOptions
{
    /// <summary>Punctuation stands alone and entities are written out, as Tercom does with <c>-N</c>.</summary>
    public bool Normalized { get; init; }

    /// <summary>Punctuation is removed, as with Tercom's <c>-P</c>.</summary>
    public bool NoPunctuation { get; init; }

    /// <summary>Chinese and Japanese too: characters stand alone with <see cref="Normalized"/>, punctuation goes with <see cref="NoPunctuation"/>.</summary>
    public bool AsianSupport { get; init; }

    /// <summary>Upper and lower case differ, as with Tercom's <c>-s</c>.</summary>
    public bool CaseSensitive { get; init; }
}
