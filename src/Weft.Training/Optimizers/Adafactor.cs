using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Optimizers;

/// <summary>
/// Adafactor; projections whose rows are one tensor here are matrices of their own, as in other programs. Legend: R rows, C columns of a part.
/// </summary>
internal sealed class Adafactor : IOptimizer
{
    private readonly AdafactorOptions _options;
    private readonly Group[] _groups;
    private int _steps;

    public Adafactor(IReadOnlyList<TrainableParameter> parameters, AdafactorOptions options)
    {
        _options = options;
        _groups = [.. parameters.GroupBy(options.DecayOf).SelectMany(byDecay => ParameterPart.Of(byDecay).GroupBy(part => part.IsMatrix)
            .Select(parts => new Group([.. parts], parts.Key, byDecay.Key)))];
    }

    /// <inheritdoc/>
    public IEnumerable<(string Name, Tensor Value)> State => _groups.SelectMany(group => group.State);

    /// <inheritdoc/>
    public void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        _steps++;
        double rate = _options.RelativeStep ? Math.Min(learningRate, 1 / Math.Sqrt(_steps)) : learningRate;
        // The weight of the newest squares: all at the first step, so that zeros at the beginning need no correction.
        double fresh = Math.Pow(_steps, _options.DecayExponent);
        double smallest = _options.ScalesByParameter ? _options.SmallestScale : 0;
        foreach (Group group in _groups)
        {
            object[] numbers = [rate, fresh, group.Decay, _options.UpdateClip, smallest, _options.Epsilon];
            if (group.Columns is null)
                UpdateFunctions.Run("adafactor_vectors", [group.Values, group.Gradients, group.Rows, .. numbers]);
            else
                UpdateFunctions.Run("adafactor_matrices", [group.Values, group.Gradients, group.Rows, group.Columns, .. numbers]);
        }
    }

    /// <inheritdoc/>
    public void SetStep(int step) => _steps = step;

    public void Dispose()
    {
        foreach (Group group in _groups)
            group.Dispose();
    }

    /// <summary>Parts of one decay that are all matrices or all vectors.</summary>
    private sealed class Group(ParameterPart[] parts, bool matrices, double decay) : IDisposable
    {
        public double Decay => decay;

        public Tensor[] Values { get; } = [.. parts.Select(part => part.Value)];

        public Tensor[] Gradients => [.. parts.Select(part => part.Gradient)];

        /// <summary>Mean squares of each row of a matrix, or squares of each element of a vector, [R].</summary>
        public Tensor[] Rows { get; } = [.. parts.Select(part => Zeros(part, 0))];

        /// <summary>Mean squares of each column, [C]; null for vectors.</summary>
        public Tensor[]? Columns { get; } = matrices ? [.. parts.Select(part => Zeros(part, 1))] : null;

        public IEnumerable<(string Name, Tensor Value)> State => parts.SelectMany((part, i) => Columns is null
            ? new[] { ($"{part.Spec.Name}.second_moment", Rows[i]) }
            : [($"{part.Spec.Name}.rows", Rows[i]), ($"{part.Spec.Name}.columns", Columns[i])]);

        public void Dispose()
        {
            foreach (IDisposable owned in (IEnumerable<IDisposable>)[.. parts, .. Rows, .. Columns ?? []])
                owned.Dispose();
        }

        private static Tensor Zeros(ParameterPart part, int dimension) => zeros(part.Spec.Shape[dimension], device: part.Value.device).DetachFromDisposeScope();
    }
}
