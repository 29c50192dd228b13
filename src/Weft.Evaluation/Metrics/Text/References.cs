namespace Weft.Evaluation.Metrics.Text;

/// <summary>Hypotheses beside their references.</summary>
internal static class References
{
    /// <summary>The release of sacreBLEU whose scores the tests compare with; it stands in signatures, where readers look for it.</summary>
    public const string SacreBleu = "2.6.0";

    /// <summary>Each hypothesis with its references.</summary>
    /// <param name="hypotheses">One for each segment.</param>
    /// <param name="references">Lists with one reference for each segment.</param>
    /// <exception cref="ArgumentException">There is no segment or no reference, or a list of references has another length.</exception>
    public static IEnumerable<(string Hypothesis, string[] References)> BySegment(
        IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references)
    {
        ArgumentNullException.ThrowIfNull(hypotheses);
        Require(references);
        if (hypotheses.Count == 0)
            throw new ArgumentException("there are no hypotheses; give at least one", nameof(hypotheses));
        for (int list = 0; list < references.Count; list++)
            if (references[list].Count != hypotheses.Count)
                throw new ArgumentException(
                    $"there are {hypotheses.Count} hypotheses, but list {list + 1} of references has {references[list].Count}; give one reference for each hypothesis",
                    nameof(references));
        return hypotheses.Select((hypothesis, segment) => (hypothesis, references.Select(list => list[segment]).ToArray()));
    }

    /// <summary>Refuses a segment without a reference.</summary>
    /// <exception cref="ArgumentException">The list is empty.</exception>
    public static void Require<T>(IReadOnlyList<T> references)
    {
        ArgumentNullException.ThrowIfNull(references);
        if (references.Count == 0)
            throw new ArgumentException("there are no references; give at least one", nameof(references));
    }

    /// <summary>A signature of sacreBLEU.</summary>
    /// <param name="references">How many references each segment has.</param>
    /// <param name="choices">Of the metric, in sacreBLEU's order.</param>
    public static string Signature(int references, string choices) => $"nrefs:{references}|{choices}|version:{SacreBleu}";
}
