using static TorchSharp.torch;

namespace Weft.Training.Optimizers;

/// <summary>Updates the parameters that it was made for, from the gradients that they hold.</summary>
internal interface IOptimizer : IDisposable
{
    /// <summary>What a checkpoint keeps beside the number of steps.</summary>
    IEnumerable<(string Name, Tensor Value)> State { get; }

    /// <summary>One update; gradients are left as they are.</summary>
    void Step(double learningRate);

    /// <summary>Tells how many updates the loaded state has seen.</summary>
    void SetStep(int step);
}
