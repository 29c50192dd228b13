using Weft.Data;
using Weft.Training.Objectives;

namespace Weft.Training.Batches;

/// <summary>
/// Texts labelled as a whole, of which some tokens are left out, others at each visit, so that no label can be told by one word alone (word dropout, Iyyer et al.
/// 2015, Deep Unordered Composition Rivals Syntactic Methods for Text Classification, section 3.2).
/// </summary>
/// <param name="examples">Whole texts, the first token of each with the target.</param>
/// <param name="share">Probability with which a token is left out, below 1.</param>
/// <param name="special">Tokens that stay.</param>
internal sealed class ThinnedExamples(Examples examples, double share, IReadOnlySet<long> special) : Examples
{
    /// <inheritdoc/>
    public override long Count => examples.Count;

    /// <inheritdoc/>
    public override RowSize Size => examples.Size;

    /// <inheritdoc/>
    public override double MeanLength => examples.MeanLength * (1 - share);

    /// <inheritdoc/>
    public override Example Make(long index, KeyedRandom random)
    {
        Example whole = examples.Make(index, random);
        int[] kept = [.. Enumerable.Range(0, whole.Ids.Length).Where(place => special.Contains(whole.Ids[place]) || random.Unit() >= share)];
        // A text of which nothing is left says nothing of its label.
        if (kept.All(place => special.Contains(whole.Ids[place])))
            return whole;
        long[] targets = new long[kept.Length];
        Array.Fill(targets, TrainingBatch.Ignored);
        targets[0] = whole.Targets[0];
        return whole with
        {
            Ids = [.. kept.Select(place => whole.Ids[place])],
            Targets = targets,
            TokenTypes = whole.TokenTypes is { } types ? [.. kept.Select(place => types[place])] : null,
        };
    }
}
