using Weft.Training.Modules;
using Weft.Training.Optimizers;

namespace Weft.Training;

/// <summary>
/// Constants of Lion (Chen et al. 2023, arXiv:2302.06675). Its steps are signs: the paper's rates are 3 to 10 times smaller than AdamW's, and
/// its decay as much greater.
/// </summary>
public sealed record LionOptions : OptimizerOptions
{
    /// <summary>Constants for a fifth of AdamW's rate.</summary>
    public LionOptions() => WeightDecay = 0.5;

    /// <summary>Share of the momentum in a step.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the momentum.</summary>
    public double Beta2 { get; init; } = 0.99;

    internal override IOptimizer Create(IReadOnlyList<TrainableParameter> parameters) => new Lion(parameters, this);
}
