using Weft.Training.Modules;

namespace Weft.Training.Optimizers;

/// <summary>Adam over fp32 masters, by torch's fused kernel.</summary>
internal sealed class Adam(IReadOnlyList<TrainableParameter> parameters, AdamOptions options)
    : GroupedOptimizer(parameters, options, "first_moment", "second_moment")
{
    // A field, since the parameter goes to the base class as well.
    private readonly AdamOptions _options = options;

    protected override void Update(ParameterGroup group, double learningRate) =>
        UpdateFunctions.Run("adam", group.Values, group.Gradients, group[0], group[1], group.Counters(Steps + 1),
            learningRate, _options.Beta1, _options.Beta2, group.Decay, _options.Epsilon);
}
