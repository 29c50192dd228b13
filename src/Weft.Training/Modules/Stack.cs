using TorchSharp.Modules;

using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>What one stack reads.</summary>
/// <param name="Ids">Token ids, [B, T].</param>
/// <param name="TokenTypes">Segments, [B, T]; null for segment 0 throughout.</param>
/// <param name="Layout">Documents and positions; null where each row is one document.</param>
internal sealed record StackInput(Tensor Ids, Tensor? TokenTypes, TokenLayout? Layout)
{
    /// <summary>What is asked of routers of experts; null for nothing.</summary>
    public RoutingLosses? Routing { get; init; }

    /// <summary>Of the stack, in training; null for none.</summary>
    public Dropout? Dropout { get; init; }
}

/// <summary>What an encoder made of a source.</summary>
/// <param name="States">[B, U, D].</param>
/// <param name="Layout">Documents of the source; null where each row is one.</param>
internal sealed record Memory(Tensor States, TokenLayout? Layout);

/// <summary>An encoder or a decoder: embedding, blocks, final norm. Legend: B windows, T tokens, U tokens of the encoder, D hidden.</summary>
internal sealed class Stack : IDisposable
{
    private readonly StackSpec _spec;
    private readonly Embedding _embedding;
    private readonly RotaryTables _rotary;
    private readonly PairTables _pairs;
    private readonly Block[] _blocks;
    private readonly Norm? _finalNorm;

    /// <param name="model">Whose stack it is.</param>
    /// <param name="spec">What to build.</param>
    /// <param name="prefix">Of the parameters.</param>
    /// <param name="tokens">The shared table of tokens.</param>
    /// <param name="factory">Makes the parameters.</param>
    public Stack(ModelSpec model, StackSpec spec, string prefix, Parameter tokens, ParameterFactory factory)
    {
        _spec = spec;
        _embedding = new(model.Embedding, tokens, prefix, factory);
        _rotary = new(model.ContextLength, factory.Device);
        _pairs = new(spec, factory.TryMake(prefix + ModelParameters.RelativeBias), factory.Device);
        _blocks = [.. spec.Blocks.Select((block, i) => new Block(block, ModelParameters.Block(prefix, i), factory, _rotary))];
        _finalNorm = Norm.Of(spec.FinalNorm, prefix + ModelParameters.FinalNorm, factory);
    }

    /// <summary>Cosines and sines of the blocks' rotary positions.</summary>
    public RotaryTables Rotary => _rotary;

    /// <summary>What is inside a block is not kept for the backward pass but computed again.</summary>
    public bool Checkpoints { get; set; }

    /// <summary>[B, T] ids to [B, T, D] states, in the compute type.</summary>
    public Tensor Forward(StackInput input, Memory? memory, ScalarType type) => Normalize(Blocks(input, memory, type));

    /// <summary>The final norm, of [B, T, D].</summary>
    public Tensor Normalize(Tensor x) => _finalNorm?.Forward(x) ?? x;

    /// <summary>[B, T] ids to [B, T, D] states before the final norm, in the compute type.</summary>
    /// <param name="input">Ids, segments and documents.</param>
    /// <param name="memory">Of a decoder beside an encoder.</param>
    /// <param name="type">The compute type.</param>
    public Tensor Blocks(StackInput input, Memory? memory, ScalarType type)
    {
        Tensor x = _embedding.Forward(input.Ids, input.TokenTypes, input.Layout, type).to(type);
        x = input.Dropout?.At(_blocks.Length).Apply(x) ?? x;
        Pairs[] pairs = Pairs(input, memory, type);
        for (int i = 0; i < _blocks.Length; i++)
            x = Checkpoints ? Recomputed(_blocks[i], x, memory?.States, pairs[i]) : _blocks[i].Forward(x, memory?.States, pairs[i]);
        return x;
    }

    /// <summary>Of each block.</summary>
    public Pairs[] Pairs(StackInput input, Memory? memory, ScalarType type)
    {
        Pairs[] pairs = _pairs.Of((int)input.Ids.shape[1], input.Layout);
        Tensor? crossBias = memory is null ? null : DocumentMasks.Across(input.Layout, memory.Layout, input.Ids.device);
        Routing? routing = input.Routing is null ? null : new(input.Routing, input.Layout?.Documents is null ? null : input.Layout.Meaningful(input.Ids.device));
        var rotations = new Dictionary<(PositionSpec.Rotary, int), Rotation?>();
        for (int i = 0; i < pairs.Length; i++)
        {
            Rotation? rotation = null;
            if (_spec.Blocks[i].Attention is { Position: PositionSpec.Rotary rotary } attention && !rotations.TryGetValue((rotary, attention.HeadSize), out rotation))
                rotations.Add((rotary, attention.HeadSize), rotation = _rotary.Of(rotary, attention.HeadSize, input.Layout, type));
            pairs[i] = pairs[i] with { CrossBias = crossBias, Rotation = rotation, Routing = routing, Dropout = input.Dropout?.At(i) };
        }
        return pairs;
    }

    public void Dispose()
    {
        _embedding.Dispose();
        _rotary.Dispose();
        _pairs.Dispose();
    }

    private static Tensor Recomputed(Block block, Tensor x, Tensor? memory, Pairs pairs) =>
        Recomputation.Apply(inputs => block.Forward(inputs[0]!, inputs[1], pairs with { Bias = inputs[2] }), x, memory, pairs.Bias);
}
