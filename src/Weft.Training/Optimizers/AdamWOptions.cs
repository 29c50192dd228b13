using Weft.Training.Modules;
using Weft.Training.Optimizers;

namespace Weft.Training;

/// <summary>Constants of AdamW (Loshchilov and Hutter 2017, arXiv:1711.05101).</summary>
public sealed record AdamWOptions : OptimizerOptions
{
    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    internal override IOptimizer Create(IReadOnlyList<TrainableParameter> parameters) => new AdamW(parameters, this);
}
