using System.Collections.Immutable;

using TorchSharp.Modules;

using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>
/// Makes the master tensors of a specification and fills them: matrices from a normal distribution of 0.02, those that write into the
/// residual stream scaled down by the root of their number (GPT-2, section 2.3), gains one, biases zero.
/// </summary>
internal sealed class ParameterFactory : IDisposable
{
    private const double InitialDeviation = 0.02;

    private readonly Dictionary<string, ParameterSpec> _specs;
    private readonly Generator _random;
    private readonly double _residualScale;

    public ParameterFactory(ModelSpec spec, long seed)
    {
        _specs = ModelParameters.Enumerate(spec).ToDictionary(parameter => parameter.Name);
        _random = new Generator((ulong)seed, CPU);
        _residualScale = 1 / Math.Sqrt(2.0 * spec.Stack.Blocks.Length);
    }

    /// <summary>Everything made so far, in order.</summary>
    public List<TrainableParameter> Made { get; } = [];

    /// <summary>One tensor holding the rows of <paramref name="names"/>; null where the specification has none of them.</summary>
    public Parameter? TryMake(params ReadOnlySpan<string> names)
    {
        if (!_specs.ContainsKey(names[0]))
            return null;
        ImmutableArray<ParameterSpec> parts = [.. names.ToArray().Select(name => _specs[name])];
        long rows = parts.Sum(part => part.Shape[0]);
        long[] shape = [rows, .. parts[0].Shape[1..]];
        using var _ = no_grad();
        Tensor values = shape.Length == 2
            ? randn(shape, generator: _random).mul_(Deviation(names[0]))
            : full(shape, names[0].EndsWith(".bias", StringComparison.Ordinal) ? 0f : 1f);
        var tensor = new Parameter(values.DetachFromDisposeScope(), requires_grad: true);
        Made.Add(new(names[0], tensor, parts));
        return tensor;
    }

    /// <summary>As <see cref="TryMake"/>, for parameters that must be there.</summary>
    public Parameter Make(params ReadOnlySpan<string> names) =>
        TryMake(names) ?? throw new InvalidOperationException($"the specification has no parameter '{names[0]}'");

    public void Dispose() => _random.Dispose();

    private double Deviation(string name) =>
        name.EndsWith("attention.output.weight", StringComparison.Ordinal) || name.EndsWith("feed_forward.down.weight", StringComparison.Ordinal)
            ? InitialDeviation * _residualScale
            : InitialDeviation;
}
