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

        def adamw(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], steps: List[Tensor], rate: float, beta1: float, beta2: float, decay: float, epsilon: float):
            unused: List[Tensor] = []
            torch._foreach_add_(steps, 1)
            torch._fused_adamw_(p, g, m, v, unused, steps, lr=rate, beta1=beta1, beta2=beta2, weight_decay=decay, eps=epsilon, amsgrad=False, maximize=False)
            return steps[0]

        """;

    private static readonly Lazy<jit.CompilationUnit> Unit = new(() =>
    {
        Native.NativeTorch.Load();
        return jit.compile(Source);
    });

    /// <summary>Root-mean-square normalisation over the last dimension.</summary>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double epsilon)
    {
        // A number that invoke is given as a double lives in a Scalar that nothing holds on to, as told in Scalars.
        using TorchSharp.Scalar number = epsilon;
        return (Tensor)Unit.Value.invoke("rms_norm", x, weight, number);
    }

    /// <summary>One AdamW update of a list of parameters, in place (Loshchilov and Hutter 2017, arXiv:1711.05101).</summary>
    public static void AdamW(AdamWLists lists, double rate, AdamWOptions options, double decay)
    {
        // The returned step counter is a new handle on a state tensor: it goes, the state stays.
        using var step = (Tensor)Unit.Value.invoke("adamw", lists.Parameters, lists.Gradients, lists.FirstMoments, lists.SecondMoments,
            lists.Steps, rate, options.Beta1, options.Beta2, decay, options.Epsilon);
    }
}

/// <summary>The tensors of one update, in the same order in each list.</summary>
internal sealed record AdamWLists(Tensor[] Parameters, Tensor[] Gradients, Tensor[] FirstMoments, Tensor[] SecondMoments, Tensor[] Steps);
