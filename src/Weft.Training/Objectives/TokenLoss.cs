using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Kernels;
using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Objectives;

/// <summary>
/// Cross-entropy of predicted tokens, the loss of most objectives. Positions without a target are not projected to the vocabulary.
/// Legend: N positions that have a target, D hidden, V vocabulary.
/// </summary>
internal static class TokenLoss
{
    /// <summary>Adds this batch's gradients to those of <paramref name="model"/>.</summary>
    /// <param name="model">Receives the gradients.</param>
    /// <param name="batch">Inputs and targets; one without any target adds nothing.</param>
    /// <param name="precision">Of the computation.</param>
    /// <param name="weight">Weight of one target in the step's loss: one over all targets of the step, however it is split.</param>
    /// <param name="options">What is added to cross-entropy; null for nothing.</param>
    /// <param name="dropout">Of this pass; null for none.</param>
    /// <returns>Sum of the targets' losses, in nats, with what is added.</returns>
    public static double ForwardBackward(TrainableModel model, TrainingBatch batch, Precision precision, double weight, TokenLossOptions? options = null, Dropout? dropout = null)
    {
        Check(model, batch);
        options ??= TokenLossOptions.Plain;
        long targets = batch.TargetCount;
        if (targets == 0)
            return 0;
        var costs = new RoutingCosts(options.LoadBalance, options.RouterZLoss);
        RoutingLosses? routing = costs.Any ? new(costs, targets, weight) : null;
        TensorInput input = TensorInput.Of(batch, model.Device) with { Routing = routing, Dropout = dropout };
        double loss = model.Further.Count > 0
            ? Ahead(model, input, batch, precision, (weight, options))
            : Backward(model, Rows(model, model.Hidden(input, precision)), batch.Targets, weight, options);
        return loss + (routing?.Sum ?? 0);
    }

    /// <summary>Sum of the targets' losses, in nats, without gradients.</summary>
    public static double Loss(TrainableModel model, TrainingBatch batch, Precision precision, TokenLossOptions? options = null)
    {
        Check(model, batch);
        if (batch.TargetCount == 0)
            return 0;
        using var _ = no_grad();
        Tensor states = Rows(model, model.Hidden(TensorInput.Of(batch, model.Device), precision));
        (Tensor features, Tensor target) = Select(model, states, batch.Targets);
        options ??= TokenLossOptions.Plain;
        return ByProducts(model, features)
            ? ProductCrossEntropy.Compute(features, target, (model.Head.Weight, model.Head.Bias), SoftmaxOf(options, weight: 0), null)
            : ChunkedCrossEntropy.Sum(features, target, ProjectionOf(model, features.dtype), options, null);
    }

