using TorchSharp.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>One projection, or several that read the same input.</summary>
internal sealed class Linear
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;

    public Linear(ParameterFactory factory, params string[] prefixes)
    {
        _weight = factory.Make([.. prefixes.Select(prefix => $"{prefix}.weight")]);
        _bias = factory.TryMake([.. prefixes.Select(prefix => $"{prefix}.bias")]);
    }

    /// <summary>[..., input] to [..., sum of outputs], computed in the type of <paramref name="x"/>.</summary>
    public Tensor Forward(Tensor x) => nn.functional.linear(x, _weight.to(x.dtype), _bias?.to(x.dtype));
}
