using Weft.Model.Spec;

namespace Weft.Training.Runs;

/// <summary>Bytes of what an optimizer keeps from step to step, and of what it needs during one, all in fp32.</summary>
/// <param name="State">Kept.</param>
/// <param name="Update">Temporary.</param>
internal readonly record struct OptimizerMemory(long State, long Update)
{
    /// <summary>Of an optimizer of a model's parameters.</summary>
    public static OptimizerMemory Of(OptimizerOptions options, IReadOnlyList<ParameterSpec> parameters)
    {
        long numbers = parameters.Sum(parameter => parameter.Count), largest = parameters.Max(parameter => parameter.Count);
        (long state, long update) = options switch
        {
            AdamOptions or AdamWOptions => (2 * numbers, 0),
            SgdOptions sgd => (sgd.Momentum == 0 ? 0 : numbers, 0L),
            AdagradOptions => (numbers, 0),
            // One of its loops holds an update at a time; rows of queries, keys and values are one tensor.
            LionOptions => (numbers, 3 * largest),
            AdafactorOptions => (parameters.Sum(parameter => parameter.Shape.Length == 2 ? parameter.Shape[0] + parameter.Shape[1] : parameter.Shape[0]), 2 * largest),
            // Iterations hold a matrix, its square and their products.
            MuonOptions => (numbers + parameters.Where(parameter => !IsHiddenMatrix(parameter)).Sum(parameter => parameter.Count), 4 * largest),
            _ => throw new NotSupportedException($"optimizer {options.GetType().Name} is not known to the memory plan"),
        };
        return new(state * sizeof(float), update * sizeof(float));
    }

    private static bool IsHiddenMatrix(ParameterSpec parameter) => Optimizers.ParameterKinds.IsHiddenMatrix(parameter);
}
