using Weft.Training.Modules;

namespace Weft.Training.Optimizers;

/// <summary>Stochastic gradient descent with momentum, by torch's fused kernel.</summary>
internal sealed class Sgd(IReadOnlyList<TrainableParameter> parameters, SgdOptions options)
    : GroupedOptimizer(parameters, options, options.Momentum == 0 ? [] : ["momentum"])
{
    // A field, since the parameter goes to the base class as well.
    private readonly SgdOptions _options = options;

    protected override void Update(ParameterGroup group, double learningRate)
    {
        if (_options.Momentum == 0)
            UpdateFunctions.Run("descent", group.Values, group.Gradients, learningRate, group.Decay);
        else
            UpdateFunctions.Run("momentum", group.Values, group.Gradients, group[0], learningRate, _options.Momentum, _options.Dampening, group.Decay,
                _options.Nesterov ? 1L : 0L, Steps == 0 ? 1L : 0L);
    }
}
