using Weft.Training.Batches;
using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Objectives;

/// <summary>
/// What a model thinks of whole answers: the sum of the log-probabilities of a row's targets, and the gradients of any function of such sums. The projection on
/// the vocabulary is computed twice, once for the sums and once, a chunk of positions at a time, for the gradients, so that logits [N, V] never exist.
/// Legend: B rows, N positions that have a target, D hidden, V vocabulary.
/// </summary>
internal static class RowLogProbabilities
{
    /// <summary>Without gradients, [B], in nats.</summary>
    public static double[] Compute(TrainableModel model, TrainingBatch batch, Precision precision)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        (Tensor features, Tensor target) = Features(model, batch, precision, null);
        return Sums(batch, TokenLoss.Each(model, features, target));
    }

    /// <summary>Adds the gradients of a function of the sums to those of <paramref name="model"/>.</summary>
    /// <param name="model">Receives the gradients.</param>
    /// <param name="batch">Rows, each with a target at least.</param>
    /// <param name="precision">Of the computation.</param>
    /// <param name="slopesOf">Given the sums, [B], the derivatives of the function with respect to each, [B].</param>
    /// <param name="pass">What gradients are multiplied with, and dropout; null for none.</param>
    public static void Differentiate(TrainableModel model, TrainingBatch batch, Precision precision, Func<double[], double[]> slopesOf, (double Weight, Dropout? Dropout) pass)
    {
        using var scope = NewDisposeScope();
        (Tensor features, Tensor target) = Features(model, batch, precision, pass.Dropout);
        double[] slopes = slopesOf(Sums(batch, TokenLoss.Each(model, features.detach(), target)));
        // A sum of log-probabilities is minus one of cross-entropies.
        float[] each = [.. Places(batch).Select(place => (float)-slopes[place / batch.Length])];
        TokenLoss.Backward(model, (features, target), pass.Weight, tensor(each, device: model.Device), TokenLossOptions.Plain);
    }

    private static (Tensor Features, Tensor Target) Features(TrainableModel model, TrainingBatch batch, Precision precision, Dropout? dropout)
    {
        TokenLoss.Check(model, batch);
        TensorInput input = TensorInput.Of(batch, model.Device) with { Dropout = dropout };
        return TokenLoss.Select(model, TokenLoss.Rows(model, model.Hidden(input, precision)), batch.Targets);
    }

    private static double[] Sums(TrainingBatch batch, double[] losses)
    {
        double[] sums = new double[batch.Rows];
        foreach ((int place, double loss) in Places(batch).Zip(losses))
            sums[place / batch.Length] -= loss;
        return sums;
    }

    private static IEnumerable<int> Places(TrainingBatch batch) => Enumerable.Range(0, batch.Targets.Length).Where(i => batch.Targets[i] != TrainingBatch.Ignored);
}
