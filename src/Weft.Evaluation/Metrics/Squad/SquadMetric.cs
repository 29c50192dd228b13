namespace Weft.Evaluation.Metrics.Squad;

/// <summary>Exact match and F1 of extractive question answering, as the official scripts of SQuAD 1.1 and 2.0 compute them.</summary>
/// <param name="release">Whose rules hold.</param>
public sealed class SquadMetric(SquadRelease release)
{
    /// <summary>Scores predictions.</summary>
    /// <param name="questions">At least one, each id once.</param>
    /// <param name="predictions">By id; those of other questions do not count.</param>
    /// <param name="noAnswer">By id, how probable it is that there is no answer; null where that is not known. Second release only.</param>
    /// <param name="threshold">Above this probability the prediction is taken as empty.</param>
    /// <exception cref="ArgumentException">There are no questions, a first release has one without an answer, or a second release has one without a prediction or probability.</exception>
    public SquadScore Score(IReadOnlyList<SquadQuestion> questions, IReadOnlyDictionary<string, string> predictions,
        IReadOnlyDictionary<string, double>? noAnswer = null, double threshold = 1)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(predictions);
        if (questions.Count == 0)
            throw new ArgumentException("there are no questions; give at least one", nameof(questions));
        Judged[] judged = [.. questions.Select(question => Judge(question, predictions, noAnswer))];
        int missing = questions.Count(question => !predictions.ContainsKey(question.Id));
        if (release == SquadRelease.V1)
            return Mean(judged) with { Missing = missing };
        Judged[] taken = noAnswer is null ? judged : [.. judged.Select(one => one.With(threshold))];
        return Mean(taken) with
        {
            Answerable = MeanOrNull(taken.Where(one => one.HasAnswer)),
            Unanswerable = MeanOrNull(taken.Where(one => !one.HasAnswer)),
            Best = noAnswer is null ? null : FindThresholds(judged, noAnswer.Keys),
        };
    }

    private Judged Judge(SquadQuestion question, IReadOnlyDictionary<string, string> predictions, IReadOnlyDictionary<string, double>? noAnswer)
    {
        bool hasAnswer = question.Answers.Count > 0, predicted = predictions.TryGetValue(question.Id, out string? prediction);
        if (release == SquadRelease.V1 && !hasAnswer)
            throw new ArgumentException($"question '{question.Id}' has no answer, which SQuAD 1.1 does not know; use the rules of 2.0", nameof(question));
        if (release == SquadRelease.V2 && !predicted)
            throw new ArgumentException($"question '{question.Id}' has no prediction; predict an empty text where there is no answer", nameof(predictions));
        double probability = 0;
        if (noAnswer is not null && !noAnswer.TryGetValue(question.Id, out probability))
            throw new ArgumentException($"question '{question.Id}' has no probability of no answer; give one for each question", nameof(noAnswer));
        if (!predicted)
            return new(question.Id, hasAnswer, false, default, probability);
        string[] answers = [.. question.Answers.Where(answer => release == SquadRelease.V1 || SquadAnswer.Normalize(answer).Length > 0)];
        if (answers.Length == 0)
            answers = [""];
        double exact = answers.Any(answer => SquadAnswer.IsExact(prediction!, answer)) ? 1 : 0, f1 = answers.Max(answer => SquadAnswer.F1(prediction!, answer, release));
        return new(question.Id, hasAnswer, prediction!.Length == 0, (exact, f1), probability);
    }

    private static SquadScore? MeanOrNull(IEnumerable<Judged> judged) => judged.ToArray() is { Length: > 0 } some ? Mean(some) : null;

    private static SquadScore Mean(Judged[] judged) =>
        new(100 * judged.Sum(one => one.Scores.Exact) / judged.Length, 100 * judged.Sum(one => one.Scores.F1) / judged.Length, judged.Length);

    private static SquadThresholds FindThresholds(Judged[] judged, IEnumerable<string> order)
    {
        // The scripts sort stably by probability, in the order of the file; among equal probabilities the sum is tested on the way.
        Dictionary<string, int> places = order.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        Judged[] sorted = [.. judged.OrderBy(one => one.NoAnswer).ThenBy(one => places[one.Id])];
        (double exact, double exactThreshold) = Best(sorted, one => one.Scores.Exact);
        (double f1, double f1Threshold) = Best(sorted, one => one.Scores.F1);
        return new(exact, exactThreshold, f1, f1Threshold);
    }

    /// <summary>Begins with all taken as unanswered, then lets one prediction after the other count.</summary>
    private static (double Score, double Threshold) Best(Judged[] sorted, Func<Judged, double> score)
    {
        double current = sorted.Count(one => !one.HasAnswer), best = current, threshold = 0;
        foreach (Judged one in sorted)
        {
            current += one.HasAnswer ? score(one) : one.IsEmpty ? 0 : -1;
            if (current > best)
                (best, threshold) = (current, one.NoAnswer);
        }
        return (100 * best / sorted.Length, threshold);
    }

    /// <summary>One question's scores, 0 to 1.</summary>
    private sealed record Judged(string Id, bool HasAnswer, bool IsEmpty, (double Exact, double F1) Scores, double NoAnswer)
    {
        /// <summary>Taken as empty where no answer is more probable than the threshold.</summary>
        public Judged With(double threshold)
        {
            double right = HasAnswer ? 0 : 1;
            return NoAnswer > threshold ? this with { Scores = (right, right) } : this;
        }
    }
}
