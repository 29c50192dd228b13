using TorchSharp.Modules;

using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>A normalisation of the specification, over the last dimension.</summary>
internal sealed class Norm
{
    private readonly NormSpec _spec;
    private readonly Parameter _weight;
    private readonly Parameter? _bias;

    public Norm(NormSpec spec, string prefix, ParameterFactory factory)
    {
        _spec = spec;
        _weight = factory.MakeVector($"{prefix}.weight", spec is NormSpec.RmsNorm { UnitOffset: true } ? 0 : 1);
        _bias = factory.TryMake($"{prefix}.bias");
    }

    /// <summary>Null where the specification has no norm.</summary>
    public static Norm? Of(NormSpec? spec, string prefix, ParameterFactory factory) => spec is null ? null : new(spec, prefix, factory);

    /// <summary>Normalises [..., D], in the type of <paramref name="x"/>.</summary>
    public Tensor Forward(Tensor x) => Apply(_spec, x, _weight, _bias);

    /// <summary>Normalises [..., D] with numbers in fp32, [D].</summary>
    public static Tensor Apply(NormSpec spec, Tensor x, Tensor weight, Tensor? bias) => spec switch
    {
        NormSpec.RmsNorm { UnitOffset: true } => TorchFunctions.RmsNorm(x, weight.to(AttentionFunction.Wide(x)).Plus(1).to(x.dtype), spec.Epsilon),
        NormSpec.RmsNorm => TorchFunctions.RmsNorm(x, weight.to(x.dtype), spec.Epsilon),
        NormSpec.LayerNorm => nn.functional.layer_norm(x, [x.shape[^1]], weight.to(x.dtype), bias?.to(x.dtype), spec.Epsilon),
        _ => throw new NotSupportedException($"norm {spec.GetType().Name} has no torch module"),
    };
}
