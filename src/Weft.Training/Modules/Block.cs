using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>One pre-norm block: two residual lines.</summary>
internal sealed class Block(BlockSpec spec, string prefix, ParameterFactory factory, RotaryTables tables)
{
    private readonly Norm _attentionNorm = new(spec.AttentionNorm, $"{prefix}attention_norm", factory);
    private readonly SelfAttention _attention = new(spec.Attention, $"{prefix}attention", factory, tables);
    private readonly Norm _feedForwardNorm = new(spec.FeedForwardNorm, $"{prefix}feed_forward_norm", factory);
    private readonly FeedForward _feedForward = new(spec.FeedForward, $"{prefix}feed_forward", factory);

    /// <summary>[B, T, D] to [B, T, D]. What autograd does not need is freed on the way out.</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        x = x + _attention.Forward(_attentionNorm.Forward(x));
        x = x + _feedForward.Forward(_feedForwardNorm.Forward(x));
        return x.MoveToOuterDisposeScope();
    }
}
