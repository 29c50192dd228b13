using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Objectives;

/// <summary>
/// Finished models whose predictions another one learns (Hinton et al. 2015, arXiv:1503.02531): the student's loss is (1 - α)·CE + α·T²·KL(teacher‖student), the
/// divergence of probabilities softened by T, over the same tokens or rows. Several teachers are one, whose probabilities are the mean of theirs.
/// </summary>
/// <param name="Models">One or more; they are not trained, and stay whoever's made them.</param>
public sealed record Teacher(params IReadOnlyList<TrainableModel> Models)
{
    /// <summary>T where nothing is said.</summary>
    public const double UsualTemperature = 2;

    /// <summary>α where nothing is said.</summary>
    public const double UsualShare = 0.5;

    /// <summary>T: logits are divided by it, so that what is unlikely counts more. T² makes up for gradients that are as much smaller.</summary>
    public double Temperature { get; init; } = UsualTemperature;

    /// <summary>α.</summary>
    public double Share { get; init; } = UsualShare;

    /// <summary>What checkpoints know it by.</summary>
    internal string Digest() => string.Join(',', Models.Select(model => model.FrozenDigest()));

    /// <summary>Logarithms of the probabilities softened by <see cref="Temperature"/>, [N, V], of the logits of each of <see cref="Models"/>.</summary>
    internal Tensor LogProbabilities(IEnumerable<Tensor> logits)
    {
        Tensor[] each = [.. logits.Select(of => special.log_softmax(of.Times(1 / Temperature), 1))];
        return each is [Tensor only] ? only : stack(each).logsumexp(0).Plus(-Math.Log(each.Length));
    }
}
