using Weft.Training.Modules;

namespace Weft.Training.Optimizers;

/// <summary>Adagrad, by torch's fused kernel.</summary>
internal sealed class Adagrad(IReadOnlyList<TrainableParameter> parameters, AdagradOptions options)
    : GroupedOptimizer(parameters, options, "sum_of_squares")
{
    // A field, since the parameter goes to the base class as well.
    private readonly AdagradOptions _options = options;

    protected override void Update(ParameterGroup group, double learningRate) =>
        UpdateFunctions.Run("adagrad", group.Values, group.Gradients, group[0], group.Counters(Steps + 1),
            learningRate, _options.RateDecay, group.Decay, _options.Epsilon);
}
