using System.Numerics.Tensors;

using Weft.Training.Objectives;

namespace Weft.Training;

/// <summary>
/// How well labels, or numbers, were predicted: counts to which rows are added, and the scores that follow from them, with scikit-learn's numbers where
/// nothing to divide by gives 0.
/// </summary>
/// <param name="kind">What is predicted.</param>
/// <param name="count">Labels, or 1 for a number.</param>
public sealed class LabelScores(LabelKind kind, int count) : IEquatable<LabelScores>
{
    /// <summary>[labels] predictions of a label that are right, predictions, and occurrences.</summary>
    private readonly long[] _right = new long[count], _predicted = new long[count], _actual = new long[count];

    private double _errors;

    /// <summary>What is predicted.</summary>
    public LabelKind Kind => kind;

    /// <summary>Labels, or 1 for a number.</summary>
    public int Count => count;

    /// <summary>How well the parts of texts are found that labels of words make; null where they make none.</summary>
    public EntityScores? Entities { get; init; }

    /// <summary>Rows, windows or words that were judged.</summary>
    public long Rows { get; private set; }

    /// <summary>Rows whose label is right, or all of whose labels are, or both ends of whose answer.</summary>
    public long Exact { get; private set; }

    /// <summary>Share of the rows whose label is right, or all of whose labels are; not a number of numbers.</summary>
    public double Accuracy => kind == LabelKind.Number ? double.NaN : (double)Exact / Rows;

    /// <summary>Mean absolute error of numbers; not a number of labels.</summary>
    public double MeanAbsoluteError => kind == LabelKind.Number ? _errors / Rows : double.NaN;

    /// <summary>Mean of the labels' F1, every label alike that occurs or was predicted.</summary>
    public double MacroF1
    {
        get
        {
            int[] seen = [.. Enumerable.Range(0, count).Where(label => _predicted[label] + _actual[label] > 0)];
            return kind is LabelKind.Number or LabelKind.Span || seen.Length == 0 ? double.NaN : seen.Average(F1);
        }
    }

    /// <summary>F1 of all decisions of all labels together; of one label a row, it is the accuracy.</summary>
    public double MicroF1 => kind is LabelKind.Number or LabelKind.Span ? double.NaN : Ratio(2 * _right.Sum(), _predicted.Sum() + _actual.Sum());

    /// <summary>Share of a label's predictions that are right.</summary>
    public double Precision(int label) => Ratio(_right[label], _predicted[label]);

    /// <summary>Share of a label's occurrences that are found.</summary>
    public double Recall(int label) => Ratio(_right[label], _actual[label]);

    /// <summary>Harmonic mean of both.</summary>
    public double F1(int label) => Ratio(2 * _right[label], _predicted[label] + _actual[label]);

    /// <summary>How often a label occurs.</summary>
    public long Support(int label) => _actual[label];

    /// <summary>A window with an answer.</summary>
    /// <param name="exact">Both of its ends are right.</param>
    public void Add(bool exact)
    {
        Rows++;
        Exact += exact ? 1 : 0;
    }

    /// <summary>A row, or a word, with one label.</summary>
    /// <param name="logits">[labels]; the first of the highest is what is predicted.</param>
    /// <param name="label">The right one.</param>
    public void Add(ReadOnlySpan<float> logits, int label)
    {
        int predicted = TensorPrimitives.IndexOfMax(logits);
        Rows++;
        Exact += predicted == label ? 1 : 0;
        _predicted[predicted]++;
        _actual[label]++;
        _right[label] += predicted == label ? 1 : 0;
    }

    /// <summary>A row with several labels, each predicted where it is likelier than not, or with a number.</summary>
    /// <param name="logits">[labels], or the number.</param>
    /// <param name="values">1 where a label is right, else 0; or the right number.</param>
    public void Add(ReadOnlySpan<float> logits, ReadOnlySpan<float> values)
    {
        Rows++;
        if (kind == LabelKind.Number)
        {
            _errors += Math.Abs((double)logits[0] - values[0]);
            return;
        }
        bool exact = true;
        for (int label = 0; label < count; label++)
        {
            (bool predicted, bool actual) = (logits[label] > 0, values[label] > 0);
            exact &= predicted == actual;
            _predicted[label] += predicted ? 1 : 0;
            _actual[label] += actual ? 1 : 0;
            _right[label] += predicted && actual ? 1 : 0;
        }
        Exact += exact ? 1 : 0;
    }

    /// <summary>One line.</summary>
    public override string ToString() => kind switch
    {
        LabelKind.Number => FormattableString.Invariant($"mean absolute error {MeanAbsoluteError:F4}"),
        LabelKind.Span => FormattableString.Invariant($"span accuracy {Accuracy:F4}"),
        LabelKind.EachWord => FormattableString.Invariant($"token accuracy {Accuracy:F4}{(Entities is null ? "" : FormattableString.Invariant($", entity F1 {Entities.F1:F4}"))}"),
        LabelKind.Several => FormattableString.Invariant($"accuracy {Accuracy:F4}, macro F1 {MacroF1:F4}, micro F1 {MicroF1:F4}"),
        _ => FormattableString.Invariant($"accuracy {Accuracy:F4}, macro F1 {MacroF1:F4}"),
    };

    /// <summary>What the rows are.</summary>
    internal string Unit => kind switch
    {
        LabelKind.Span => "windows",
        LabelKind.EachWord => "words",
        _ => "rows",
    };

    /// <inheritdoc/>
    public bool Equals(LabelScores? other) => other is not null && kind == other.Kind && (Rows, Exact, _errors) == (other.Rows, other.Exact, other._errors)
        && Equals(Entities, other.Entities) && _right.AsSpan().SequenceEqual(other._right) && _predicted.AsSpan().SequenceEqual(other._predicted) && _actual.AsSpan().SequenceEqual(other._actual);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LabelScores);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(kind, Rows, Exact, _errors);

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
