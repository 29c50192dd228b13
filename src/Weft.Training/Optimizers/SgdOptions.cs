using Weft.Training.Modules;
using Weft.Training.Optimizers;

namespace Weft.Training;

/// <summary>
/// Constants of stochastic gradient descent with momentum (Sutskever et al. 2013), in torch's form: the momentum is a sum of gradients, not
/// of steps. Weight decay is added to the gradient, and 0 by default.
/// </summary>
public sealed record SgdOptions : OptimizerOptions
{
    /// <summary>The usual constants.</summary>
    public SgdOptions() => WeightDecay = 0;

    /// <summary>Share of the sum of earlier gradients that stays; 0 keeps none.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Share of a new gradient that the sum does not take, but of the first it takes all.</summary>
    public double Dampening { get; init; }

    /// <summary>Looks ahead along the momentum (Nesterov 1983).</summary>
    public bool Nesterov { get; init; }

    internal override IOptimizer Create(IReadOnlyList<TrainableParameter> parameters) => !Nesterov || (Momentum > 0 && Dampening == 0)
        ? new Sgd(parameters, this)
        : throw new ArgumentException($"Nesterov's momentum needs a momentum above 0 and no dampening, but they are {Momentum} and {Dampening}; change them, or leave it off");
}
