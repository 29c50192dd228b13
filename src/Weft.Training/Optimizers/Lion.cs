using Weft.Training.Modules;

namespace Weft.Training.Optimizers;

/// <summary>Lion: the sign of an interpolation between momentum and gradient.</summary>
internal sealed class Lion(IReadOnlyList<TrainableParameter> parameters, LionOptions options) : GroupedOptimizer(parameters, options, "momentum")
{
    // A field, since the parameter goes to the base class as well.
    private readonly LionOptions _options = options;

    protected override void Update(ParameterGroup group, double learningRate) =>
        UpdateFunctions.Run("lion", group.Values, group.Gradients, group[0], learningRate, _options.Beta1, _options.Beta2, group.Decay);
}
