using Weft.Training.Modules;
using Weft.Training.Optimizers;

namespace Weft.Training;

/// <summary>Which optimizer, and its constants.</summary>
public abstract record OptimizerOptions
{
    private protected OptimizerOptions()
    {
    }

    /// <summary>Decoupled decay of matrices per unit of learning rate; gains and biases do not decay.</summary>
    public double WeightDecay { get; init; } = 0.1;

    internal abstract IOptimizer Create(IReadOnlyList<TrainableParameter> parameters);
}
