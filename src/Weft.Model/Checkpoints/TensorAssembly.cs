using Weft.Model.Architectures;
using Weft.Model.Quantization;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints;

/// <summary>A model's parameters put together to the tensors of a file; one tensor at a time is in memory.</summary>
/// <param name="spec">The model.</param>
/// <param name="locate">Where a parameter lies in the file.</param>
/// <param name="read">Gives a parameter's elements in the specification's layout.</param>
internal sealed class TensorAssembly(ModelSpec spec, Func<ParameterSpec, WeightLocation> locate, Func<ParameterSpec, float[]> read)
{
    /// <summary>The type of a tensor of these parameters; fp32 unless told otherwise.</summary>
    public Func<IReadOnlyList<ParameterSpec>, ElementType> TypeOf { get; init; } = _ => ElementType.F32;

    /// <summary>The tensor whose bytes already are those of parameters at their locations in a type; null where they have to be made.</summary>
    public Func<ParameterSpec, WeightLocation, ElementType, TensorView?> Stored { get; init; } = (_, _, _) => null;

    /// <summary>What errors in the columns of matrices count where they are quantized; null where that is not known.</summary>
    public ImportanceMatrix? Importance { get; init; }

    /// <summary>Ends the encoding of a tensor.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>The type of the token embedding, which stands for that of the model.</summary>
    public ElementType MainType => TypeOf([ModelParameters.Enumerate(spec).First()]);

    /// <summary>The tensors in the order of the forward pass.</summary>
    public IEnumerable<TensorSource> Tensors() => ModelParameters.Enumerate(spec)
        .Select(parameter => (Parameter: parameter, Location: locate(parameter)))
        .GroupBy(part => part.Location.Name)
        .Select(parts => Source([.. parts]));

    private TensorSource Source((ParameterSpec Parameter, WeightLocation Location)[] parts)
    {
        IReadOnlyList<long> shape = Checkpoint.StoredShape(parts[0].Parameter, parts[0].Location);
        ElementType type = TypeOf([.. parts.Select(part => part.Parameter)]);
        return new(parts[0].Location.Name, type, shape, stream =>
        {
            float[] stored = parts is [(var only, { IsPlain: true })] ? ReadChecked(only) : Gather(parts, shape);
            if (!type.IsBlockQuantized())
                FloatEncoding.Write(stream, type, stored);
            else if (Stored(parts[0].Parameter, parts[0].Location, type) is { } view)
                BlockEncoding.Copy(stream, view);
            else
                WriteBlocks(stream, type, stored, Importance?.Of(parts) ?? [], (int)shape[^1]);
        });
    }

    /// <summary>Each of the matrices that a tensor holds has columns with an importance of their own.</summary>
    private void WriteBlocks(Stream stream, ElementType type, ReadOnlyMemory<float> stored, ReadOnlyMemory<float> importance, int inputs)
    {
        int matrices = Math.Max(1, importance.Length / inputs), size = stored.Length / matrices;
        for (int matrix = 0; matrix < matrices; matrix++)
            BlockEncoding.Write(stream, type, stored.Slice(matrix * size, size), importance.IsEmpty ? importance : importance.Slice(matrix * inputs, inputs), Cancellation);
    }

    private float[] Gather((ParameterSpec Parameter, WeightLocation Location)[] parts, IReadOnlyList<long> shape)
    {
        float[] stored = new float[shape.Aggregate(1L, (product, size) => product * size)];
        foreach ((ParameterSpec parameter, WeightLocation location) in parts)
        {
            float[] values = ReadChecked(parameter);
            if (location.AddsOne)
                foreach (ref float value in values.AsSpan())
                    value += 1;
            int rows = (int)parameter.Shape[0], columns = values.Length / rows;
            if (!location.Transposed)
                for (int r = 0; r < rows; r++)
                    values.AsSpan(r * columns, columns).CopyTo(stored.AsSpan((int)(location.StoredRow(r, rows) * columns)));
            else
                for (int r = 0; r < rows; r++)
                    for (int c = 0; c < columns; c++)
                        stored[(c * shape[1]) + location.RowOffset + r] = values[(r * columns) + c];
        }
        return stored;
    }

    private float[] ReadChecked(ParameterSpec parameter)
    {
        float[] values = read(parameter);
        return values.Length == parameter.Count
            ? values
            : throw new ArgumentException($"parameter '{parameter.Name}' has {values.Length} elements instead of {parameter.Count}");
    }
}
