namespace Weft.Evaluation.Metrics.Bleu;

/// <summary>How BLEU takes a line apart. Scores are comparable only under the same one.</summary>
public enum BleuTokenization
{
    /// <summary>mteval-v13a.pl of WMT, sacreBLEU's <c>13a</c>.</summary>
    V13a,

    /// <summary>mteval-v14.pl with <c>--international-tokenization</c>: punctuation and symbols of Unicode; sacreBLEU's <c>intl</c>.</summary>
    International,

    /// <summary>Each Chinese character alone, the rest as <see cref="V13a"/>; sacreBLEU's <c>zh</c>.</summary>
    Chinese,

    /// <summary>Each character alone; sacreBLEU's <c>char</c>.</summary>
    Characters,

    /// <summary>At white space only, for text that is tokenized already; sacreBLEU's <c>none</c>.</summary>
    None,
}
