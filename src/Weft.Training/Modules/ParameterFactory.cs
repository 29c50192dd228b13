using System.Collections.Immutable;

using TorchSharp.Modules;

using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>
/// Makes the master tensors of a specification and fills them: matrices from a normal distribution of 0.02, those that write into the
/// residual stream scaled down by the root of their number (GPT-2, section 2.3), vectors zero but for gains.
/// </summary>
internal sealed class ParameterFactory : IDisposable
{
    private const double InitialDeviation = 0.02;

    private readonly Dictionary<string, ParameterSpec> _specs;
    private readonly Generator _random;
    private readonly double _encoderScale;
    private readonly double _decoderScale;

    /// <param name="spec">Of the model.</param>
    /// <param name="seed">The same seed gives the same weights, on every device: they are drawn on the processor.</param>
    /// <param name="device">Where they are kept; null for the processor.</param>
    public ParameterFactory(ModelSpec spec, long seed, Device? device = null)
    {
        Device = device ?? CPU;
        _specs = ModelParameters.Enumerate(spec).ToDictionary(parameter => parameter.Name);
        _random = new Generator((ulong)seed, CPU);
        (_encoderScale, _decoderScale) = (ResidualScale(spec.Encoder), ResidualScale(spec.Decoder));
    }

    /// <summary>Where the parameters are, and whatever modules make beside them belongs.</summary>
    public Device Device { get; }

    /// <summary>Everything made so far, in order.</summary>
    public List<TrainableParameter> Made { get; } = [];

    /// <summary>Adds parameters that the specification does not have: they are trained and saved, but no part of the model.</summary>
    public void Declare(IEnumerable<ParameterSpec> parameters)
    {
        foreach (ParameterSpec parameter in parameters)
            _specs.Add(parameter.Name, parameter);
    }

    /// <summary>The specification has this parameter.</summary>
    public bool Has(string name) => _specs.ContainsKey(name);

    /// <summary>One tensor holding the rows of <paramref name="names"/>; null where the specification has none of them.</summary>
    public Parameter? TryMake(params ReadOnlySpan<string> names)
    {
        if (!Has(names[0]))
            return null;
        ImmutableArray<ParameterSpec> parts = [.. names.ToArray().Select(name => _specs[name])];
        long[] shape = [parts.Sum(part => part.Shape[0]), .. parts[0].Shape[1..]];
        using var _ = no_grad();
        return Add(parts, shape.Length == 2 ? randn(shape, device: CPU, generator: _random).mul_(Deviation(names[0])) : zeros(shape, device: CPU));
    }

    /// <summary>As <see cref="TryMake"/>, for parameters that must be there.</summary>
    public Parameter Make(params ReadOnlySpan<string> names) => TryMake(names) ?? throw Missing(names[0]);

    /// <summary>A vector that begins with one value throughout, such as a gain.</summary>
    public Parameter MakeVector(string name, float value)
    {
        ParameterSpec part = _specs.GetValueOrDefault(name) ?? throw Missing(name);
        using var _ = no_grad();
        return Add([part], full(part.Shape.ToArray(), value, device: CPU));
    }

    public void Dispose() => _random.Dispose();

    private Parameter Add(ImmutableArray<ParameterSpec> parts, Tensor values)
    {
        if (Device.type != TorchSharp.DeviceType.CPU)
            values = values.to(Device, disposeAfter: true);
        var tensor = new Parameter(values.DetachFromDisposeScope(), requires_grad: true);
        Made.Add(new(parts[0].Name, tensor, parts));
        return tensor;
    }

    private static InvalidOperationException Missing(string name) => new($"the specification has no parameter '{name}'");

    private static double ResidualScale(StackSpec? stack) =>
        stack is null ? 1 : 1 / Math.Sqrt(stack.Blocks.Sum(block => block.CrossAttention is null ? 2 : 3));

    private double Deviation(string name)
    {
        bool writesResidual = name.EndsWith("attention.output.weight", StringComparison.Ordinal) || name.EndsWith(".down.weight", StringComparison.Ordinal);
        bool isEncoder = name.StartsWith(ModelParameters.Encoder, StringComparison.Ordinal);
        return !writesResidual ? InitialDeviation : InitialDeviation * (isEncoder ? _encoderScale : _decoderScale);
    }
}
