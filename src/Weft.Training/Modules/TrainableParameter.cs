using System.Collections.Immutable;

using TorchSharp;
using TorchSharp.Modules;

using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>
/// One fp32 master tensor, or a frozen one in whatever type it is used in. Projections that read the same input (query, key and value; gate and up) are rows of one
/// tensor, since one large matrix product is faster than several small ones.
/// </summary>
internal sealed class TrainableParameter(string name, Parameter tensor, ImmutableArray<ParameterSpec> parts) : IParameterRows
{
    /// <summary>Name of the first part, by which the optimizer's state is saved.</summary>
    public string Name { get; } = name;

    /// <summary>The values, [sum of rows, ...].</summary>
    public Parameter Tensor { get; } = tensor;

    /// <summary>The specification's parameters, in row order.</summary>
    public ImmutableArray<ParameterSpec> Parts { get; } = parts;

    /// <inheritdoc/>
    public IEnumerable<Tensor> Kept => [Tensor];

    /// <summary>Weight decay applies to matrices, not to gains and biases.</summary>
    public bool Decays => Tensor.dim() >= 2;

    /// <summary>The rows of one part, a view.</summary>
    public Tensor Rows(int part) => Tensor.narrow(0, Parts.Take(part).Sum(before => before.Shape[0]), Parts[part].Shape[0]);

    /// <inheritdoc/>
    public float[] ReadRows(int part)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return Rows(part).to(ScalarType.Float32).contiguous().cpu().data<float>().ToArray();
    }

    /// <inheritdoc/>
    public void WriteRows(int part, float[] values)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Rows(part).copy_(torch.tensor(values, Parts[part].Shape.ToArray(), device: CPU));
    }

    /// <inheritdoc/>
    public void Dispose() => Tensor.Dispose();
}
