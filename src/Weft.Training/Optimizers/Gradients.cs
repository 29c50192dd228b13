using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Optimizers;

/// <summary>What is done with all gradients together.</summary>
internal static class Gradients
{
    /// <summary>Scales the gradients down where their norm is greater than <paramref name="most"/> (Pascanu et al. 2012, arXiv:1211.5063).</summary>
    /// <returns>The norm before.</returns>
    public static double Clip(IReadOnlyList<TrainableParameter> parameters, double most) =>
        nn.utils.clip_grad_norm_(parameters.Select(parameter => parameter.Tensor), most);

    /// <summary>Frees them.</summary>
    public static void Clear(IReadOnlyList<TrainableParameter> parameters)
    {
        foreach (TrainableParameter parameter in parameters)
        {
            parameter.Tensor.grad?.Dispose();
            parameter.Tensor.grad = null;
        }
    }
}
