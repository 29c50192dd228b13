namespace Weft.Training;

/// <summary>
/// How well the parts of texts, such as names, are found that labels of words make: a part is right where its kind, its first and its last word are. Labels are those of IOB2
/// (Tjong Kim Sang and Veenstra 1999, cs/9907006), <c>B-</c> and a kind where a part begins, <c>I-</c> and the same kind inside it, <c>O</c> outside, and are read strictly, as by seqeval with its
/// mode "strict" and its scheme IOB2: an <c>I-</c> that follows no word of its kind is of no part.
/// </summary>
/// <param name="labels">By their index.</param>
public sealed class EntityScores(IReadOnlyList<string> labels) : IEquatable<EntityScores>
{
    private const string Begin = "B-", Inside = "I-", Outside = "O";

    /// <summary>Parts whose kind and place are right.</summary>
    public long Right { get; private set; }

    /// <summary>Parts that were predicted.</summary>
    public long Predicted { get; private set; }

    /// <summary>Parts that there are.</summary>
    public long Actual { get; private set; }

    /// <summary>Share of the predicted parts that are right; 0 where none is predicted.</summary>
    public double Precision => Predicted == 0 ? 0 : (double)Right / Predicted;

    /// <summary>Share of the parts that are found; 0 where there are none.</summary>
    public double Recall => Actual == 0 ? 0 : (double)Right / Actual;

    /// <summary>Harmonic mean of both, of the parts of all kinds together.</summary>
    public double F1 => Predicted + Actual == 0 ? 0 : 2.0 * Right / (Predicted + Actual);

    /// <summary>The labels are those of IOB2.</summary>
    public static bool Fits(IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return labels.Any(label => IsKind(label, Begin)) && labels.All(label => label == Outside || IsKind(label, Begin) || IsKind(label, Inside));
    }

    /// <summary>The parts that labels make: kind, first word, and the word after the last.</summary>
    public static IEnumerable<(string Kind, int Start, int End)> Find(IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        for (int start = 0; start < labels.Count; start++)
        {
            if (!IsKind(labels[start], Begin))
                continue;
            string kind = labels[start][Begin.Length..], inside = Inside + kind;
            int end = start + 1;
            while (end < labels.Count && labels[end] == inside)
                end++;
            yield return (kind, start, end);
        }
    }

    /// <summary>A label is of the inside of a part, though the word before is not of it: it is not IOB2.</summary>
    internal static bool Strays(IReadOnlyList<string> labels) => labels.Count(label => IsKind(label, Inside)) != Find(labels).Sum(part => part.End - part.Start - 1);

    /// <summary>Adds a text.</summary>
    /// <param name="predicted">Index of each word's label.</param>
    /// <param name="actual">Index of the right one.</param>
    public void Add(IReadOnlyList<int> predicted, IReadOnlyList<int> actual)
    {
        HashSet<(string, int, int)> found = [.. Find([.. predicted.Select(label => labels[label])])], wanted = [.. Find([.. actual.Select(label => labels[label])])];
        Predicted += found.Count;
        Actual += wanted.Count;
        Right += found.Count(wanted.Contains);
    }

    /// <inheritdoc/>
    public bool Equals(EntityScores? other) => other is not null && (Right, Predicted, Actual) == (other.Right, other.Predicted, other.Actual);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as EntityScores);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Right, Predicted, Actual);

    private static bool IsKind(string label, string prefix) => label.Length > prefix.Length && label.StartsWith(prefix, StringComparison.Ordinal);
}
