using System.Globalization;

namespace Weft.Evaluation.Metrics.Rouge;

/// <summary>What ROUGE compares.</summary>
public abstract record RougeKind
{
    private RougeKind()
    {
    }

    /// <summary>The name in rouge-score: rouge1, rougeL, rougeLsum.</summary>
    public abstract string Name { get; }

    /// <summary>N-grams of words.</summary>
    /// <param name="N">1 to 9.</param>
    public sealed record NGrams(int N) : RougeKind
    {
        /// <inheritdoc/>
        public override string Name => string.Create(CultureInfo.InvariantCulture, $"rouge{N}");
    }

    /// <summary>The longest common subsequence of the whole texts.</summary>
    public sealed record LongestCommonSubsequence : RougeKind
    {
        /// <inheritdoc/>
        public override string Name => "rougeL";
    }

    /// <summary>For each line of the reference, the union of its longest common subsequences with the lines of the hypothesis.</summary>
    public sealed record SummaryLevel : RougeKind
    {
        /// <inheritdoc/>
        public override string Name => "rougeLsum";
    }

    /// <summary>Those that papers report: rouge1, rouge2, rougeL and rougeLsum.</summary>
    public static IReadOnlyList<RougeKind> Usual { get; } = [new NGrams(1), new NGrams(2), new LongestCommonSubsequence(), new SummaryLevel()];

    /// <summary>The kind of a name; null where there is none.</summary>
    public static RougeKind? Parse(string name) => name switch
    {
        "rougeL" => new LongestCommonSubsequence(),
        "rougeLsum" => new SummaryLevel(),
        ['r', 'o', 'u', 'g', 'e', >= '1' and <= '9' and var n] => new NGrams(n - '0'),
        _ => null,
    };
}
