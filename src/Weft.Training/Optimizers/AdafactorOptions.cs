using Weft.Training.Modules;
using Weft.Training.Optimizers;

namespace Weft.Training;

/// <summary>
/// Constants of Adafactor (Shazeer and Stern 2018, arXiv:1804.04235): second moments of a matrix are kept as one number a row and one a
/// column, without a first moment, so that the state is next to nothing.
/// </summary>
public sealed record AdafactorOptions : OptimizerOptions
{
    /// <summary>Rates are relative to each parameter's root mean square, but no less than to <see cref="SmallestScale"/>.</summary>
    public bool ScalesByParameter { get; init; } = true;

    /// <summary>The schedule's rate is held below one over the root of the number of steps: the paper's relative step size.</summary>
    public bool RelativeStep { get; init; }

    /// <summary>The decay of second moments at step t is 1 - t to the power of this.</summary>
    public double DecayExponent { get; init; } = -0.8;

    /// <summary>Largest root mean square of an update before its rate; greater ones are scaled down.</summary>
    public double UpdateClip { get; init; } = 1;

    /// <summary>Scale of parameters that are next to zero.</summary>
    public double SmallestScale { get; init; } = 1e-3;

    /// <summary>Added to squares of gradients.</summary>
    public double Epsilon { get; init; } = 1e-30;

    internal override IOptimizer Create(IReadOnlyList<TrainableParameter> parameters) => new Adafactor(parameters, this);
}
