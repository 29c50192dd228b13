using Weft.Model.Spec;
using Weft.Training.Kernels;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>The specification's nonlinearities.</summary>
internal static class Activations
{
    /// <summary>Element by element.</summary>
    public static Tensor Apply(Activation activation, Tensor x) => activation switch
    {
        Activation.Silu => nn.functional.silu(x),
        Activation.Gelu => nn.functional.gelu(x),
        Activation.GeluTanh when GeluTanh.Fits(x) => GeluTanh.Apply(x),
        Activation.GeluTanh => nn.functional.gelu(x, approximate: TorchSharp.Modules.GELU.Approximate.tanh),
        Activation.Relu => nn.functional.relu(x),
        Activation.Tanh => x.tanh(),
        _ => throw new NotSupportedException($"activation {activation} has no torch function"),
    };
}
