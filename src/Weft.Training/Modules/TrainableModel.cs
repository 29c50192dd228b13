using System.Security.Cryptography;

using TorchSharp.Modules;

using Weft.Model;
using Weft.Model.Spec;
using Weft.Training.Adapters;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>
/// A specification as torch modules: fp32 master weights, computed in the precision asked for by an explicit cast at each use. With adapters these alone are
/// trained, and whoever reads or computes the model sees the weights as the adapters change them.
/// Legend: B windows, T tokens, D hidden, V vocabulary.
/// </summary>
public sealed class TrainableModel : ILanguageModel, IDisposable
{
    /// <summary>Places of dropout: an encoder beside a decoder, the stack that reads the targets, and after it the heads of further tokens.</summary>
    private const int SourcePlace = 0, TargetPlace = 1;

    private readonly Stack? _encoder;
    private readonly Stack? _decoder;
    private readonly IReadOnlyList<IParameterRows> _frozen;
    private readonly IReadOnlyList<LinearAdapter> _adapters;

    /// <summary>Builds the modules and draws the initial weights.</summary>
    /// <param name="spec">What to build.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    /// <param name="furtherTokens">Tokens after the next one that are predicted in training, by heads that are no part of the model.</param>
    /// <param name="device">Where it is kept and computed; null for the processor. The weights are the same on all devices.</param>
    /// <param name="adapter">What is trained beside frozen weights; null to train them all.</param>
    public TrainableModel(ModelSpec spec, long seed, int furtherTokens = 0, Device? device = null, AdapterOptions? adapter = null)
    {
        Native.NativeTorch.Load();
        Spec = spec.Validate();
        Device = device ?? CPU;
        using var factory = new ParameterFactory(spec, seed, device, adapter);
        Parameter tokens = factory.Make(ModelParameters.TokenEmbedding);
        _encoder = spec.Encoder is { } encoder ? new(spec, encoder, ModelParameters.Encoder, tokens, factory) : null;
        _decoder = spec.Decoder is { } decoder ? new(spec, decoder, "", tokens, factory) : null;
        Head = new(spec.Head, tokens, factory);
        // Last, so that the model's own weights are the same with and without.
        Further = new(spec, furtherTokens, factory, (_decoder ?? _encoder!).Rotary);
        (Parameters, _frozen, _adapters) = (factory.Made, factory.Frozen, factory.Adapters);
    }

    /// <inheritdoc/>
    public ModelSpec Spec { get; }

    /// <summary>Where it is kept and computed.</summary>
    public Device Device { get; }

    /// <summary>Number of trained elements.</summary>
    public long ParameterCount => Parameters.Sum(parameter => parameter.Tensor.numel());

    /// <summary>Whatever is trained.</summary>
    internal IReadOnlyList<TrainableParameter> Parameters { get; }

    /// <summary>Where the parameters of the specification are kept, and those of adapters and of heads of further tokens.</summary>
    internal IEnumerable<IParameterRows> Stores => [.. Parameters, .. _frozen];

    /// <summary>What is read off the last hidden states.</summary>
    internal OutputHead Head { get; }

    /// <summary>Heads of further tokens, in training only.</summary>
    internal FurtherPredictions Further { get; }

