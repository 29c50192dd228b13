using Weft.Training.Kernels;

using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Weft.Training.Modules;

/// <summary>
/// Activation checkpointing (Chen et al. 2016, arXiv:1604.06174): a function whose inside is not kept for the backward pass but computed once
/// more there. It must give the same values each time.
/// </summary>
internal sealed class Recomputation : SingleTensorFunction<Recomputation>
{
    private const string FunctionKey = "function";

    public override string Name => nameof(Recomputation);

    /// <summary>
    /// function(inputs), and on the way back the gradients of those inputs that have one, and of whatever parameters the function reads.
    /// </summary>
    /// <param name="function">Reads all that it differentiates, but for parameters, from its argument.</param>
    /// <param name="inputs">Passed to it in the same order.</param>
    public static Tensor Apply(Func<Tensor?[], Tensor> function, params Tensor?[] inputs)
    {
        // Autograd follows inputs alone. Where none of them has a gradient the parameters inside may still want theirs: this one asks for it.
        using Tensor anchor = zeros(0, device: inputs[0]!.device, requires_grad: true);
        return apply([anchor, function, .. inputs]);
    }

    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var function = (Func<Tensor?[], Tensor>)vars[1];
        Tensor?[] inputs = [.. vars[2..].Select(input => (Tensor?)input)];
        ctx.save_data(FunctionKey, function);
        ctx.save_for_backward([.. inputs.Select(input => input!)]); // a null is kept as such
        return function(inputs);
    }

    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        var function = (Func<Tensor?[], Tensor>)ctx.get_data(FunctionKey);
        Tensor?[] inputs = [.. ctx.get_saved_variables().Select(saved => (Tensor?)saved?.detach().requires_grad_(saved.requires_grad))];
        using (enable_grad())
        {
            Tensor output = function(inputs);
            if (output.requires_grad)
                output.backward([grad_output]);
        }
        // Torch has a reference of its own; on other devices this runs on a thread of torch's, where no scope would end this one.
        grad_output.Dispose();
        // No gradient for the anchor and the function.
        return [null!, null!, .. GivenGradients.Give([.. inputs.Select(input => input?.grad)])];
    }
}
