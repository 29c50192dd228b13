using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Optimizers;

/// <summary>An optimizer whose update treats each element by itself: all parameters of one decay go through one call.</summary>
/// <param name="parameters">What is updated.</param>
/// <param name="options">Which of them decay.</param>
/// <param name="kept">Names of the tensors that are kept for each parameter.</param>
internal abstract class GroupedOptimizer(IReadOnlyList<TrainableParameter> parameters, OptimizerOptions options, params string[] kept) : IOptimizer
{
    private readonly ParameterGroup[] _groups = ParameterGroup.ByDecay(parameters, options, kept);

    /// <inheritdoc/>
    public IEnumerable<(string Name, Tensor Value)> State => _groups.SelectMany(group => group.State);

    /// <summary>Updates so far.</summary>
    protected int Steps { get; private set; }

    /// <inheritdoc/>
    public void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (ParameterGroup group in _groups)
            Update(group, learningRate);
        Steps++;
    }

    /// <inheritdoc/>
    public void SetStep(int step) => Steps = step;

    public void Dispose()
    {
        foreach (ParameterGroup group in _groups)
            group.Dispose();
    }

    /// <summary>Updates one group, inside a dispose scope and without gradients.</summary>
    protected abstract void Update(ParameterGroup group, double learningRate);
}
