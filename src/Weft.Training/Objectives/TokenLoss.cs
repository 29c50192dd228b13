using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Objectives;

/// <summary>
/// Cross-entropy of predicted tokens, the loss of every objective. The vocabulary projection, its loss and its gradient are computed together for a chunk of positions at a
/// time, so that the full logits [B·T, V] never exist (the idea of Wijmans et al. 2024, "Cut your losses", arXiv:2411.09009).
/// Legend: N positions (B·T), C positions of a chunk, D hidden, V vocabulary.
/// </summary>
internal static class TokenLoss
{
    /// <summary>Elements of one chunk's logits: small enough to stay near the cache, large enough for full-speed products.</summary>
    private const long ChunkElements = 1 << 22;

    /// <summary>Adds this batch's gradients to those of <paramref name="model"/>.</summary>
    /// <param name="model">Receives the gradients.</param>
    /// <param name="batch">Inputs and targets.</param>
    /// <param name="precision">Of the computation.</param>
    /// <param name="weight">Weight of one target in the step's loss: one over all targets of the step, however it is split.</param>
    /// <returns>Sum of the targets' losses, in nats.</returns>
    public static double ForwardBackward(TrainableModel model, TrainingBatch batch, Precision precision, double weight)
    {
        HeadSpec.LanguageModel spec = Check(model);
        (TensorInput input, Tensor target) = (TensorInput.Of(batch), tensor(batch.Targets));
        Tensor hidden = model.Hidden(input, precision).view(-1, model.Spec.HiddenSize);
        Tensor hiddenGradient;
        double loss;
        using (no_grad())
        using (var scope = NewDisposeScope())
        {
            var head = new Projection(spec, model.Head.Weight.detach().to(hidden.dtype), model.Head.Bias?.detach());
            hiddenGradient = empty_like(hidden);
            var gradients = new Gradients(hiddenGradient, zeros_like(model.Head.Weight, dtype: ScalarType.Float32),
                model.Head.Bias is { } bias ? zeros_like(bias) : null);
            loss = Chunks(hidden.detach(), target, head, chunk => Differentiate(chunk, head, gradients));
            hiddenGradient.mul_(weight);
            AddGradient(model.Head.Weight, gradients.Weight.mul_(weight));
            if (gradients.Bias is not null)
                AddGradient(model.Head.Bias!, gradients.Bias.mul_(weight));
            hiddenGradient.MoveToOuterDisposeScope();
        }
        hidden.backward([hiddenGradient]);
        return loss;
    }

    /// <summary>Sum of the targets' losses, in nats, without gradients.</summary>
    public static double Loss(TrainableModel model, TrainingBatch batch, Precision precision)
    {
        HeadSpec.LanguageModel spec = Check(model);
        using var _ = no_grad();
        (TensorInput input, Tensor target) = (TensorInput.Of(batch), tensor(batch.Targets));
        Tensor hidden = model.Hidden(input, precision).view(-1, model.Spec.HiddenSize);
        return Chunks(hidden, target, new(spec, model.Head.Weight.to(hidden.dtype), model.Head.Bias), null);
    }

    private static HeadSpec.LanguageModel Check(TrainableModel model)
    {
        if (model.Spec.HasSource)
            throw new NotSupportedException("causal language modelling reads one text, but the model has an encoder beside its decoder; train it on pairs");
        return model.Spec.Head as HeadSpec.LanguageModel ?? throw new NotSupportedException(
            $"causal language modelling predicts tokens, but the model's head is {model.Spec.Head.GetType().Name}; give it a {nameof(HeadSpec.LanguageModel)} head");
    }

    /// <param name="Spec">What becomes of the products.</param>
    /// <param name="Weight">[V, D], in the compute type.</param>
    /// <param name="Bias">[V], fp32; null where there is none.</param>
    internal sealed record Projection(HeadSpec.LanguageModel Spec, Tensor Weight, Tensor? Bias);

    /// <param name="Hidden">[N, D], in the compute type.</param>
    /// <param name="Weight">[V, D], fp32.</param>
    /// <param name="Bias">[V], fp32; null where there is none.</param>
    private sealed record Gradients(Tensor Hidden, Tensor Weight, Tensor? Bias);

    /// <param name="Hidden">[C, D].</param>
    /// <param name="Target">[C, 1].</param>
    /// <param name="Logits">[C, V], fp32.</param>
    /// <param name="LogProbabilities">[C, V], fp32.</param>
    /// <param name="Start">First position.</param>
    internal readonly record struct Chunk(Tensor Hidden, Tensor Target, Tensor Logits, Tensor LogProbabilities, long Start);

    /// <summary>Sum of the losses of [N, D] states against [N] targets; each chunk's probabilities go to <paramref name="differentiate"/>.</summary>
    internal static double Chunks(Tensor hidden, Tensor target, Projection head, Action<Chunk>? differentiate)
    {
        long positions = hidden.shape[0];
        long size = Math.Clamp(ChunkElements / head.Weight.shape[0], 1, positions);
        Tensor weightTransposed = head.Weight.t();
        double loss = 0;
        for (long start = 0; start < positions; start += size)
        {
            using var scope = NewDisposeScope();
            long count = Math.Min(size, positions - start);
            Tensor part = hidden.narrow(0, start, count);
            Tensor labels = target.narrow(0, start, count).unsqueeze(1);
            Tensor logits = Finish(mm(part, weightTransposed).to(ScalarType.Float32), head);
            Tensor logProbabilities = special.log_softmax(logits, 1);
            loss -= logProbabilities.gather(1, labels).sum(ScalarType.Float64).item<double>();
            differentiate?.Invoke(new(part, labels, logits, logProbabilities, start));
        }
        return loss;
    }

    /// <summary>Products to logits, in place.</summary>
    private static Tensor Finish(Tensor products, Projection head)
    {
        if (head.Spec.LogitScale != 1)
            products.mul_(head.Spec.LogitScale);
        if (head.Bias is not null)
            products.add_(head.Bias);
        return head.Spec.SoftCap is { } cap ? products.div_(cap).tanh_().mul_(cap) : products;
    }

    /// <summary>The gradient of the loss with respect to the logits is softmax minus one-hot.</summary>
    private static void Differentiate(Chunk chunk, Projection head, Gradients gradients)
    {
        Tensor gradient = chunk.LogProbabilities.exp_();
        gradient.scatter_add_(1, chunk.Target, full([chunk.Target.shape[0], 1], -1f));
        if (head.Spec.SoftCap is { } cap)
        {
            Tensor tanh = chunk.Logits.div_(cap);
            gradient.addcmul_(gradient, tanh.mul_(tanh), -1); // g·(1 - tanh²)
        }
        gradients.Bias?.add_(gradient.sum([0]));
        if (head.Spec.LogitScale != 1)
            gradient.mul_(head.Spec.LogitScale);
        gradient = gradient.to(head.Weight.dtype);
        gradients.Hidden.narrow(0, chunk.Start, chunk.Hidden.shape[0]).copy_(mm(gradient, head.Weight));
        gradients.Weight.add_(mm(gradient.t(), chunk.Hidden));
    }

    private static void AddGradient(TorchSharp.Modules.Parameter parameter, Tensor gradient)
    {
        // In place when the gradient exists: += would create a second tensor and leave the old one to the finalizer.
        if (parameter.grad is { } existing)
            existing.add_(gradient);
        else
            parameter.grad = gradient.MoveToOuterDisposeScope();
    }
}
