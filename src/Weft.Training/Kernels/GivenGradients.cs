using static TorchSharp.torch;

namespace Weft.Training.Kernels;

/// <summary>
/// Gradients that a function of our own gives to torch. Torch takes references of its own after the call has returned, and nothing says when, so handles are let go when
/// the next ones are given; in a scope they would all live until the end of the pass.
/// </summary>
internal static class GivenGradients
{
    [ThreadStatic]
    private static Tensor?[]? _last;

    /// <summary>Lets the last ones go, and keeps these beyond the scope they are in.</summary>
    public static List<Tensor> Give(params Tensor?[] gradients)
    {
        foreach (Tensor? last in _last ?? [])
            last?.Dispose();
        _last = [.. gradients.Select(gradient => gradient?.DetachFromDisposeScope())];
        return [.. _last.Select(gradient => gradient!)]; // a null is given as such
    }
}
