using Weft.Training.Modules;
using Weft.Training.Optimizers;

namespace Weft.Training;

/// <summary>Constants of Adagrad (Duchi et al. 2011, JMLR 12). Weight decay is added to the gradient, and 0 by default.</summary>
public sealed record AdagradOptions : OptimizerOptions
{
    /// <summary>The usual constants.</summary>
    public AdagradOptions() => WeightDecay = 0;

    /// <summary>The rate of update t, counted from 0, is divided by 1 + t·decay.</summary>
    public double RateDecay { get; init; }

    /// <summary>Added to the root of the sum of squares.</summary>
    public double Epsilon { get; init; } = 1e-10;

    internal override IOptimizer Create(IReadOnlyList<TrainableParameter> parameters) => new Adagrad(parameters, this);
}
