using TorchSharp;

using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;

using static TorchSharp.torch;

using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Weft.Training.Objectives;

/// <summary>
/// The loss of a head that points at the first and the last token of an answer (Devlin et al. 2018, arXiv:1810.04805, section 4.2): the mean of two cross-entropies over
/// the tokens of the text and the first token of the window, at which what has no answer points. Tokens of the question, special ones and padding have no part in it,
/// as no answer is looked for there.
/// Legend: N windows, C most candidates of a window, D hidden.
/// </summary>
internal static class SpanLoss
{
    /// <summary>A candidate's logit where a window has fewer than others.</summary>
    private const double Never = double.NegativeInfinity;

    /// <summary>Sum of the windows' losses; their gradients are added to the model's.</summary>
    /// <inheritdoc cref="LabelLoss.ForwardBackward"/>
    public static double ForwardBackward(TrainableModel model, TrainingBatch batch, Precision precision, double weight, Dropout? dropout)
    {
        SpanTarget[] targets = Targets(batch);
        Tensor loss = Sum(Logits(model, batch, targets, precision, dropout), targets);
        loss.Times(weight).backward();
        return loss.item<float>();
    }

    /// <summary>Sum of the windows' losses, without gradients.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">Windows and their answers.</param>
    /// <param name="precision">Of the blocks.</param>
    /// <param name="scores">Is told of which windows both ends are right, each the likeliest by itself.</param>
    public static double Loss(TrainableModel model, TrainingBatch batch, Precision precision, LabelScores scores)
    {
        using var _ = no_grad();
        SpanTarget[] targets = Targets(batch);
        Tensor logits = Logits(model, batch, targets, precision, null);
        float[][] ends = [.. Enumerable.Range(0, 2).Select(end => logits.select(2, end).cpu().contiguous().data<float>().ToArray())];
        int candidates = (int)logits.shape[1];
        for (int i = 0; i < targets.Length; i++)
        {
            int[] found = [.. ends.Select(values => TensorPrimitives.IndexOfMax<float>(values.AsSpan(i * candidates, targets[i].Candidates)))];
            scores.Add((targets[i].Token(found[0]), targets[i].Token(found[1])) == (targets[i].Start, targets[i].End));
        }
        return Sum(logits, targets).item<float>();
    }

    /// <summary>What the head gives for each candidate of each window, [N, C, 2] in fp32.</summary>
    internal static Tensor Logits(TrainableModel model, TrainingBatch batch, IReadOnlyList<SpanTarget> targets, Precision precision, Dropout? dropout)
    {
        if (model.Head.Spec is not HeadSpec.Spans)
            throw new NotSupportedException($"the objective looks for answers, but the model's head is {model.Head.Spec.GetType().Name}; give it a {nameof(HeadSpec.Spans)} head");
        Tensor states = model.Hidden(TensorInput.Of(batch, model.Device) with { Dropout = dropout }, precision).view(-1, model.Spec.HiddenSize);
        int most = targets.Max(target => target.Candidates);
        long[] places = new long[targets.Count * most];
        bool[] missing = new bool[places.Length];
        int[] begins = [.. Enumerable.Range(0, batch.Targets.Length).Where(i => batch.Targets[i] != TrainingBatch.Ignored)];
        for (int i = 0; i < targets.Count; i++)
            for (int candidate = 0; candidate < most; candidate++)
            {
                missing[(i * most) + candidate] = candidate >= targets[i].Candidates;
                places[(i * most) + candidate] = begins[i] + (candidate < targets[i].Candidates ? targets[i].Token(candidate) : 0);
            }
        Tensor read = states.index_select(0, tensor(places, device: model.Device));
        using Scalar never = Never;
        return model.Head.Label(read.to(AttentionFunction.Wide(read))).view(targets.Count, most, 2)
            .masked_fill(tensor(missing, [targets.Count, most, 1], device: model.Device), never);
    }

    private static SpanTarget[] Targets(TrainingBatch batch) => [.. batch.Values!.Chunk(SpanTarget.Count).Select(values => SpanTarget.Read(values))];

    private static Tensor Sum(Tensor logits, SpanTarget[] targets)
    {
        Tensor Of(int end, Func<SpanTarget, int> token) => nn.functional.cross_entropy(
            logits.select(2, end), tensor([.. targets.Select(target => target.Candidate(token(target)))], ScalarType.Int64, logits.device), reduction: nn.Reduction.Sum);
        return Of(0, target => target.Start).Plus(Of(1, target => target.End)).Times(0.5);
    }
}
