using Weft.Training.Modules;

namespace Weft.Training.Objectives;

/// <summary>
/// A finished model whose predictions another one learns (Hinton et al. 2015, arXiv:1503.02531): the student's loss is (1 - α)·CE + α·T²·KL(teacher‖student), the
/// divergence of probabilities softened by T, over the same tokens or rows.
/// </summary>
/// <param name="Model">The teacher; it is not trained, and stays whoever's made it.</param>
public sealed record Teacher(TrainableModel Model)
{
    /// <summary>T where nothing is said.</summary>
    public const double UsualTemperature = 2;

    /// <summary>α where nothing is said.</summary>
    public const double UsualShare = 0.5;

    /// <summary>T: logits are divided by it, so that what is unlikely counts more. T² makes up for gradients that are as much smaller.</summary>
    public double Temperature { get; init; } = UsualTemperature;

    /// <summary>α.</summary>
    public double Share { get; init; } = UsualShare;
}
