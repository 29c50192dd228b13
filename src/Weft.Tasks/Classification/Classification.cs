namespace Weft.Tasks;

/// <summary>What a classifier's outputs mean.</summary>
public enum LabelKind
{
    /// <summary>One label holds: probabilities are the softmax of the logits.</summary>
    Exclusive,

    /// <summary>Each label holds or not: probabilities are sigmoids. Also of a single label.</summary>
    Independent,

    /// <summary>Numbers, such as a rating: there are no probabilities.</summary>
    Regression,
}

/// <summary>A label and how sure the model is of it.</summary>
/// <param name="Name">As the model's config names it.</param>
/// <param name="Probability">From 0 to 1; null of a regression.</param>
/// <param name="Logit">The model's output; of a regression its result.</param>
public sealed record LabelScore(string Name, float? Probability, float Logit);

/// <summary>What a model says of a text.</summary>
/// <param name="Kind">What the outputs mean.</param>
/// <param name="Scores">All labels, the likeliest first; of a regression in the order of the config.</param>
public sealed record Classification(LabelKind Kind, IReadOnlyList<LabelScore> Scores)
{
    /// <summary>The likeliest label.</summary>
    public string Label => Scores[0].Name;

    /// <summary>The labels whose probability reaches a threshold, the likeliest first: how labels that do not exclude each other are chosen.</summary>
    /// <param name="threshold">From 0 to 1.</param>
    public IEnumerable<LabelScore> Above(float threshold) => Scores.Where(score => score.Probability >= threshold);
}
