using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>The position-wise part of a block, [..., D] to [..., D].</summary>
internal sealed class FeedForward
{
    private readonly FeedForwardSpec _spec;
    private readonly Linear _in;
    private readonly Linear _down;

    public FeedForward(FeedForwardSpec spec, string prefix, ParameterFactory factory)
    {
        _spec = spec;
        _in = spec switch
        {
            FeedForwardSpec.Gated => new(factory, $"{prefix}.gate", $"{prefix}.up"),
            FeedForwardSpec.Dense => new(factory, $"{prefix}.up"),
            _ => throw new NotSupportedException($"feed-forward {spec.GetType().Name} has no torch module"),
        };
        _down = new(factory, $"{prefix}.down");
    }

    public Tensor Forward(Tensor x)
    {
        Tensor inner = _in.Forward(x);
        if (_spec is FeedForwardSpec.Dense)
            return _down.Forward(Activate(inner));
        Tensor[] parts = inner.split(_spec.InnerSize, -1);
        return _down.Forward(Activate(parts[0]) * parts[1]);
    }

    private Tensor Activate(Tensor x) => _spec.Activation switch
    {
        Activation.Silu => nn.functional.silu(x),
        Activation.Gelu => nn.functional.gelu(x),
        Activation.GeluTanh => nn.functional.gelu(x, approximate: TorchSharp.Modules.GELU.Approximate.tanh),
        _ => throw new NotSupportedException($"activation {_spec.Activation} has no torch function"),
    };
}
