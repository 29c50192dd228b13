using System.Collections.Immutable;

using TorchSharp.Modules;

using Weft.Model.Spec;
using Weft.Training.Adapters;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>
/// Makes the master tensors of a specification and fills them: matrices from a normal distribution of 0.02, those that write into the
/// residual stream scaled down by the root of their number (GPT-2, section 2.3), vectors zero but for gains.
/// </summary>
internal sealed class ParameterFactory : IDisposable
{
    private const double InitialDeviation = 0.02;

    /// <summary>Which of the sequences of a seed draws adapters.</summary>
    private const ulong AdapterSequence = 1;

    private readonly Dictionary<string, ParameterSpec> _specs;
    private readonly AdapterOptions? _adapter;
    private readonly Generator _random;
    private readonly Generator _randomOfAdapters;
    private readonly double _encoderScale;
    private readonly double _decoderScale;

    /// <param name="spec">Of the model.</param>
    /// <param name="seed">The same seed gives the same weights, on every device: they are drawn on the processor.</param>
    /// <param name="device">Where they are kept; null for the processor.</param>
    /// <param name="adapter">What is trained beside frozen weights; null to train them all.</param>
    public ParameterFactory(ModelSpec spec, long seed, Device? device = null, AdapterOptions? adapter = null)
    {
        Device = device ?? CPU;
        _adapter = adapter;
        _specs = ModelParameters.Enumerate(spec).ToDictionary(parameter => parameter.Name);
        _random = new Generator((ulong)seed, CPU);
        _randomOfAdapters = new Generator(SplitMix64.At((ulong)seed, AdapterSequence), CPU);
        (_encoderScale, _decoderScale) = (ResidualScale(spec.Encoder), ResidualScale(spec.Decoder));
    }

    /// <summary>Where the parameters are, and whatever modules make beside them belongs.</summary>
    public Device Device { get; }

    /// <summary>Everything made so far that is trained, in order.</summary>
    public List<TrainableParameter> Made { get; } = [];

    /// <summary>Everything made so far that is not.</summary>
    public List<IParameterRows> Frozen { get; } = [];

    /// <summary>Made so far.</summary>
    public List<LinearAdapter> Adapters { get; } = [];

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
        ImmutableArray<ParameterSpec> parts = PartsOf(names);
        using var _ = no_grad();
        return Add(parts, Draw(parts)).Tensor;
    }

    /// <summary>As <see cref="TryMake"/>, for parameters that must be there.</summary>
    public Parameter Make(params ReadOnlySpan<string> names) => TryMake(names) ?? throw Missing(names[0]);

    /// <summary>The matrix of a linear layer, whose rows are those of <paramref name="names"/>.</summary>
    public ILinearWeight MakeWeight(params ReadOnlySpan<string> names)
    {
        if (!Has(names[0]))
            throw Missing(names[0]);
        ImmutableArray<ParameterSpec> parts = PartsOf(names);
        using var _ = no_grad();
        Tensor values = Draw(parts);
        if (_adapter?.Freezes(parts[0]) != true)
            return new DenseWeight(Add(parts, values));
        if (!_adapter.FourBitBase)
            return new DenseWeight(Add(parts, _adapter.BasePrecision == Precision.Float32 ? values : values.to(_adapter.BasePrecision.ToScalarType(), disposeAfter: true)));
        var narrow = new FourBitWeight(parts, Device);
        for (int part = 0, row = 0; part < parts.Length; row += (int)parts[part].Shape[0], part++)
            using (var scope = NewDisposeScope())
                narrow.WriteRows(part, values.narrow(0, row, parts[part].Shape[0]).data<float>().ToArray());
        values.Dispose();
        Frozen.Add(narrow);
        return narrow;
    }

    /// <summary>What is trained beside a frozen weight; null where nothing is.</summary>
    public LinearAdapter? TryAdapt(ILinearWeight weight)
    {
        if (_adapter is null || !weight.Parts.Any(_adapter.IsAdapted))
            return null;
        var adapter = new LinearAdapter(weight, _adapter, _randomOfAdapters, Device);
        Made.AddRange(adapter.Trained);
        Adapters.Add(adapter);
        return adapter;
    }

    /// <summary>A vector that begins with one value throughout, such as a gain.</summary>
    public Parameter MakeVector(string name, float value)
    {
        ParameterSpec part = _specs.GetValueOrDefault(name) ?? throw Missing(name);
        using var _ = no_grad();
        return Add([part], Scalars.Filled(part.Shape.ToArray(), value, ScalarType.Float32, CPU)).Tensor;
    }

    public void Dispose()
    {
        _random.Dispose();
        _randomOfAdapters.Dispose();
    }

    private ImmutableArray<ParameterSpec> PartsOf(ReadOnlySpan<string> names) => [.. names.ToArray().Select(name => _specs[name])];

    /// <summary>First values, [sum of rows, ...].</summary>
    private Tensor Draw(ImmutableArray<ParameterSpec> parts)
    {
        long[] shape = [parts.Sum(part => part.Shape[0]), .. parts[0].Shape[1..]];
        return shape.Length == 2 ? randn(shape, device: CPU, generator: _random).mul_(Deviation(parts[0].Name)) : zeros(shape, device: CPU);
    }

    private TrainableParameter Add(ImmutableArray<ParameterSpec> parts, Tensor values)
    {
        if (Device.type != TorchSharp.DeviceType.CPU)
            values = values.to(Device, disposeAfter: true);
        bool frozen = _adapter?.Freezes(parts[0]) == true;
        var parameter = new TrainableParameter(parts[0].Name, new Parameter(values.DetachFromDisposeScope(), requires_grad: !frozen), parts);
        if (frozen)
            Frozen.Add(parameter);
        else
            Made.Add(parameter);
        return parameter;
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
