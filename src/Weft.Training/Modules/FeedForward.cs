using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>The position-wise part of a block.</summary>
internal interface IFeedForward
{
    /// <summary>[..., D] to [..., D].</summary>
    /// <param name="x">Hidden states.</param>
    /// <param name="routing">What is asked of a router of experts; null for nothing.</param>
    /// <param name="dropout">Of this part of the block, in training; null for none.</param>
    Tensor Forward(Tensor x, Routing? routing, Dropout? dropout);
}

/// <summary>Makes the module of each kind.</summary>
internal static class FeedForward
{
    /// <summary>Places of adapters' dropout.</summary>
    public const int InputPlace = 0, OutputPlace = 1;

    public static IFeedForward Of(FeedForwardSpec spec, string prefix, ParameterFactory factory) => spec switch
    {
        FeedForwardSpec.Dense => new DenseFeedForward(spec.Activation, $"{prefix}.", factory),
        FeedForwardSpec.Gated => new GatedFeedForward(spec.InnerSize, spec.Activation, $"{prefix}.", factory),
        FeedForwardSpec.MixtureOfExperts mixture => new MixtureOfExperts(mixture, $"{prefix}.", factory),
        _ => throw new NotSupportedException($"feed-forward {spec.GetType().Name} has no torch module"),
    };
}

/// <summary>down(activation(up(x))).</summary>
internal sealed class DenseFeedForward(Activation activation, string prefix, ParameterFactory factory) : IFeedForward
{
    private readonly Linear _up = new(factory, $"{prefix}up");
    private readonly Linear _down = new(factory, $"{prefix}down");

    public Tensor Forward(Tensor x, Routing? routing, Dropout? dropout) =>
        _down.Forward(Activations.Apply(activation, _up.Forward(x, dropout?.OfAdapter(FeedForward.InputPlace))), dropout?.OfAdapter(FeedForward.OutputPlace));
}

/// <summary>down(activation(gate(x)) · up(x)).</summary>
internal sealed class GatedFeedForward(int innerSize, Activation activation, string prefix, ParameterFactory factory) : IFeedForward
{
    private readonly Linear _in = new(factory, $"{prefix}gate", $"{prefix}up");
    private readonly Linear _down = new(factory, $"{prefix}down");

    public Tensor Forward(Tensor x, Routing? routing = null, Dropout? dropout = null)
    {
        Tensor[] parts = _in.Forward(x, dropout?.OfAdapter(FeedForward.InputPlace)).split(innerSize, -1);
        return _down.Forward(Activations.Apply(activation, parts[0]) * parts[1], dropout?.OfAdapter(FeedForward.OutputPlace));
    }
}
