using System.Collections.Immutable;

using TorchSharp.Modules;

using Weft.Model.Spec;

namespace Weft.Training.Modules;

/// <summary>
/// One fp32 master tensor. Projections that read the same input (query, key and value; gate and up) are rows of one tensor, since one
/// large matrix product is faster than several small ones.
/// </summary>
internal sealed class TrainableParameter(string name, Parameter tensor, ImmutableArray<ParameterSpec> parts)
{
    /// <summary>Name of the first part, by which the optimizer's state is saved.</summary>
    public string Name { get; } = name;

    /// <summary>The values, [sum of rows, ...].</summary>
    public Parameter Tensor { get; } = tensor;

    /// <summary>The specification's parameters, in row order.</summary>
    public ImmutableArray<ParameterSpec> Parts { get; } = parts;

    /// <summary>Weight decay applies to matrices, not to gains and biases.</summary>
    public bool Decays => Tensor.dim() >= 2;
}
