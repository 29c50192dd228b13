using System.Collections.Immutable;

using Weft.Model.Spec;
using Weft.Training.Modules;
using Weft.Training.Optimizers;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Optimizers;

/// <summary>
/// A few parameters of every kind that optimizers tell apart, without a model: a table of embeddings, a matrix of two parts, a tall matrix and a
/// vector, with gradients that differ from step to step.
/// </summary>
internal sealed class SampleParameters : IDisposable
{
    public const string Embedding = "embedding.tokens.weight", Query = "blocks.0.attention.query.weight", Key = "blocks.0.attention.key.weight",
        Up = "blocks.0.feed_forward.up.weight", Gain = "blocks.0.attention_norm.weight";

    public SampleParameters()
    {
        Training.Native.NativeTorch.Load();
        All =
        [
            Make(new ParameterSpec(Embedding, [9, 5], "embedding")),
            Make(new ParameterSpec(Query, [6, 5], "attention"), new ParameterSpec(Key, [3, 5], "attention")),
            Make(new ParameterSpec(Up, [11, 5], "feed-forward")),
            Make(new ParameterSpec(Gain, [5], "norm")),
        ];
    }

    public IReadOnlyList<TrainableParameter> All { get; }

    public TrainableParameter this[string name] => All.Single(parameter => parameter.Name == name);

    public static TrainableParameter Single(string name, Tensor values, string part = "attention") => new(name,
        new TorchSharp.Modules.Parameter(values.clone().DetachFromDisposeScope(), requires_grad: true), [new ParameterSpec(name, [.. values.shape], part)]);

    /// <summary>Gradients of one step, in fp64 too.</summary>
    public void SetGradients(int step)
    {
        foreach (TrainableParameter parameter in All)
            parameter.Tensor.grad = tensor(Gradient(parameter.Name, step, (int)parameter.Tensor.numel()).Select(g => (float)g).ToArray(), parameter.Tensor.shape);
    }

    public static double[] Gradient(string name, int step, int count) =>
        [.. Enumerable.Range(0, count).Select(i => (double)(float)(Math.Sin((i * 0.37) + (step * 1.7) + name.Length) * (0.2 + (0.1 * (i % 7)))))];

    public static double[] Values(Tensor tensor) => [.. tensor.detach().contiguous().data<float>().ToArray().Select(value => (double)value)];

    /// <summary>One optimizer over these for some steps.</summary>
    public void Train(IOptimizer optimizer, int first, int count, double rate)
    {
        for (int step = first; step < first + count; step++)
        {
            using var scope = NewDisposeScope();
            SetGradients(step);
            optimizer.Step(rate);
            Gradients.Clear(All);
        }
    }

    public void Dispose()
    {
        foreach (TrainableParameter parameter in All)
            parameter.Tensor.Dispose();
    }

    private static TrainableParameter Make(params ImmutableArray<ParameterSpec> parts)
    {
        long[] shape = [parts.Sum(part => part.Shape[0]), .. parts[0].Shape.AsSpan()[1..]];
        float[] values = [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(i => (float)(0.5 * Math.Cos((i * 0.61) + parts[0].Name.Length)))];
        return new(parts[0].Name, new TorchSharp.Modules.Parameter(tensor(values, shape).DetachFromDisposeScope(), requires_grad: true), parts);
    }
}
