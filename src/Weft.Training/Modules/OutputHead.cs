using TorchSharp.Modules;

using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>What is read off the last hidden states. Legend: B windows, T tokens, D hidden, V vocabulary or labels.</summary>
internal sealed class OutputHead
{
    private readonly Linear? _transform;
    private readonly Norm? _norm;
    private readonly Parameter? _weight;

    /// <param name="spec">What to build.</param>
    /// <param name="tokens">The table of tokens, which is the projection of a head that shares it.</param>
    /// <param name="factory">Makes the parameters.</param>
    public OutputHead(HeadSpec spec, Parameter tokens, ParameterFactory factory)
    {
        const string Transform = $"{ModelParameters.Head}.transform";
        Spec = spec;
        _transform = factory.Has($"{Transform}.weight") ? new(factory, Transform) : null;
        _norm = Norm.Of((spec as HeadSpec.MaskedLanguageModel)?.Norm, $"{ModelParameters.Head}.norm", factory);
        _weight = spec.SharesEmbedding ? tokens : factory.TryMake($"{ModelParameters.Head}.weight");
        Bias = factory.TryMake($"{ModelParameters.Head}.bias");
    }

    public HeadSpec Spec { get; }

    /// <summary>The projection, [V, D]: a tensor of its own, or the token embedding.</summary>
    public Parameter Weight => _weight ?? throw new InvalidOperationException($"the head {Spec.GetType().Name} has no projection");

    /// <summary>Of the projection, [V]; null where there is none.</summary>
    public Parameter? Bias { get; }

    /// <summary>Hidden states [B, T, D] to [B, T, V], or where the head pools to [B, V], in the type of <paramref name="hidden"/>.</summary>
    public Tensor Forward(Tensor hidden) => Spec switch
    {
        HeadSpec.LanguageModel head => Logits(head, hidden),
        HeadSpec.MaskedLanguageModel => Project(Features(hidden)),
        HeadSpec.SequenceClassification head => Project(Transform(head.Transform, Pool(head.Pooling, hidden))),
        HeadSpec.TokenClassification or HeadSpec.Spans => Project(hidden),
        HeadSpec.PooledEmbedding head => Embed(head, Transform(head.Transform, Pool(head.Pooling, hidden))),
        _ => throw new NotSupportedException($"head {Spec.GetType().Name} has no torch module"),
    };

    /// <summary>What the projection reads, [..., D]: the hidden states, or what the head's own layer makes of them.</summary>
    public Tensor Features(Tensor hidden) => Spec is HeadSpec.MaskedLanguageModel head ? _norm!.Forward(Transform(head.Activation, hidden)) : hidden;

    /// <summary>States that were picked out already, [N, D], to labels, [N, V].</summary>
    public Tensor Label(Tensor picked) => Project(Transform((Spec as HeadSpec.SequenceClassification)?.Transform, picked));

    private Tensor Logits(HeadSpec.LanguageModel head, Tensor hidden)
    {
        Tensor logits;
        if (head.LogitScale == 1)
        {
            logits = Project(hidden);
        }
        else
        {
            logits = nn.functional.linear(hidden, Weight.to(hidden.dtype)).Times(head.LogitScale);
            logits = Bias is null ? logits : logits.Plus(Bias.to(hidden.dtype));
        }
        return head.SoftCap is { } cap ? logits.SoftCap(cap) : logits;
    }

    private Tensor Project(Tensor x) => nn.functional.linear(x, Weight.to(x.dtype), Bias?.to(x.dtype));

    private Tensor Transform(Activation? activation, Tensor x) => activation is { } a ? Activations.Apply(a, _transform!.Forward(x)) : x;

    private static Tensor Pool(Pooling pooling, Tensor hidden) => pooling switch
    {
        Pooling.First => hidden.select(1, 0),
        Pooling.Last => hidden.select(1, -1),
        Pooling.Mean => hidden.mean([1]),
        _ => throw new NotSupportedException($"pooling {pooling} has no torch function"),
    };

    private static Tensor Embed(HeadSpec.PooledEmbedding head, Tensor pooled) => head.Normalized ? nn.functional.normalize(pooled, dim: -1) : pooled;
}
