using System.Collections.Immutable;
using System.Numerics.Tensors;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;

namespace Weft.Inference.Weights;

/// <summary>
/// The model's parameters as fp32 in the specification's layout. What lies so in the checkpoint is used in the mapped file; what is
/// stored narrower, transposed or together with others is copied once.
/// </summary>
internal sealed unsafe class WeightStore : IDisposable
{
    private readonly Checkpoint _model;
    private readonly Dictionary<string, ParameterSpec> _parameters;
    private readonly List<AlignedBuffer> _copies = [];

    /// <param name="model">Disposed with this store, since weights point into its file.</param>
    public WeightStore(Checkpoint model)
    {
        _model = model;
        _parameters = ModelParameters.Enumerate(model.Spec).ToDictionary(parameter => parameter.Name);
    }

    /// <summary>Bytes of all parameters that were loaded.</summary>
    public long ByteCount { get; private set; }

    /// <summary>Sizes of a parameter, slowest dimension first.</summary>
    public ImmutableArray<long> Shape(string name) => _parameters[name].Shape;

    /// <summary>First element of a parameter; valid until this store is disposed.</summary>
    public float* Load(string name)
    {
        ParameterSpec parameter = _parameters[name];
        ByteCount += parameter.Count * sizeof(float);
        if (_model.TryMap(parameter, out TensorView view) && view.Type == ElementType.F32)
            return (float*)view.Address;
        var copy = new AlignedBuffer(parameter.Count, $"parameter '{name}'");
        _model.Read(parameter, copy.Span);
        _copies.Add(copy);
        return copy.Pointer;
    }

    /// <summary>A copy of a parameter with one added to each of its numbers.</summary>
    public float* LoadPlusOne(string name)
    {
        ParameterSpec parameter = _parameters[name];
        ByteCount += parameter.Count * sizeof(float);
        var copy = new AlignedBuffer(parameter.Count, $"parameter '{name}'");
        _model.Read(parameter, copy.Span);
        TensorPrimitives.Add(copy.Span, 1, copy.Span);
        _copies.Add(copy);
        return copy.Pointer;
    }

    public void Dispose()
    {
        _model.Dispose();
        _copies.Clear();
    }
}
