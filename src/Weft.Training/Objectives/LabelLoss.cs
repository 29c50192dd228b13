using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;

using static TorchSharp.torch;

using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Weft.Training.Objectives;

/// <summary>
/// The loss of a head that labels whole sequences, or words. A batch marks the first token of each of them as a target, and the head reads the state that its
/// pooling names, found by the sequence's own length, so that neither padding nor neighbours in a packed row have a part in it.
/// Legend: N sequences or words, T tokens of a row, D hidden, L labels.
/// </summary>
internal static class LabelLoss
{
    /// <summary>Adds this batch's gradients to those of <paramref name="model"/>.</summary>
    /// <param name="model">Receives the gradients.</param>
    /// <param name="batch">Sequences and their labels.</param>
    /// <param name="precision">Of the blocks; the head is computed in fp32.</param>
    /// <param name="weight">Weight of one sequence in the step's loss.</param>
    /// <param name="options">The loss.</param>
    /// <param name="dropout">Of this pass; null for none.</param>
    /// <param name="teacher">Classifiers with the same labels that are learnt from too; null for none.</param>
    /// <returns>Sum of the sequences' losses.</returns>
    public static double ForwardBackward(TrainableModel model, TrainingBatch batch, Precision precision, double weight, LabelLossOptions options, Dropout? dropout = null, Teacher? teacher = null)
    {
        using var scope = NewDisposeScope();
        if (options.Kind == LabelKind.Span)
            return SpanLoss.ForwardBackward(model, batch, precision, weight, dropout);
        Tensor? taught = null;
        if (teacher is not null)
            using (no_grad())
                taught = teacher.LogProbabilities(teacher.Models.Select(one => Logits(one, batch, precision, null)));
        Tensor logits = Logits(model, batch, precision, dropout);
        Tensor loss = Sum(logits, batch, options, options.Weights.IsEmpty ? null : options.Weights);
        if (teacher is not null)
            loss = loss.Times(1 - teacher.Share).Plus(Divergence(special.log_softmax(logits.Times(1 / teacher.Temperature), 1), taught!).Times(teacher.Share * teacher.Temperature * teacher.Temperature));
        loss.Times(weight).backward();
        return loss.item<float>();
    }

    /// <summary>Sum of the sequences' losses, without class weights, label smoothing and gradients.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">Sequences and their labels.</param>
    /// <param name="precision">Of the blocks.</param>
    /// <param name="options">The loss.</param>
    /// <param name="scores">Is told what was predicted.</param>
    public static double Loss(TrainableModel model, TrainingBatch batch, Precision precision, LabelLossOptions options, LabelScores scores)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        if (options.Kind == LabelKind.Span)
            return SpanLoss.Loss(model, batch, precision, scores);
        Tensor logits = Logits(model, batch, precision, null);
        float[] values = logits.cpu().data<float>().ToArray();
        long[] targets = [.. batch.Targets.Where(target => target != TrainingBatch.Ignored)];
        for (int i = 0; i < targets.Length; i++)
        {
            ReadOnlySpan<float> row = values.AsSpan(i * options.Count, options.Count);
            if (batch.Values is null)
                scores.Add(row, (int)targets[i]);
            else
                scores.Add(row, batch.Values.AsSpan(i * options.Count, options.Count));
        }
        if (scores.Entities is not null)
            AddEntities(scores.Entities, batch, values, options.Count);
        return Sum(logits, batch, options with { LabelSmoothing = 0 }, null).item<float>();
    }

    /// <summary>The labels of each sequence's words, right ones and predicted ones.</summary>
    private static void AddEntities(EntityScores entities, TrainingBatch batch, float[] logits, int labels)
    {
        int next = 0;
        foreach (IGrouping<(int, long), int> words in Enumerable.Range(0, batch.Targets.Length).Where(i => batch.Targets[i] != TrainingBatch.Ignored)
            .GroupBy(i => (i / batch.Length, batch.Documents?[i] ?? 0)))
        {
            int[] actual = [.. words.Select(i => (int)batch.Targets[i])];
            entities.Add([.. actual.Select((_, word) => TensorPrimitives.IndexOfMax<float>(logits.AsSpan((next + word) * labels, labels)))], actual);
            next += actual.Length;
        }
    }

    /// <summary>What the head gives for each sequence, or word, of a batch, in the order of its rows, [N, L] in fp32.</summary>
    public static Tensor Logits(TrainableModel model, TrainingBatch batch, Precision precision, Dropout? dropout)
    {
        Pooling? pooling = model.Head.Spec switch
        {
            HeadSpec.SequenceClassification head => head.Pooling,
            // The first token of a word speaks for it.
            HeadSpec.TokenClassification => Pooling.First,
            _ => null,
        };
        if (pooling is null)
            throw new NotSupportedException($"the objective labels sequences, but the model's head is {model.Head.Spec.GetType().Name}; give it a {nameof(HeadSpec.SequenceClassification)} head");
        TensorInput input = TensorInput.Of(batch, model.Device) with { Dropout = dropout };
        Tensor states = model.Hidden(input, precision).view(-1, model.Spec.HiddenSize);
        Tensor pooled = states.index_select(0, tensor(Places(batch, input.Layout, pooling.Value), device: model.Device));
        return model.Head.Label(pooled.to(AttentionFunction.Wide(pooled)));
    }

    /// <summary>Where in [B·T] the state stands that each sequence's label is read off, [N].</summary>
    private static long[] Places(TrainingBatch batch, TokenLayout? layout, Pooling pooling)
    {
        IEnumerable<int> first = Enumerable.Range(0, batch.Targets.Length).Where(i => batch.Targets[i] != TrainingBatch.Ignored);
        return pooling switch
        {
            Pooling.First => [.. first],
            Pooling.Last => [.. first.Select(i => (long)(i - (i % batch.Length) + (layout?.End(i) ?? batch.Length) - 1))],
            _ => throw new NotSupportedException($"a head that pools by {pooling} is not trained; no published family has one"),
        };
    }

    /// <summary>Sum over the sequences of KL(q‖p), in nats, of the logarithms of both.</summary>
    private static Tensor Divergence(Tensor logP, Tensor logQ) => (logQ.exp() * (logQ - logP)).sum();

    private static Tensor Sum(Tensor logits, TrainingBatch batch, LabelLossOptions options, IReadOnlyList<double>? weights)
    {
        if (options.Kind is LabelKind.One or LabelKind.EachWord)
        {
            Tensor labels = tensor([.. batch.Targets.Where(target => target != TrainingBatch.Ignored)], ScalarType.Int64, logits.device);
            Tensor? classes = weights is null ? null : tensor([.. weights.Select(weight => (float)weight)], ScalarType.Float32, logits.device);
            return nn.functional.cross_entropy(logits, labels, classes, reduction: nn.Reduction.Sum, label_smoothing: options.LabelSmoothing);
        }
        Tensor values = tensor(batch.Values!, [logits.shape[0], options.Count], device: logits.device);
        return options.Kind == LabelKind.Several
            ? nn.functional.binary_cross_entropy_with_logits(logits, values, reduction: nn.Reduction.Sum).Times(1.0 / options.Count)
            : nn.functional.mse_loss(logits, values, nn.Reduction.Sum);
    }
}
