using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Objectives;

/// <summary>
/// The vocabulary projection, its loss and its gradient, computed together for a chunk of positions at a time, so that the full logits [N, V] never
/// exist (the idea of Wijmans et al. 2024, "Cut your losses", arXiv:2411.09009).
/// Legend: N positions, C positions of a chunk, D hidden, V vocabulary.
/// </summary>
internal static class ChunkedCrossEntropy
{
    /// <summary>Elements of one chunk's logits: small enough to stay near the cache, large enough for full-speed products.</summary>
    private const long ChunkElements = 1 << 22;

    /// <summary>The same on other devices, which need more at a time to be busy: 256 MB in fp32.</summary>
    private const long DeviceChunkElements = 1 << 26;

    /// <summary>Sum of the losses, in nats.</summary>
    /// <param name="features">What is projected, [N, D], without gradients.</param>
    /// <param name="target">[N].</param>
    /// <param name="projection">To the vocabulary.</param>
    /// <param name="options">What is added to cross-entropy.</param>
    /// <param name="differentiate">Receives the probabilities of each chunk.</param>
    public static double Sum(Tensor features, Tensor target, Projection projection, TokenLossOptions options, Action<Chunk>? differentiate)
    {
        long positions = features.shape[0];
        long size = ChunkSize(positions, projection.Weight.shape[0], features.device.type == TorchSharp.DeviceType.CPU);
        Tensor weightTransposed = projection.Weight.t();
        double loss = 0;
        for (long start = 0; start < positions; start += size)
        {
            using var scope = NewDisposeScope();
            long count = Math.Min(size, positions - start);
            Tensor part = features.narrow(0, start, count);
            Tensor labels = target.narrow(0, start, count).unsqueeze(1);
            Tensor logits = Logits(part, weightTransposed, projection);
            Tensor logProbabilities = special.log_softmax(logits, 1);
            Tensor ofTargets = logProbabilities.gather(1, labels);
            loss -= (1 - options.LabelSmoothing) * Total(ofTargets);
            if (options.LabelSmoothing > 0)
                loss -= options.LabelSmoothing * Total(logProbabilities) / projection.Weight.shape[0];
            Tensor? logNormalizers = null;
            if (options.ZLoss > 0)
            {
                logNormalizers = logits.gather(1, labels) - ofTargets;
                loss += options.ZLoss * Total(logNormalizers.square());
            }
            differentiate?.Invoke(new(part, labels, logits, logProbabilities, start) { LogNormalizers = logNormalizers });
        }
        return loss;
    }

    /// <summary>C.</summary>
    /// <param name="positions">N.</param>
    /// <param name="vocabulary">V.</param>
    /// <param name="onProcessor">And not on another device.</param>
    public static long ChunkSize(long positions, long vocabulary, bool onProcessor = true) =>
        Math.Clamp((onProcessor ? ChunkElements : DeviceChunkElements) / vocabulary, 1, positions);

    /// <summary>Adds a chunk's share to the gradients. That of cross-entropy with respect to the logits is softmax minus one-hot.</summary>
    public static void Differentiate(Chunk chunk, Projection projection, TokenLossOptions options, ProjectionGradients gradients)
    {
        Tensor gradient = chunk.LogProbabilities.exp_();
        if (chunk.LogNormalizers is { } logNormalizers)
            gradient.mul_(logNormalizers.Times(2 * options.ZLoss).PlusInPlace(1)); // p·(1 + 2c·logZ)
        if (options.LabelSmoothing > 0)
            gradient.PlusInPlace(-options.LabelSmoothing / projection.Weight.shape[0]);
        gradient.scatter_add_(1, chunk.Target, Scalars.Filled([chunk.Target.shape[0], 1], options.LabelSmoothing - 1, gradient.dtype, gradient.device));
        if (chunk.Weights is { } weights)
            gradient.mul_(weights);
        Propagate(gradient, chunk, projection, gradients);
    }

