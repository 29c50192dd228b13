namespace Weft.Evaluation.Metrics.Classification;

// L labels.

/// <summary>How well labels were predicted, with the numbers of scikit-learn where nothing to divide by gives 0.</summary>
public sealed class ClassificationReport
{
    /// <summary>[L] predictions of a label that are right, predictions, and occurrences.</summary>
    private readonly long[] _right, _predicted, _actual;

    private readonly int _items;

    /// <summary>Compares predictions with what is right.</summary>
    /// <param name="predictions">One label for each item.</param>
    /// <param name="answers">One label for each item.</param>
    /// <exception cref="ArgumentException">There are no items, or not as many predictions as answers.</exception>
    public ClassificationReport(IReadOnlyList<string> predictions, IReadOnlyList<string> answers)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(answers);
        if (predictions.Count != answers.Count)
            throw new ArgumentException($"there are {predictions.Count} predictions, but {answers.Count} answers; give one prediction for each answer", nameof(predictions));
        if (predictions.Count == 0)
            throw new ArgumentException("there are no predictions; give at least one", nameof(predictions));
        Labels = [.. predictions.Concat(answers).Distinct().Order(StringComparer.Ordinal)];
        Dictionary<string, int> places = Labels.Index().ToDictionary(entry => entry.Item, entry => entry.Index, StringComparer.Ordinal);
        _items = predictions.Count;
        (_right, _predicted, _actual) = (new long[Labels.Count], new long[Labels.Count], new long[Labels.Count]);
        foreach ((string prediction, string answer) in predictions.Zip(answers))
        {
            _predicted[places[prediction]]++;
            _actual[places[answer]]++;
            _right[places[answer]] += prediction == answer ? 1 : 0;
        }
    }

    /// <summary>All labels that were predicted or right, in ordinal order.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Share of items whose prediction is right.</summary>
    public double Accuracy => (double)_right.Sum() / _items;

    /// <summary>
    /// Matthews' correlation coefficient for any number of labels (Gorodkin, "Comparing two K-category assignments by a K-category correlation
    /// coefficient", 2004), -1 to 1; 0 where all predictions or all answers are the same.
    /// </summary>
    public double Matthews
    {
        get
        {
            double items = _items, shared = _right.Sum() * items, predicted = items * items, actual = items * items;
            for (int label = 0; label < Labels.Count; label++)
            {
                shared -= (double)_predicted[label] * _actual[label];
                predicted -= (double)_predicted[label] * _predicted[label];
                actual -= (double)_actual[label] * _actual[label];
            }
            return predicted * actual == 0 ? 0 : shared / Math.Sqrt(predicted * actual);
        }
    }

    /// <summary>The scores of one label.</summary>
    /// <exception cref="ArgumentException">It was neither predicted nor right.</exception>
    public LabelScore Score(string label)
    {
        int place = Labels.Index().Where(entry => entry.Item == label).Select(entry => (int?)entry.Index).FirstOrDefault()
            ?? throw new ArgumentException($"label '{label}' is neither predicted nor right anywhere; there are {string.Join(", ", Labels.Select(known => $"'{known}'"))}", nameof(label));
        return Of(_right[place], _predicted[place], _actual[place]);
    }

    /// <summary>How often a label is right.</summary>
    public long Support(string label) => Labels.Index().Where(entry => entry.Item == label).Sum(entry => _actual[entry.Index]);

    /// <summary>The scores of all labels as one.</summary>
    public LabelScore Score(Averaging averaging)
    {
        if (averaging == Averaging.Micro)
            return Of(_right.Sum(), _predicted.Sum(), _actual.Sum());
        double weights = 0, precision = 0, recall = 0, f1 = 0;
        for (int label = 0; label < Labels.Count; label++)
        {
            double weight = averaging == Averaging.Weighted ? _actual[label] : 1;
            LabelScore score = Of(_right[label], _predicted[label], _actual[label]);
            weights += weight;
            precision += weight * score.Precision;
            recall += weight * score.Recall;
            f1 += weight * score.F1;
        }
        return new(precision / weights, recall / weights, f1 / weights);
    }

    private static LabelScore Of(long right, long predicted, long actual) =>
        new(Ratio(right, predicted), Ratio(right, actual), Ratio(2 * right, predicted + actual));

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
