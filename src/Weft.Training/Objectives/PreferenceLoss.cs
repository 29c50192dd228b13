using Weft.Training.Batches;
using Weft.Training.Modules;

namespace Weft.Training.Objectives;

/// <summary>
/// The loss of answers to prompts of which one is preferred to the other. A batch has the chosen answer of pair i in row 2i and the rejected one in the row after
/// it; targets are the answers' tokens, so that prompts have no part in the loss.
/// Legend: π the model, r the reference, y⁺ the chosen answer of n⁺ tokens, y⁻ the rejected one of n⁻ tokens, σ the logistic function.
/// </summary>
internal static class PreferenceLoss
{
    /// <summary>A mean log-probability of 0, where a model is sure of each token, has no odds.</summary>
    private const double GreatestMean = -1e-9;

    /// <summary>A pair's loss.</summary>
    /// <param name="Loss">In nats.</param>
    /// <param name="Margin">By how much the model rewards the chosen answer more.</param>
    /// <param name="Chosen">Derivative of the loss with respect to the log-probability of the chosen answer.</param>
    /// <param name="Rejected">The same of the rejected one.</param>
    public readonly record struct Pair(double Loss, double Margin, double Chosen, double Rejected);

    /// <summary>An answer.</summary>
    /// <param name="LogProbability">log π(y), the sum over its tokens.</param>
    /// <param name="Reference">log r(y); not read where the method has no reference.</param>
    /// <param name="Tokens">n.</param>
    public readonly record struct Answer(double LogProbability, double Reference, int Tokens);

    /// <summary>Adds this batch's gradients to those of <paramref name="model"/>.</summary>
    /// <param name="model">Receives the gradients.</param>
    /// <param name="batch">Pairs.</param>
    /// <param name="precision">Of the computation.</param>
    /// <param name="options">The loss.</param>
    /// <param name="pass">Weight of one pair in the step's loss, and dropout; null for none.</param>
    /// <returns>Sum of the pairs' losses, and how they were judged.</returns>
    public static (double Loss, PreferenceScores Scores) ForwardBackward(TrainableModel model, TrainingBatch batch, Precision precision, PreferenceLossOptions options, (double Weight, Dropout? Dropout) pass)
    {
        (double Loss, PreferenceScores Scores) result = default;
        RowLogProbabilities.Differentiate(model, batch, precision, sums =>
        {
            Pair[] pairs = Judge(batch, sums, options);
            result = Sum(pairs);
            return [.. pairs.SelectMany(pair => new[] { pair.Chosen, pair.Rejected })];
        }, pass);
        return result;
    }

    /// <summary>The same without gradients and without label smoothing.</summary>
    public static (double Loss, PreferenceScores Scores) Loss(TrainableModel model, TrainingBatch batch, Precision precision, PreferenceLossOptions options) =>
        Sum(Judge(batch, RowLogProbabilities.Compute(model, batch, precision), options with { LabelSmoothing = 0 }));

    /// <summary>The loss of one pair and its derivatives.</summary>
    public static Pair Of(in Answer chosen, in Answer rejected, PreferenceLossOptions options) =>
        options.Method == PreferenceMethod.Dpo ? Dpo(chosen, rejected, options) : Orpo(chosen, rejected, options.Beta);

    /// <summary>-(1 - ε)·log σ(m) - ε·log σ(-m), m = β·((log π(y⁺) - log r(y⁺)) - (log π(y⁻) - log r(y⁻))).</summary>
    private static Pair Dpo(in Answer chosen, in Answer rejected, PreferenceLossOptions options)
    {
        double margin = options.Beta * (chosen.LogProbability - chosen.Reference - (rejected.LogProbability - rejected.Reference));
        double swapped = options.LabelSmoothing;
        double loss = ((1 - swapped) * Softplus(-margin)) + (swapped * Softplus(margin));
        double slope = options.Beta * ((swapped * Logistic(margin)) - ((1 - swapped) * Logistic(-margin)));
        return new(loss, margin, slope, -slope);
    }

    /// <summary>-m⁺ - λ·log σ(o⁺ - o⁻), m = log π(y) / n, o = m - log(1 - e^m), the logarithm of the odds.</summary>
    private static Pair Orpo(in Answer chosen, in Answer rejected, double weight)
    {
        (double plus, double minus) = (Mean(chosen), Mean(rejected));
        double ratio = LogOdds(plus) - LogOdds(minus), slope = -weight * Logistic(-ratio);
        // do/dm = 1 / (1 - e^m).
        return new(-plus + (weight * Softplus(-ratio)), weight * (plus - minus),
            (-1 + (slope / (1 - Math.Exp(plus)))) / chosen.Tokens, -slope / (1 - Math.Exp(minus)) / rejected.Tokens);
    }

    private static double Mean(in Answer answer) => Math.Min(GreatestMean, answer.LogProbability / answer.Tokens);

    private static double LogOdds(double mean) => mean - Math.Log(1 - Math.Exp(mean));

    /// <summary>-log σ(-x).</summary>
    private static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    private static double Logistic(double x) => 1 / (1 + Math.Exp(-x));

    private static Pair[] Judge(TrainingBatch batch, double[] sums, PreferenceLossOptions options)
    {
        Answer[] answers = [.. sums.Select((sum, row) => new Answer(sum, batch.References?[row] ?? 0, batch.Length - batch.Targets.AsSpan(row * batch.Length, batch.Length).Count(TrainingBatch.Ignored)))];
        return [.. answers.Chunk(2).Select(pair => Of(pair[0], pair[1], options))];
    }

    private static (double Loss, PreferenceScores Scores) Sum(Pair[] pairs) =>
        (pairs.Sum(pair => pair.Loss), new(pairs.Length, pairs.Count(pair => pair.Margin > 0), pairs.Sum(pair => pair.Margin)));
}
