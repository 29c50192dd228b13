using TorchSharp;

using static TorchSharp.torch;

namespace Weft.Training.Optimizers;

/// <summary>
/// Updates of lists of tensors, in place, by operators that TorchSharp has no method for: torch's fused kernels where there are any, else
/// loops that hold one temporary tensor at a time. Reached through a TorchScript text, which is fixed: a faulty one ends the process, so
/// none is ever made at run time. The result of each is a new handle on a state tensor: it goes, the state stays.
/// </summary>
internal static class UpdateFunctions
{
    private const string Fused = """
        def adam(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], steps: List[Tensor], rate: float, beta1: float, beta2: float, decay: float, epsilon: float):
            unused: List[Tensor] = []
            torch._fused_adam_(p, g, m, v, unused, steps, lr=rate, beta1=beta1, beta2=beta2, weight_decay=decay, eps=epsilon, amsgrad=False, maximize=False)
            return m[0]

        def adamw(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], steps: List[Tensor], rate: float, beta1: float, beta2: float, decay: float, epsilon: float):
            unused: List[Tensor] = []
            torch._fused_adamw_(p, g, m, v, unused, steps, lr=rate, beta1=beta1, beta2=beta2, weight_decay=decay, eps=epsilon, amsgrad=False, maximize=False)
            return m[0]

        def descent(p: List[Tensor], g: List[Tensor], rate: float, decay: float):
            unused: List[Tensor] = []
            torch._fused_sgd_(p, g, unused, weight_decay=decay, momentum=0.0, lr=rate, dampening=0.0, nesterov=False, maximize=False, is_first_step=False)
            return g[0]

        def momentum(p: List[Tensor], g: List[Tensor], m: List[Tensor], rate: float, momentum: float, dampening: float, decay: float, nesterov: int, first: int):
            torch._fused_sgd_(p, g, m, weight_decay=decay, momentum=momentum, lr=rate, dampening=dampening, nesterov=nesterov != 0, maximize=False, is_first_step=first != 0)
            return m[0]

        def adagrad(p: List[Tensor], g: List[Tensor], h: List[Tensor], steps: List[Tensor], rate: float, rate_decay: float, decay: float, epsilon: float):
            torch._fused_adagrad_(p, g, h, steps, lr=rate, lr_decay=rate_decay, weight_decay=decay, eps=epsilon, maximize=False)
            return h[0]

        def average(a: List[Tensor], p: List[Tensor], weight: float):
            torch._foreach_lerp_(a, p, weight)
            return a[0]

        def unscale(g: List[Tensor], infinite: Tensor, inverse: Tensor):
            torch._amp_foreach_non_finite_check_and_unscale_(g, infinite, inverse)
            return infinite

        """;

    private const string Loops = """
        def lion(p: List[Tensor], g: List[Tensor], m: List[Tensor], rate: float, beta1: float, beta2: float, decay: float):
            for i in range(len(p)):
                update = torch.mul(m[i], beta1).add_(g[i], alpha=1.0 - beta1).sign_()
                p[i].mul_(1.0 - rate * decay).add_(update, alpha=-rate)
                m[i].lerp_(g[i], 1.0 - beta2)
            return m[0]

        def adafactor_step(p: Tensor, update: Tensor, rate: float, decay: float, clip: float, smallest: float):
            root = float(p.numel()) ** 0.5
            factor = rate / torch.clamp(torch.norm(update) / (root * clip), min=1.0)
            if smallest > 0.0:
                factor = factor * torch.clamp(torch.norm(p) / root, min=smallest)
            p.mul_(1.0 - rate * decay).sub_(update.mul_(factor))

        def adafactor_matrices(p: List[Tensor], g: List[Tensor], rows: List[Tensor], columns: List[Tensor], rate: float, fresh: float, decay: float, clip: float, smallest: float, epsilon: float):
            for i in range(len(p)):
                update = torch.mul(g[i], g[i])
                rows[i].lerp_(torch.mean(update, [1]).add_(epsilon), fresh)
                columns[i].lerp_(torch.mean(update, [0]).add_(epsilon), fresh)
                torch.mul(g[i], torch.rsqrt(rows[i] / torch.mean(rows[i])).unsqueeze(1), out=update)
                update.mul_(torch.rsqrt(columns[i]))
                adafactor_step(p[i], update, rate, decay, clip, smallest)
            return rows[0]

        def adafactor_vectors(p: List[Tensor], g: List[Tensor], v: List[Tensor], rate: float, fresh: float, decay: float, clip: float, smallest: float, epsilon: float):
            for i in range(len(p)):
                v[i].lerp_(torch.mul(g[i], g[i]).add_(epsilon), fresh)
                adafactor_step(p[i], torch.rsqrt(v[i]).mul_(g[i]), rate, decay, clip, smallest)
            return v[0]

        def orthogonalize(x: Tensor, iterations: int):
            tall = x.size(0) > x.size(1)
            if tall:
                x = x.t()
            x = x / (torch.norm(x) + 1e-7)
            for _ in range(iterations):
                a = torch.mm(x, x.t())
                x = torch.addmm(x, torch.addmm(a, a, a, beta=-4.7750, alpha=2.0315), x, beta=3.4445)
            if tall:
                x = x.t()
            return x

        def muon(p: List[Tensor], g: List[Tensor], m: List[Tensor], rate: float, momentum: float, decay: float, nesterov: int, iterations: int, type: int, like_adam: int):
            for i in range(len(p)):
                m[i].lerp_(g[i], 1.0 - momentum)
                update = m[i]
                if nesterov != 0:
                    update = torch.lerp(g[i], m[i], momentum)
                update = update.to(dtype=type)
                rows, columns = float(p[i].size(0)), float(p[i].size(1))
                scale = max(1.0, rows / columns) ** 0.5
                if like_adam != 0:
                    scale = 0.2 * max(rows, columns) ** 0.5
                p[i].mul_(1.0 - rate * decay).add_(orthogonalize(update, iterations), alpha=-rate * scale)
            return m[0]

        """;

    private static readonly Lazy<jit.CompilationUnit> Unit = new(() =>
    {
        Native.NativeTorch.Load();
        return jit.compile(Fused + Loops);
    });

    /// <summary>Runs one of the functions above.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="arguments">Tensors, arrays of tensors in the same order each, integers and numbers.</param>
    public static void Run(string function, params object[] arguments)
    {
        // Numbers that live until the call is over: see Scalars.
        object[] kept = [.. arguments.Select(argument => argument is double number ? (Scalar)number : argument)];
        ((Tensor)Unit.Value.invoke(function, kept)).Dispose();
        foreach (Scalar number in kept.OfType<Scalar>())
            number.Dispose();
    }
}
