using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>Nonlinearities in a config, for families that leave the choice open.</summary>
internal static class ActivationConfig
{
    /// <summary>All of Transformers' names, the first of each the one that is written.</summary>
    private static readonly (string Name, Activation Activation)[] Names =
    [
        ("gelu", Activation.Gelu),
        ("gelu_python", Activation.Gelu),
        ("gelu_new", Activation.GeluTanh),
        ("gelu_fast", Activation.GeluTanh),
        ("gelu_pytorch_tanh", Activation.GeluTanh),
        ("silu", Activation.Silu),
        ("swish", Activation.Silu),
        ("relu", Activation.Relu),
        ("tanh", Activation.Tanh),
    ];

    /// <summary>The nonlinearity of a key.</summary>
    public static Activation Read(ConfigReader config, string key, string fallback)
    {
        string name = config.RequireOneOf(key, fallback, [.. Names.Select(entry => entry.Name)]);
        return Names.First(entry => entry.Name == name).Activation;
    }

    /// <summary>The name of a nonlinearity.</summary>
    public static string Name(Activation activation) => Names.First(entry => entry.Activation == activation).Name;
}
