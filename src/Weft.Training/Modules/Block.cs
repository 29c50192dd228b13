using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>One block: attention, cross attention where there is an encoder, and the feed-forward part, each on its residual line.</summary>
internal sealed class Block
{
    /// <summary>Places of dropout.</summary>
    private const int AttentionPlace = 0, CrossPlace = 1, FeedForwardPlace = 2;

    private readonly BlockSpec _spec;
    private readonly Residual _attentionLine;
    private readonly Attention _attention;
    private readonly Residual? _crossLine;
    private readonly Attention? _cross;
    private readonly Residual _feedForwardLine;
    private readonly IFeedForward _feedForward;

    public Block(BlockSpec spec, string prefix, ParameterFactory factory, RotaryTables tables)
    {
        _spec = spec;
        _attentionLine = new(spec, spec.AttentionNorm, $"{prefix}attention", factory);
        _attention = new(spec.Attention, $"{prefix}attention", crosses: false, factory, tables);
        if (spec.CrossAttention is { } cross)
        {
            _crossLine = new(spec, cross.Norm, $"{prefix}cross_attention", factory);
            _cross = new(cross.Attention, $"{prefix}cross_attention", crosses: true, factory, tables);
        }
        _feedForwardLine = new(spec, spec.FeedForwardNorm, $"{prefix}feed_forward", factory);
        _feedForward = FeedForward.Of(spec.FeedForward, $"{prefix}feed_forward", factory);
    }

    /// <summary>[B, T, D] to [B, T, D]. What autograd does not need is freed on the way out.</summary>
    /// <param name="x">Hidden states.</param>
    /// <param name="memory">The encoder's states, [B, U, D], where the block has cross attention.</param>
    /// <param name="pairs">Of attention.</param>
    public Tensor Forward(Tensor x, Tensor? memory, Pairs pairs)
    {
        using var scope = NewDisposeScope();
        (Dropout? attention, Dropout? cross, Dropout? feedForward) = (pairs.Dropout?.At(AttentionPlace), pairs.Dropout?.At(CrossPlace), pairs.Dropout?.At(FeedForwardPlace));
        Tensor Attend(Tensor y) => _attention.Forward(y, null, pairs with { Dropout = attention });
        Tensor Feed(Tensor y) => _feedForward.Forward(y, pairs.Routing, feedForward);
        if (_spec.Placement == NormPlacement.Parallel)
        {
            Tensor attended = Dropout.Sum(x, _attentionLine.Branch(x, Attend), attention);
            return Dropout.Sum(attended, _feedForwardLine.Branch(x, Feed), feedForward).MoveToOuterDisposeScope();
        }
        x = _attentionLine.Forward(x, Attend, attention);
        if (_cross is not null)
            x = _crossLine!.Forward(x, y => _cross.Forward(y, memory, new(pairs.CrossBias, false, null) { Dropout = cross }), cross);
        return _feedForwardLine.Forward(x, Feed, feedForward).MoveToOuterDisposeScope();
    }
}

/// <summary>Where the norms of one part of a block stand and how it joins the residual line.</summary>
internal sealed class Residual(BlockSpec block, NormSpec norm, string prefix, ParameterFactory factory)
{
    private readonly Norm _norm = new(norm, $"{prefix}_norm", factory);
    private readonly Norm? _outputNorm = Norm.Of(block.Placement == NormPlacement.Sandwich ? norm : null, $"{prefix}_output_norm", factory);

    /// <summary>The line after part <paramref name="f"/>.</summary>
    /// <param name="x">The line before it.</param>
    /// <param name="f">The part.</param>
    /// <param name="dropout">Of what is added to the line; null for none.</param>
    public Tensor Forward(Tensor x, Func<Tensor, Tensor> f, Dropout? dropout) => block.Placement switch
    {
        NormPlacement.Pre or NormPlacement.Sandwich => Dropout.Sum(x, Branch(x, f), dropout),
        NormPlacement.Post => _norm.Forward(Dropout.Sum(x, Scale(f(x)), dropout)),
        _ => throw new NotSupportedException($"norm placement {block.Placement} has no torch module"),
    };

    /// <summary>What the part adds to the line where it reads it through the norm.</summary>
    public Tensor Branch(Tensor x, Func<Tensor, Tensor> f)
    {
        Tensor y = f(_norm.Forward(x));
        return Scale(_outputNorm?.Forward(y) ?? y);
    }

    private Tensor Scale(Tensor x) => block.ResidualScale == 1 ? x : x.Times(block.ResidualScale);
}
