using Weft.Training.Kernels;

using static TorchSharp.torch;

namespace Weft.Training.Adapters;

/// <summary>
/// x·Wᵀ + b of a frozen W in 4 bits. Nothing is kept for the backward pass but W as it is: its gradient is not wanted, and that of x needs W alone, widened once more.
/// Legend: N tokens, I inputs, O outputs.
/// </summary>
internal sealed class FourBitProduct : autograd.SingleTensorFunction<FourBitProduct>
{
    private const string WeightKey = "weight";

    public override string Name => nameof(FourBitProduct);

    /// <summary>[N, I] to [N, O], in the type of <paramref name="x"/>.</summary>
    public static Tensor Apply(Tensor x, FourBitWeight weight, Tensor? bias) => apply(x, weight, bias!);

    public override Tensor forward(autograd.AutogradContext context, params object[] vars)
    {
        using var scope = NewDisposeScope();
        (var x, var weight, var bias) = ((Tensor)vars[0], (FourBitWeight)vars[1], (Tensor?)vars[2]);
        context.save_data(WeightKey, weight);
        return nn.functional.linear(x, weight.Widen(x.dtype), bias).MoveToOuterDisposeScope();
    }

    public override List<Tensor?> backward(autograd.AutogradContext context, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        Tensor ofX = gradient.mm(((FourBitWeight)context.get_data(WeightKey)).Widen(gradient.dtype));
        // Torch's own reference ends with the call, this one would end with the pass.
        gradient.Dispose();
        return [.. GivenGradients.Give(ofX), null, null];
    }
}
