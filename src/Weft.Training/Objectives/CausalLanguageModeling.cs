using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Objectives;

/// <summary>
/// Next-token cross-entropy. The vocabulary projection, its loss and its gradient are computed together for a chunk of positions at a
/// time, so that the full logits [B·T, V] never exist (the idea of Wijmans et al. 2024, "Cut your losses", arXiv:2411.09009).
/// Legend: N positions (B·T), C positions of a chunk, D hidden, V vocabulary.
/// </summary>
internal static class CausalLanguageModeling
{
    /// <summary>Elements of one chunk's logits: small enough to stay near the cache, large enough for full-speed products.</summary>
    private const long ChunkElements = 1 << 22;

    /// <summary>Adds this batch's gradients to those of <paramref name="model"/>.</summary>
    /// <param name="model">Receives the gradients.</param>
    /// <param name="windows">[B, T+1] ids: each position predicts its successor.</param>
    /// <param name="precision">Of the computation.</param>
    /// <param name="weight">Weight of one position in the step's loss: one over all positions of the step, however it is split.</param>
    /// <returns>Sum of the positions' losses, in nats.</returns>
    public static double ForwardBackward(TrainableModel model, Tensor windows, Precision precision, double weight)
    {
        (Tensor input, Tensor target) = Split(windows);
        Tensor hidden = model.Forward(input, precision);
        Tensor hiddenGradient;
        double loss;
        using (no_grad())
        using (var scope = NewDisposeScope())
        {
            Tensor head = model.Head.detach().to(hidden.dtype);
            Tensor headGradient = zeros_like(model.Head, dtype: ScalarType.Float32);
            hiddenGradient = empty_like(hidden);
            loss = Chunks(hidden.detach(), target, head, chunk => Differentiate(chunk, head, hiddenGradient, headGradient));
            hiddenGradient.mul_(weight);
            AddGradient(model.Head, headGradient.mul_(weight));
            hiddenGradient.MoveToOuterDisposeScope();
        }
        hidden.backward([hiddenGradient]);
        return loss;
    }

    /// <summary>Sum of the positions' losses, in nats, without gradients.</summary>
    public static double Loss(TrainableModel model, Tensor windows, Precision precision)
    {
        using var _ = no_grad();
        (Tensor input, Tensor target) = Split(windows);
        Tensor hidden = model.Forward(input, precision);
        return Chunks(hidden, target, model.Head.to(hidden.dtype), null);
    }

    private static (Tensor Input, Tensor Target) Split(Tensor windows)
    {
        long length = windows.shape[1] - 1;
        return (windows.narrow(1, 0, length), windows.narrow(1, 1, length).reshape(-1));
    }

    /// <param name="Hidden">[C, D].</param>
    /// <param name="Target">[C, 1].</param>
    /// <param name="LogProbabilities">[C, V], fp32.</param>
    /// <param name="Start">First position.</param>
    private readonly record struct Chunk(Tensor Hidden, Tensor Target, Tensor LogProbabilities, long Start);

    private static double Chunks(Tensor hidden, Tensor target, Tensor head, Action<Chunk>? differentiate)
    {
        long positions = hidden.shape[0];
        long size = Math.Clamp(ChunkElements / head.shape[0], 1, positions);
        Tensor headTransposed = head.t();
        double loss = 0;
        for (long start = 0; start < positions; start += size)
        {
            using var scope = NewDisposeScope();
            long count = Math.Min(size, positions - start);
            Tensor part = hidden.narrow(0, start, count);
            Tensor labels = target.narrow(0, start, count).unsqueeze(1);
            Tensor logits = mm(part, headTransposed).to(ScalarType.Float32);
            Tensor logProbabilities = special.log_softmax(logits, 1);
            loss -= logProbabilities.gather(1, labels).sum(ScalarType.Float64).item<double>();
            differentiate?.Invoke(new(part, labels, logProbabilities, start));
        }
        return loss;
    }

    /// <summary>The gradient of the loss with respect to the logits is softmax minus one-hot.</summary>
    private static void Differentiate(Chunk chunk, Tensor head, Tensor hiddenGradient, Tensor headGradient)
    {
        Tensor gradient = chunk.LogProbabilities.exp_();
        gradient.scatter_add_(1, chunk.Target, full([chunk.Target.shape[0], 1], -1f));
        gradient = gradient.to(head.dtype);
        hiddenGradient.narrow(0, chunk.Start, chunk.Hidden.shape[0]).copy_(mm(gradient, head));
        headGradient.add_(mm(gradient.t(), chunk.Hidden));
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