    /// <summary>Adds the share of gradients [C, V] with respect to a chunk's logits to those of what gave the logits. Both may be overwritten.</summary>
    public static void Propagate(Tensor gradient, Chunk chunk, Projection projection, ProjectionGradients gradients)
    {
        if (projection.SoftCap is { } cap)
        {
            Tensor tanh = chunk.Logits.TimesInPlace(1 / cap);
            gradient.AddProductInPlace(gradient, tanh.mul_(tanh), -1); // g·(1 - tanh²)
        }
        gradients.Bias?.PlusInPlace(gradient.sum([0]));
        if (projection.LogitScale != 1)
            gradient.TimesInPlace(projection.LogitScale);
        gradient = gradient.to(projection.Weight.dtype);
        gradients.Features.narrow(0, chunk.Start, chunk.Features.shape[0]).copy_(mm(gradient, projection.Weight));
        gradients.Weight?.PlusInPlace(mm(gradient.t(), chunk.Features));
    }

    /// <summary>Logits of some positions, [C, V], in fp32.</summary>
    /// <param name="features">[C, D].</param>
    /// <param name="weightTransposed">[D, V].</param>
    /// <param name="projection">What else there is.</param>
    public static Tensor Logits(Tensor features, Tensor weightTransposed, Projection projection) =>
        Finish(mm(features, weightTransposed).to(AttentionFunction.Wide(features)), projection);

    private static double Total(Tensor x) => x.sum(ScalarType.Float64).item<double>();

    /// <summary>Products to logits, in place.</summary>
    private static Tensor Finish(Tensor products, Projection projection)
    {
        if (projection.LogitScale != 1)
            products.TimesInPlace(projection.LogitScale);
        if (projection.Bias is not null)
            products.PlusInPlace(projection.Bias);
        return projection.SoftCap is { } cap ? products.TimesInPlace(1 / cap).tanh_().TimesInPlace(cap) : products;
    }
}

/// <summary>Features to logits: softcap(scale · (W·x) + b).</summary>
/// <param name="Weight">[V, D], in the compute type.</param>
/// <param name="Bias">[V], fp32; null where there is none.</param>
internal sealed record Projection(Tensor Weight, Tensor? Bias)
{
    /// <summary>Multiplies the products.</summary>
    public double LogitScale { get; init; } = 1;

    /// <summary>c of c·tanh(logit/c); null for none.</summary>
    public double? SoftCap { get; init; }
}

/// <summary>What <see cref="ChunkedCrossEntropy"/> adds up.</summary>
/// <param name="Features">[N, D], in the compute type.</param>
/// <param name="Weight">[V, D], fp32; null where the weight is frozen.</param>
/// <param name="Bias">[V], fp32; null where there is none, or it is frozen.</param>
internal sealed record ProjectionGradients(Tensor Features, Tensor? Weight, Tensor? Bias)
{
    /// <summary>Zeros for what is trained of a model's head.</summary>
    /// <param name="model">The model.</param>
    /// <param name="features">Receives the gradient of what the head projects.</param>
    public static ProjectionGradients For(TrainableModel model, Tensor features) => new(features,
        model.Head.Weight.requires_grad ? zeros_like(model.Head.Weight, dtype: ScalarType.Float32) : null, model.Head.Bias is { requires_grad: true } bias ? zeros_like(bias) : null);
}

/// <summary>Some positions on their way; their tensors may be overwritten.</summary>
/// <param name="Features">[C, D].</param>
/// <param name="Target">[C, 1].</param>
/// <param name="Logits">[C, V], fp32.</param>
/// <param name="LogProbabilities">[C, V], fp32.</param>
/// <param name="Start">First position.</param>
internal readonly record struct Chunk(Tensor Features, Tensor Target, Tensor Logits, Tensor LogProbabilities, long Start)
{
    /// <summary>log Z of each position, [C, 1]; null where it is not wanted.</summary>
    public Tensor? LogNormalizers { get; init; }

    /// <summary>What each position's gradient is multiplied with, [C, 1]; null where all count alike.</summary>
    public Tensor? Weights { get; init; }
}