    /// <summary>Of each position by itself, in nats, [N].</summary>
    /// <param name="model">The model.</param>
    /// <param name="features">What its head projects, [N, D], without gradients.</param>
    /// <param name="target">[N].</param>
    public static double[] Each(TrainableModel model, Tensor features, Tensor target)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor losses = empty(target.shape, ScalarType.Float64, model.Device);
        if (ByProducts(model, features))
            ProductCrossEntropy.Compute(features, target, (model.Head.Weight, model.Head.Bias), LossesOf(losses), null);
        else
            ChunkedCrossEntropy.Sum(features, target, ProjectionOf(model, features.dtype), TokenLossOptions.Plain,
                chunk => losses.narrow(0, chunk.Start, chunk.Target.shape[0]).copy_(chunk.LogProbabilities.gather(1, chunk.Target).squeeze(1).neg()));
        return losses.cpu().data<double>().ToArray();
    }

    private static unsafe SoftmaxRows LossesOf(Tensor losses) => new() { Losses = (double*)TorchTeam.Data(losses) };

    private static unsafe SoftmaxRows Weighted(SoftmaxRows rows, Tensor weights) => rows with { Weights = (float*)TorchTeam.Data(weights) };

    private static SoftmaxRows SoftmaxOf(TokenLossOptions options, double weight) =>
        new() { Weight = (float)weight, LabelSmoothing = (float)options.LabelSmoothing, ZLoss = (float)options.ZLoss };

    /// <summary>Logits are the products and nothing else, and kernels of our own can compute them.</summary>
    private static bool ByProducts(TrainableModel model, Tensor features) => model.Head.Spec is not HeadSpec.LanguageModel { LogitScale: not 1 } and not HeadSpec.LanguageModel { SoftCap: not null } && ProductCrossEntropy.Fits(features);

    /// <summary>The next token and those after it. One head after the other goes forward and back, so that the memory is that of one.</summary>
    private static double Ahead(TrainableModel model, TensorInput input, TrainingBatch batch, Precision precision, (double Weight, TokenLossOptions Options) of)
    {
        Tensor trunk = model.Trunk(input, TrainableModel.TypeOf(precision));
        Tensor states = trunk.detach().requires_grad_(true);
        double loss = 0;
        for (int ahead = 0; ahead <= model.Further.Count; ahead++)
        {
            using var scope = NewDisposeScope();
            double share = ahead == 0 ? 1 : of.Options.FurtherTokens;
            loss += share * Backward(model, Rows(model, model.Ahead(states, input, ahead)), batch.TargetsAhead(ahead), of.Weight * share, of.Options);
        }
        trunk.backward([states.grad!]);
        return loss;
    }

    /// <summary>States [B, T, D] position by position.</summary>
    public static Tensor Rows(TrainableModel model, Tensor states) => states.view(-1, model.Spec.HiddenSize);

    /// <summary>The loss of states [B·T, D] against their targets, and its gradients down to whatever the states were computed from.</summary>
    private static double Backward(TrainableModel model, Tensor states, long[] targets, double weight, TokenLossOptions options)
    {
        (Tensor features, Tensor target) = Select(model, states, targets);
        if (target.shape[0] == 0)
        {
            // Gradients of zero, since the optimizer wants one of every parameter.
            features.sum().backward();
            return 0;
        }
        return Backward(model, (features, target), weight, null, options);
    }

    /// <summary>The loss of features against their targets, and its gradients down to whatever the features were computed from.</summary>
    /// <param name="model">Receives the gradients.</param>
    /// <param name="of">What its head projects, [N, D], and [N].</param>
    /// <param name="weight">Of a position's gradient.</param>
    /// <param name="each">Weight of each position beside that, of any sign, [N] in fp32; null where all are alike. The result is without weights.</param>
    /// <param name="options">What is added to cross-entropy.</param>
    public static double Backward(TrainableModel model, (Tensor Features, Tensor Target) of, double weight, Tensor? each, TokenLossOptions options)
    {
        (Tensor features, Tensor target) = of;
        Tensor featureGradient;
        double loss;
        if (ByProducts(model, features))
        {
            featureGradient = empty_like(features);
            (TorchSharp.Modules.Parameter projection, TorchSharp.Modules.Parameter? bias) = (model.Head.Weight, model.Head.Bias);
            foreach (TorchSharp.Modules.Parameter? trained in new[] { projection, bias }.Where(parameter => parameter is { requires_grad: true }))
                trained!.grad ??= zeros_like(trained);
            Tensor? weights = each?.Times(weight);
            SoftmaxRows rows = weights is null ? SoftmaxOf(options, weight) : Weighted(SoftmaxOf(options, weight), weights);
            loss = ProductCrossEntropy.Compute(features.detach(), target, (projection, bias), rows, new(featureGradient, projection.grad, bias?.grad));
            features.backward([featureGradient]);
            return loss;
        }
        using (no_grad())
        using (var scope = NewDisposeScope())
        {
            Projection projection = ProjectionOf(model, features.dtype);
            var gradients = ProjectionGradients.For(model, empty_like(features));
            loss = ChunkedCrossEntropy.Sum(features.detach(), target, projection, options,
                chunk => ChunkedCrossEntropy.Differentiate(each is null ? chunk : chunk with { Weights = each.narrow(0, chunk.Start, chunk.Target.shape[0]).unsqueeze(1) }, projection, options, gradients));
            featureGradient = AddWeighted(model, gradients, weight).MoveToOuterDisposeScope();
        }
        features.backward([featureGradient]);
        return loss;
    }

    /// <summary>What the vocabulary projection reads at the positions that have a target, [N, D], and those targets, [N].</summary>
    public static (Tensor Features, Tensor Target) Select(TrainableModel model, Tensor states, long[] targets)
    {
        long[] places = [.. Enumerable.Range(0, targets.Length).Where(i => targets[i] != TrainingBatch.Ignored)];
        if (places.Length == targets.Length)
            return (model.Head.Features(states), tensor(targets, device: model.Device));
        return (model.Head.Features(states.index_select(0, tensor(places, device: model.Device))), tensor([.. places.Select(place => targets[place])], ScalarType.Int64, model.Device));
    }

    /// <summary>The head's projection in a compute type.</summary>
    public static Projection ProjectionOf(TrainableModel model, ScalarType type)
    {
        var projection = new Projection(model.Head.Weight.detach().to(type), model.Head.Bias?.detach());
        return model.Head.Spec is HeadSpec.LanguageModel head ? projection with { LogitScale = head.LogitScale, SoftCap = head.SoftCap } : projection;
    }

    /// <exception cref="NotSupportedException">The model predicts no tokens, or reads something else than the batch has.</exception>
    public static void Check(TrainableModel model, TrainingBatch batch)
    {
        if (model.Head.Spec is not (HeadSpec.LanguageModel or HeadSpec.MaskedLanguageModel))
            throw new NotSupportedException($"the objective predicts tokens, but the model's head is {model.Head.Spec.GetType().Name}; "
                + $"give it a {nameof(HeadSpec.LanguageModel)} or a {nameof(HeadSpec.MaskedLanguageModel)} head");
        if (model.Spec.HasSource != batch.SourceIds is not null)
            throw new NotSupportedException(model.Spec.HasSource
                ? "the objective reads one text, but the model has an encoder beside its decoder; train it on pairs, on corrupted spans or by denoising"
                : "the objective reads a source and a target, but the model has no encoder beside a decoder; train it on one text");
    }

    /// <summary>Adds gradients of a head's projection, times a weight, to those of the model.</summary>
    /// <returns>That of what the head projects, times the weight.</returns>
    public static Tensor AddWeighted(TrainableModel model, ProjectionGradients gradients, double weight)
    {
        if (gradients.Weight is not null)
            AddGradient(model.Head.Weight, gradients.Weight.TimesInPlace(weight));
        if (gradients.Bias is not null)
            AddGradient(model.Head.Bias!, gradients.Bias.TimesInPlace(weight));
        return gradients.Features.TimesInPlace(weight);
    }

    private static void AddGradient(TorchSharp.Modules.Parameter parameter, Tensor gradient)
    {
        // In place when the gradient exists: += would create a second tensor and leave the old one to the finalizer.
        if (parameter.grad is { } existing)
            existing.PlusInPlace(gradient);
        else
            parameter.grad = gradient.MoveToOuterDisposeScope();
    }
}
