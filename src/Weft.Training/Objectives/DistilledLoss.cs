using Weft.Training.Batches;
using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Objectives;

/// <summary>
/// Cross-entropy of predicted tokens mixed with their divergence from what a teacher predicts. Logits of both are computed for a chunk of positions at a time.
/// Legend: N positions that have a target, C positions of a chunk, D hidden, V vocabulary, T temperature, α the teacher's share, p and q the probabilities of student
/// and teacher softened by T.
/// </summary>
internal static class DistilledLoss
{
    /// <summary>Adds this batch's gradients to those of <paramref name="model"/>.</summary>
    /// <param name="model">The student, which receives the gradients.</param>
    /// <param name="teacher">Each of its models knows the ids of the student, perhaps more behind them.</param>
    /// <param name="batch">Inputs and targets; one without any target adds nothing.</param>
    /// <param name="precision">Of both.</param>
    /// <param name="pass">Weight of one target in the step's loss, and the student's dropout; null for none.</param>
    /// <returns>Sum of the targets' losses, in nats.</returns>
    public static double ForwardBackward(TrainableModel model, Teacher teacher, TrainingBatch batch, Precision precision, (double Weight, Dropout? Dropout) pass)
    {
        TokenLoss.Check(model, batch);
        foreach (TrainableModel one in teacher.Models)
            TokenLoss.Check(one, batch);
        if (batch.TargetCount == 0)
            return 0;
        using var scope = NewDisposeScope();
        TensorInput input = TensorInput.Of(batch, model.Device);
        // First, so that nothing of the student is there yet while the teacher's blocks are at work.
        Tensor[] taught = Taught(teacher, input, batch, precision);
        (Tensor features, Tensor target) = TokenLoss.Select(model, TokenLoss.Rows(model, model.Hidden(input with { Dropout = pass.Dropout }, precision)), batch.Targets);
        Tensor featureGradient;
        double loss;
        using (no_grad())
        using (var inner = NewDisposeScope())
        {
            var chunks = new Chunks(TokenLoss.ProjectionOf(model, features.dtype), teacher, features.dtype);
            var gradients = ProjectionGradients.For(model, empty_like(features));
            loss = chunks.Sum((features.detach(), taught), target, gradients);
            featureGradient = TokenLoss.AddWeighted(model, gradients, pass.Weight).MoveToOuterDisposeScope();
        }
        features.backward([featureGradient]);
        return loss;
    }

    /// <summary>Mean of KL(q‖p) over the targets of a batch, in nats, without gradients.</summary>
    public static double Divergence(TrainableModel model, Teacher teacher, TrainingBatch batch, Precision precision)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        TensorInput input = TensorInput.Of(batch, model.Device);
        (Tensor features, Tensor target) = TokenLoss.Select(model, TokenLoss.Rows(model, model.Hidden(input, precision)), batch.Targets);
        var whole = new Chunks(TokenLoss.ProjectionOf(model, features.dtype), teacher with { Share = 1 }, features.dtype);
        return whole.Sum((features, Taught(teacher, input, batch, precision)), target, null) / (teacher.Temperature * teacher.Temperature * batch.TargetCount);
    }

    /// <summary>Features of each of the teacher's models, [N, D] of its own D.</summary>
    private static Tensor[] Taught(Teacher teacher, TensorInput input, TrainingBatch batch, Precision precision)
    {
        using var _ = no_grad();
        return [.. teacher.Models.Select(Features)];

        Tensor Features(TrainableModel one)
        {
            using var scope = NewDisposeScope();
            return TokenLoss.Select(one, TokenLoss.Rows(one, one.Hidden(input, precision)), batch.Targets).Features.MoveToOuterDisposeScope();
        }
    }

    private sealed class Chunks(Projection student, Teacher teacher, ScalarType type)
    {
        private readonly Tensor _student = student.Weight.t();
        private readonly Projection[] _taught = [.. teacher.Models.Select(one => TokenLoss.ProjectionOf(one, type))];

        /// <summary>Sum of the losses of features [N, D] of student and teachers; gradients with respect to the student's, without weights.</summary>
        public double Sum((Tensor Student, Tensor[] Teachers) features, Tensor target, ProjectionGradients? gradients)
        {
            long positions = target.shape[0], vocabulary = student.Weight.shape[0];
            long size = ChunkedCrossEntropy.ChunkSize(positions, vocabulary, target.device.type == TorchSharp.DeviceType.CPU);
            double loss = 0;
            for (long start = 0; start < positions; start += size)
            {
                using var scope = NewDisposeScope();
                long count = Math.Min(size, positions - start);
                Tensor part = features.Student.narrow(0, start, count), labels = target.narrow(0, start, count).unsqueeze(1);
                Tensor logits = ChunkedCrossEntropy.Logits(part, _student, student);
                // Ids behind the student's are no tokens: their rows only fill up the teacher's table.
                IEnumerable<Tensor> others = features.Teachers.Zip(_taught, (each, projection) => ChunkedCrossEntropy.Logits(each.narrow(0, start, count), projection.Weight.t(), projection).narrow(1, 0, vocabulary));
                loss += Differentiate(new(part, labels, logits, special.log_softmax(logits, 1), start), teacher.LogProbabilities(others), gradients);
            }
            return loss;
        }

        /// <summary>(1 - α)·CE + α·T²·KL(q‖p) of a chunk; with respect to the logits, (1 - α)·(softmax - one-hot) + α·T·(p - q).</summary>
        private double Differentiate(Chunk chunk, Tensor logQ, ProjectionGradients? gradients)
        {
            (double temperature, double share) = (teacher.Temperature, teacher.Share);
            Tensor logP = special.log_softmax(chunk.Logits.Times(1 / temperature), 1), q = logQ.exp();
            double loss = share * temperature * temperature * Total(q * (logQ - logP)) - ((1 - share) * Total(chunk.LogProbabilities.gather(1, chunk.Target)));
            if (gradients is null)
                return loss;
            Tensor gradient = chunk.LogProbabilities.exp_().TimesInPlace(1 - share);
            gradient.scatter_add_(1, chunk.Target, Scalars.Filled([chunk.Target.shape[0], 1], share - 1, gradient.dtype, gradient.device));
            gradient.PlusInPlace((logP.exp_() - q).TimesInPlace(share * temperature));
            ChunkedCrossEntropy.Propagate(gradient, chunk, student, gradients);
            return loss;
        }

        private static double Total(Tensor x) => x.sum(ScalarType.Float64).item<double>();
    }
}
