using System.Collections.Immutable;

using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>Where the numbers of one or several parameters are kept, those of one behind those of the other.</summary>
internal interface IParameterRows : IDisposable
{
    /// <summary>The parameters, in row order.</summary>
    ImmutableArray<ParameterSpec> Parts { get; }

    /// <summary>The tensors that they are kept in.</summary>
    IEnumerable<Tensor> Kept { get; }

    /// <summary>Present values of one of them, in the specification's layout.</summary>
    float[] ReadRows(int part);

    /// <summary>Sets them.</summary>
    void WriteRows(int part, float[] values);
}
