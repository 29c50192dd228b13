using Weft.Training.Modules;
using Weft.Training.Optimizers;

namespace Weft.Training;

/// <summary>Which optimizer, and its constants.</summary>
public abstract record OptimizerOptions
{
    private protected OptimizerOptions()
    {
    }

    /// <summary>
    /// Decay of matrices per unit of learning rate; gains and biases do not decay. Decoupled from the gradient (Loshchilov and Hutter 2017,
    /// arXiv:1711.05101), but for the optimizers that say otherwise.
    /// </summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Tables of embeddings decay as other matrices do.</summary>
    public bool DecaysEmbeddings { get; init; } = true;

    internal abstract IOptimizer Create(IReadOnlyList<TrainableParameter> parameters);

    internal double DecayOf(TrainableParameter parameter) => parameter.Decays && (DecaysEmbeddings || !parameter.IsEmbedding()) ? WeightDecay : 0;
}
