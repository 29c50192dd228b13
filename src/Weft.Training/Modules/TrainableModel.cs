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
    private readonly RotaryTables _tables;
    private readonly Parameter _tokens;
    private readonly Parameter? _positions;
    private readonly Block[] _blocks;
    private readonly Norm _finalNorm;
    private readonly Parameter? _head;

    /// <summary>Builds the modules and draws the initial weights.</summary>
    /// <param name="spec">What to build.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    public TrainableModel(ModelSpec spec, long seed)
    {
        Native.NativeTorch.Load();
        Spec = spec.Validate();
        using var factory = new ParameterFactory(spec, seed);
        _tables = new(spec.ContextLength);
        _tokens = factory.Make(ModelParameters.TokenEmbedding);
        _positions = factory.TryMake(ModelParameters.PositionEmbedding);
        _blocks = [.. spec.Stack.Blocks.Select((block, i) => new Block(block, ModelParameters.Block(i), factory, _tables))];
        _finalNorm = new(spec.Stack.FinalNorm!, ModelParameters.FinalNorm, factory);
        _head = factory.TryMake($"{ModelParameters.Head}.weight");
        Parameters = factory.Made;
    }

    /// <inheritdoc/>
    public ModelSpec Spec { get; }

    /// <summary>Number of trained elements.</summary>
    public long ParameterCount => Parameters.Sum(parameter => parameter.Tensor.numel());

    internal IReadOnlyList<TrainableParameter> Parameters { get; }

    /// <summary>The vocabulary projection, [V, D]: a tensor of its own, or the token embedding.</summary>
    internal Parameter Head => _head ?? _tokens;

    /// <inheritdoc/>
    /// <remarks>Computed in fp32 without gradients.</remarks>
    public void ComputeOutputs(in ModelInput input, Span<float> outputs)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor result = nn.functional.linear(ForwardChecked(input), Head);
        result.data<float>().ToArray().CopyTo(outputs);
    }

    /// <inheritdoc/>
    /// <remarks>Computed in fp32 without gradients.</remarks>
    public void ComputeHidden(in ModelInput input, Span<float> hidden)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        ForwardChecked(input).data<float>().ToArray().CopyTo(hidden);
    }

    private Tensor ForwardChecked(in ModelInput input)
    {
        input.Check(Spec);
        return Forward(tensor(input.Ids.ToArray(), [1, input.Ids.Length], ScalarType.Int64), Precision.Float32);
    }

    /// <summary>A parameter's present values in the specification's layout.</summary>
    public float[] Read(ParameterSpec parameter)
    {
        (TrainableParameter owner, long offset) = Locate(parameter.Name);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return owner.Tensor.narrow(0, offset, parameter.Shape[0]).contiguous().data<float>().ToArray();
    }

    /// <summary>Sets a parameter's values, given in the specification's layout.</summary>
    public void Write(ParameterSpec parameter, float[] values)
    {
        (TrainableParameter owner, long offset) = Locate(parameter.Name);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        owner.Tensor.narrow(0, offset, parameter.Shape[0]).copy_(tensor(values, parameter.Shape.ToArray()));
    }

    /// <summary>Final hidden states, [B, T] ids to [B·T, D], in the compute type.</summary>
    internal Tensor Forward(Tensor ids, Precision precision)
    {
        (long batch, long length) = (ids.shape[0], ids.shape[1]);
        Tensor x = _tokens.index_select(0, ids.reshape(-1)).view(batch, length, Spec.HiddenSize);
        if (_positions is not null)
            x = x + _positions.narrow(0, 0, length);
        x = x.to(precision == Precision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32);
        foreach (Block block in _blocks)
            x = block.Forward(x);
        return _finalNorm.Forward(x).view(-1, Spec.HiddenSize);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TrainableParameter parameter in Parameters)
            parameter.Tensor.Dispose();
        _tables.Dispose();
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
