using TorchSharp;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>
/// aten operators that TorchSharp has no method for, reached through a TorchScript text. The text is fixed: a faulty one ends the
/// process, so none is ever made at run time.
/// </summary>
internal static class TorchFunctions
{
    private const string Source = """
        def rms_norm(x, weight, epsilon: float):
            return torch.rms_norm(x, [x.size(-1)], weight, epsilon)

        """;

    private static readonly Lazy<jit.CompilationUnit> Unit = new(() =>
    {
        Native.NativeTorch.Load();
        return jit.compile(Source);
    });

    /// <summary>Root-mean-square normalisation over the last dimension.</summary>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double epsilon)
    {
        using Scalar number = epsilon;
        return (Tensor)Unit.Value.invoke("rms_norm", x, weight, number);
    }
}
