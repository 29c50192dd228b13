using TorchSharp.Modules;

using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>An encoder or a decoder: embedding, blocks, final norm. Legend: B windows, T tokens, U tokens of the encoder, D hidden.</summary>
internal sealed class Stack : IDisposable
{
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
        _embedding = new(model.Embedding, tokens, prefix, factory);
        _rotary = new(model.ContextLength);
        _pairs = new(spec, factory.TryMake(prefix + ModelParameters.RelativeBias));
        _blocks = [.. spec.Blocks.Select((block, i) => new Block(block, ModelParameters.Block(prefix, i), factory, _rotary))];
        _finalNorm = Norm.Of(spec.FinalNorm, prefix + ModelParameters.FinalNorm, factory);
    }

    /// <summary>What is inside a block is not kept for the backward pass but computed again.</summary>
    public bool Checkpoints { get; set; }

    /// <summary>[B, T] ids to [B, T, D] states, in the compute type.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="tokenTypes">Segments, [B, T]; null for segment 0 throughout.</param>
    /// <param name="memory">The encoder's states, [B, U, D], of a decoder beside one.</param>
    /// <param name="type">The compute type.</param>
    public Tensor Forward(Tensor ids, Tensor? tokenTypes, Tensor? memory, ScalarType type)
    {
        Tensor x = _embedding.Forward(ids, tokenTypes).to(type);
        Pairs[] pairs = _pairs.Of((int)ids.shape[1]);
        for (int i = 0; i < _blocks.Length; i++)
            x = Checkpoints ? Recomputed(_blocks[i], x, memory, pairs[i]) : _blocks[i].Forward(x, memory, pairs[i]);
        return _finalNorm?.Forward(x) ?? x;
    }

    public void Dispose()
    {
        _embedding.Dispose();
        _rotary.Dispose();
        _pairs.Dispose();
    }

    private static Tensor Recomputed(Block block, Tensor x, Tensor? memory, Pairs pairs) =>
        Checkpoint.Apply(inputs => block.Forward(inputs[0]!, inputs[1], pairs with { Bias = inputs[2] }), x, memory, pairs.Bias);
}
