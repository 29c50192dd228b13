using TorchSharp.Modules;

using Weft.Training.Adapters;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>One projection, or several that read the same input, with their adapters where they have any.</summary>
internal sealed class Linear
{
    private readonly ILinearWeight _weight;
    private readonly Parameter? _bias;
    private readonly LinearAdapter? _adapter;

    public Linear(ParameterFactory factory, params string[] prefixes)
    {
        _weight = factory.MakeWeight([.. prefixes.Select(prefix => $"{prefix}.weight")]);
        _bias = factory.TryMake([.. prefixes.Select(prefix => $"{prefix}.bias")]);
        _adapter = factory.TryAdapt(_weight);
    }

    /// <summary>[..., input] to [..., sum of outputs], computed in the type of <paramref name="x"/>.</summary>
    /// <param name="x">What is projected.</param>
    /// <param name="dropout">Of what adapters read, in training; null for none.</param>
    public Tensor Forward(Tensor x, Dropout? dropout = null)
    {
        Tensor? bias = _bias?.to(x.dtype);
        return _adapter?.Forward(x, bias, dropout) ?? _weight.Project(x, bias);
    }
}
