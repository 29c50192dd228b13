using TorchSharp.Modules;

using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>A normalisation of the specification, over the last dimension.</summary>
internal sealed class Norm(NormSpec spec, string prefix, ParameterFactory factory)
{
    private readonly Parameter _weight = factory.Make($"{prefix}.weight");
    private readonly Parameter? _bias = factory.TryMake($"{prefix}.bias");

    /// <summary>Normalises [..., D], in the type of <paramref name="x"/>.</summary>
    public Tensor Forward(Tensor x) => spec switch
    {
        NormSpec.RmsNorm => TorchFunctions.RmsNorm(x, _weight.to(x.dtype), spec.Epsilon),
        NormSpec.LayerNorm => nn.functional.layer_norm(x, [x.shape[^1]], _weight.to(x.dtype), _bias?.to(x.dtype), spec.Epsilon),
        _ => throw new NotSupportedException($"norm {spec.GetType().Name} has no torch module"),
    };
}
