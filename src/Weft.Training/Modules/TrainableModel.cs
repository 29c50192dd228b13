using TorchSharp.Modules;

using Weft.Model;
using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>
/// A specification as torch modules: fp32 master weights, computed in the precision asked for by an explicit cast at each use.
/// Legend: B windows, T tokens, D hidden, V vocabulary.
/// </summary>
public sealed class TrainableModel : ILanguageModel, IDisposable
{
    /// <summary>Places of dropout: an encoder beside a decoder, the stack that reads the targets, and after it the heads of further tokens.</summary>
    private const int SourcePlace = 0, TargetPlace = 1;

    private readonly Stack? _encoder;
    private readonly Stack? _decoder;

    /// <summary>Builds the modules and draws the initial weights.</summary>
    /// <param name="spec">What to build.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    /// <param name="furtherTokens">Tokens after the next one that are predicted in training, by heads that are no part of the model.</param>
    /// <param name="device">Where it is kept and computed; null for the processor. The weights are the same on all devices.</param>
    public TrainableModel(ModelSpec spec, long seed, int furtherTokens = 0, Device? device = null)
    {
        Native.NativeTorch.Load();
        Spec = spec.Validate();
        Device = device ?? CPU;
        using var factory = new ParameterFactory(spec, seed, device);
        Parameter tokens = factory.Make(ModelParameters.TokenEmbedding);
        _encoder = spec.Encoder is { } encoder ? new(spec, encoder, ModelParameters.Encoder, tokens, factory) : null;
        _decoder = spec.Decoder is { } decoder ? new(spec, decoder, "", tokens, factory) : null;
        Head = new(spec.Head, tokens, factory);
        // Last, so that the model's own weights are the same with and without.
        Further = new(spec, furtherTokens, factory, (_decoder ?? _encoder!).Rotary);
        Parameters = factory.Made;
    }

    /// <inheritdoc/>
    public ModelSpec Spec { get; }

    /// <summary>Where it is kept and computed.</summary>
    public Device Device { get; }

    /// <summary>Number of trained elements.</summary>
    public long ParameterCount => Parameters.Sum(parameter => parameter.Tensor.numel());

    internal IReadOnlyList<TrainableParameter> Parameters { get; }

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

    /// <summary>A parameter's present values in the specification's layout.</summary>
    public float[] Read(ParameterSpec parameter)
    {
        (TrainableParameter owner, long offset) = Locate(parameter.Name);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return owner.Tensor.narrow(0, offset, parameter.Shape[0]).contiguous().cpu().data<float>().ToArray();
    }

    /// <summary>Sets a parameter's values, given in the specification's layout.</summary>
    public void Write(ParameterSpec parameter, float[] values)
    {
        (TrainableParameter owner, long offset) = Locate(parameter.Name);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        owner.Tensor.narrow(0, offset, parameter.Shape[0]).copy_(tensor(values, parameter.Shape.ToArray(), device: CPU));
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
        foreach (TrainableParameter parameter in Parameters)
            parameter.Tensor.Dispose();
        _encoder?.Dispose();
        _decoder?.Dispose();
    }

    private (TrainableParameter Owner, long Offset) Locate(string name)
    {
        foreach (TrainableParameter owner in Parameters)
        {
            long offset = 0;
            foreach (ParameterSpec part in owner.Parts)
            {
                if (part.Name == name)
                    return (owner, offset);
                offset += part.Shape[0];
            }
        }
        throw new ArgumentException($"the model has no parameter '{name}'");
    }
}
