using Weft.Model.Spec;
using Weft.Training.Modules;

namespace Weft.Parity.Tests;

/// <summary>
/// Weights with which every part of a model shows in its logits. Those at initialisation would hide errors: gains of one, biases of
/// zero, and matrices so small that each position attends to all others alike.
/// </summary>
internal static class RandomWeights
{
    /// <summary>A model of random weights.</summary>
    public static TrainableModel Model(ModelSpec spec)
    {
        var model = new TrainableModel(spec, seed: 3);
        // Models so small gain nothing from a second thread, and waiting for it costs seconds on a machine that does other work too.
        TorchSharp.torch.set_num_threads(1);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(spec))
            model.Write(parameter, Draw(parameter));
        return model;
    }

    /// <summary>Different numbers for each parameter, the same on every call.</summary>
    public static float[] Draw(ParameterSpec parameter)
    {
        var random = new Random(StableSeed(parameter.Name));
        bool gain = parameter.Part == "norm" && parameter.Name.EndsWith(".weight", StringComparison.Ordinal);
        // Projections keep the size of what they read, so that nothing dies out or explodes on the way.
        double scale = parameter.Shape.Length == 2 && parameter.Part != "embedding" ? 1.5 / Math.Sqrt(parameter.Shape[1]) : 0.5;
        return [.. Enumerable.Range(0, (int)parameter.Count).Select(_ => (float)((gain ? 1 : 0) + (scale * ((2 * random.NextDouble()) - 1))))];
    }

    private static int StableSeed(string name) => name.Aggregate(17, (seed, c) => unchecked((seed * 31) + c));
}