    /// <summary>
    /// Blocks are computed a second time in the backward pass instead of keeping what is inside them: about a third more arithmetic, and
    /// memory for one block's inside at a time. Gradients are the same to the bit.
    /// </summary>
    internal bool Checkpoints
    {
        get => (_decoder ?? _encoder)!.Checkpoints;
        set
        {
            _encoder?.Checkpoints = value;
            _decoder?.Checkpoints = value;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Computed in fp32 without gradients.</remarks>
    public void ComputeOutputs(in ModelInput input, Span<float> outputs)
    {
        input.Check(Spec);
        long rows = Spec.Head.Pools ? 1 : input.Ids.Length;
        Compute(input, outputs, rows * Spec.Head.OutputSize(Spec), nameof(outputs), Outputs);
    }

    /// <inheritdoc/>
    /// <remarks>Computed in fp32 without gradients.</remarks>
    public void ComputeHidden(in ModelInput input, Span<float> hidden)
    {
        input.Check(Spec);
        Compute(input, hidden, (long)input.Ids.Length * Spec.HiddenSize, nameof(hidden), Hidden);
    }

    private void Compute(in ModelInput input, Span<float> result, long expected, string name, Func<TensorInput, Precision, Tensor> function)
    {
        if (result.Length != expected)
            throw new ArgumentException($"{name} has room for {result.Length} numbers, but there are {expected}; give it exactly that length", name);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor values = function(new(Row(input.Ids))
        {
            SourceIds = input.SourceIds.IsEmpty ? null : Row(input.SourceIds),
            TokenTypes = input.TokenTypes.IsEmpty ? null : Row(input.TokenTypes),
        }, Precision.Float32);
        values.cpu().data<float>().ToArray().CopyTo(result);
    }

    private Tensor Row(ReadOnlySpan<int> ids) => tensor(ids.ToArray(), [1, ids.Length], ScalarType.Int64, Device);

    /// <summary>A parameter's present values in the specification's layout; of an adapted one, those that it and its adapter are together.</summary>
    public float[] Read(ParameterSpec parameter)
    {
        if (FindAdapter(parameter) is (var adapter, var index) && adapter.Adapts(index))
            return adapter.ReadMerged(index);
        (IParameterRows owner, int part) = Locate(parameter.Name);
        return owner.ReadRows(part);
    }

    /// <summary>Sets a parameter's values, given in the specification's layout; of an adapted one, those of the frozen weight, to which its adapter is added.</summary>
    public void Write(ParameterSpec parameter, float[] values)
    {
        (IParameterRows owner, int part) = Locate(parameter.Name);
        owner.WriteRows(part, values);
        if (FindAdapter(parameter) is (var adapter, var index))
            adapter.Begin(index);
    }

    /// <summary>The adapter beside a parameter, or beside others whose rows are one tensor with its, and its index there; null where there is none.</summary>
    internal (LinearAdapter Adapter, int Part)? FindAdapter(ParameterSpec parameter)
    {
        foreach (LinearAdapter adapter in _adapters)
            for (int part = 0; part < adapter.Parts.Length; part++)
                if (adapter.Parts[part].Name == parameter.Name)
                    return (adapter, part);
        return null;
    }

    /// <summary>A digest of all weights that are frozen, as they are kept; null where none is.</summary>
    internal string? FrozenDigest() => _frozen.Count == 0 ? null : DigestOf(_frozen);

    /// <summary>A digest of all weights, as they are kept.</summary>
    internal string Digest() => DigestOf(Stores);

    private static string DigestOf(IEnumerable<IParameterRows> stores)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Tensor kept in stores.SelectMany(store => store.Kept))
        {
            using var scope = NewDisposeScope();
            hash.AppendData(kept.detach().cpu().bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The states that the head reads, [B, T, D], in the compute type.</summary>
    internal Tensor Hidden(TensorInput input, Precision precision) => Hidden(input, TypeOf(precision));

    /// <summary>The compute type.</summary>
    internal static ScalarType TypeOf(Precision precision) => precision.ToScalarType();

    /// <summary>The states that the head reads, [B, T, D].</summary>
    /// <param name="input">What the model reads.</param>
    /// <param name="type">The compute type; fp64 too, by which gradients are checked.</param>
    internal Tensor Hidden(TensorInput input, ScalarType type)
    {
        CheckPositions(input.Layout);
        CheckPositions(input.SourceLayout);
        if (_decoder is null)
            return _encoder!.Forward(Target(input), null, type);
        if (_encoder is not null && input.SourceIds is null)
            throw new ArgumentException($"{nameof(input.SourceIds)} are missing, which the model's encoder reads; give them");
        Memory? memory = _encoder is null ? null : new(_encoder.Forward(new(input.SourceIds!, null, input.SourceLayout) { Routing = input.Routing, Dropout = input.Dropout?.At(SourcePlace) }, null, type), input.SourceLayout);
        return _decoder.Forward(Target(input), memory, type);
    }

    /// <summary>Of a decoder alone, the states before the final norm, [B, T, D].</summary>
    internal Tensor Trunk(TensorInput input, ScalarType type)
    {
        CheckPositions(input.Layout);
        return _decoder!.Blocks(Target(input), null, type);
    }

    /// <summary>The states that the head reads for the token at <paramref name="ahead"/> places after the next one, [B, T, D].</summary>
    /// <param name="trunk">Of <see cref="Trunk"/>.</param>
    /// <param name="input">What the trunk was computed from.</param>
    /// <param name="ahead">0 is the next token.</param>
    internal Tensor Ahead(Tensor trunk, TensorInput input, int ahead) =>
        _decoder!.Normalize(ahead == 0 ? trunk : Further.Forward(ahead - 1, trunk,
            _decoder.Pairs(Target(input), null, trunk.dtype)[^1] with { Dropout = input.Dropout?.At(TargetPlace + ahead) }));

    private static StackInput Target(TensorInput input) => new(input.Ids, input.TokenTypes, input.Layout) { Routing = input.Routing, Dropout = input.Dropout?.At(TargetPlace) };

    /// <summary>What the head makes of the states, [B, T, outputs], or [B, outputs] where it pools, in the compute type.</summary>
    internal Tensor Outputs(TensorInput input, Precision precision) => Outputs(input, TypeOf(precision));

    /// <inheritdoc cref="Outputs(TensorInput, Precision)"/>
    internal Tensor Outputs(TensorInput input, ScalarType type)
    {
        if (Spec.Head.Pools && input.Layout is not null)
            throw new NotSupportedException("a head that pools takes each row as one sequence; give it rows of one length without padding");
        return Head.Forward(Hidden(input, type));
    }

    private void CheckPositions(TokenLayout? layout)
    {
        if (layout?.Positions is { } positions && positions.Max() is long last && last >= Spec.ContextLength)
            throw new ArgumentException($"position {last} does not fit the model's context of {Spec.ContextLength}; cut documents to that many tokens");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IParameterRows store in Stores)
            store.Dispose();
        _encoder?.Dispose();
        _decoder?.Dispose();
    }

    private (IParameterRows Owner, int Part) Locate(string name)
    {
        foreach (IParameterRows owner in Stores)
            for (int part = 0; part < owner.Parts.Length; part++)
                if (owner.Parts[part].Name == name)
                    return (owner, part);
        throw new ArgumentException($"the model has no parameter '{name}'");
    }
}
