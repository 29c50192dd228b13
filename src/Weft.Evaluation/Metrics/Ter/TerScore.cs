namespace Weft.Evaluation.Metrics.Ter;

/// <summary>What TER needs to know of a segment. The score of a corpus is that of the sum.</summary>
/// <param name="Edits">Fewest words inserted, deleted, replaced and sequences shifted to reach one of the references.</param>
/// <param name="ReferenceLength">In words, the mean over the references.</param>
public sealed record TerScore(long Edits, double ReferenceLength)
{
    /// <summary>Edits per 100 words of reference; 100 where there are edits and no words, 0 where there is neither.</summary>
    public double Score => 100 * (ReferenceLength > 0 ? Edits / ReferenceLength : Edits > 0 ? 1 : 0);

    /// <summary>Both together.</summary>
    public static TerScore operator +(TerScore one, TerScore other) => Add(one, other);

    /// <summary>Both together.</summary>
    public static TerScore Add(TerScore one, TerScore other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return new(one.Edits + other.Edits, one.ReferenceLength + other.ReferenceLength);
    }
}
