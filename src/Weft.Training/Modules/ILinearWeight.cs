using System.Collections.Immutable;

using TorchSharp.Modules;

using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>The matrix of a linear layer, however it is kept. Legend: N tokens, I inputs, O outputs.</summary>
internal interface ILinearWeight
{
    /// <summary>The projections whose rows it has, in their order.</summary>
    ImmutableArray<ParameterSpec> Parts { get; }

    /// <summary>x·Wᵀ + bias, [..., I] to [..., O], computed in the type of <paramref name="x"/>.</summary>
    Tensor Project(Tensor x, Tensor? bias);

    /// <summary>One projection's rows in a type, [rows, I].</summary>
    Tensor Rows(int part, ScalarType type);
}

/// <summary>A matrix that is a tensor.</summary>
internal sealed class DenseWeight(TrainableParameter parameter) : ILinearWeight
{
    private readonly Parameter _tensor = parameter.Tensor;

    /// <inheritdoc/>
    public ImmutableArray<ParameterSpec> Parts => parameter.Parts;

    /// <inheritdoc/>
    public Tensor Project(Tensor x, Tensor? bias) => nn.functional.linear(x, _tensor.to(x.dtype), bias);

    /// <inheritdoc/>
    public Tensor Rows(int part, ScalarType type) => parameter.Rows(part).to(type);
}
