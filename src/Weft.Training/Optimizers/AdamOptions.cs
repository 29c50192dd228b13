using Weft.Training.Modules;
using Weft.Training.Optimizers;

namespace Weft.Training;

/// <summary>Constants of Adam (Kingma and Ba 2014, arXiv:1412.6980). Weight decay is added to the gradient, as torch does, and 0 by default.</summary>
public sealed record AdamOptions : OptimizerOptions
{
    /// <summary>The paper's constants.</summary>
    public AdamOptions() => WeightDecay = 0;

    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    internal override IOptimizer Create(IReadOnlyList<TrainableParameter> parameters) => new Adam(parameters, this);
}
