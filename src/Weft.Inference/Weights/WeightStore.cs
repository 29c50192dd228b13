using System.Collections.Immutable;
using System.Numerics.Tensors;
using Weft.Inference.Kernels;
using Weft.Inference.Kernels.Assembled;
using Weft.Inference.Kernels.Panels;
using Weft.Inference.Threading;
using Weft.Model.Checkpoints;
using Weft.Model.Quantization;
using Weft.Model.Spec;

namespace Weft.Inference.Weights;

/// <summary>
/// The model's parameters as the engine computes with them: matrices packed in panels of their own element type, whose pages of the mapped file are given
/// back as soon as they are packed; tables looked up in the file; vectors in fp32.
/// </summary>
internal sealed unsafe class WeightStore : IDisposable
{
    private readonly Checkpoint _model;
    private readonly Team _team;
    private readonly bool _exact;
    private readonly Dictionary<string, ParameterSpec> _parameters;
    private readonly WeightArena _arena;
    private readonly List<AlignedBuffer> _copies = [];
    private readonly Dictionary<string, long> _bytes = [];
    private readonly Dictionary<ElementType, long> _packed = [];
    private readonly long _total;
    private nint[] _rows = [];

    /// <param name="model">Disposed with this store, since weights point into its file.</param>
    /// <param name="team">Packs.</param>
    /// <param name="exact">Products are computed in fp32, whatever the type of the weights.</param>
    public WeightStore(Checkpoint model, Team team, bool exact)
    {
        _model = model;
        _team = team;
        _exact = exact;
        _parameters = ModelParameters.Enumerate(model.Spec).ToDictionary(parameter => parameter.Name);
        _total = EngineMemory.WeightBytes(model);
        _arena = new(_total);
    }

    /// <summary>Told after each parameter.</summary>
    public IProgress<LoadProgress>? Progress { private get; init; }

    /// <summary>Bytes of all parameters that were loaded; of one that is used in two ways, those of the larger.</summary>
    public long ByteCount { get; private set; }

    /// <summary>The type that most bytes of matrices are packed in.</summary>
    public ElementType PackedType => _packed.MaxBy(pair => pair.Value).Key;

    /// <summary>A matrix that was loaded is multiplied with inputs that are rounded.</summary>
    public bool RoundsInputs { get; private set; }

    /// <summary>Sizes of a parameter, slowest dimension first.</summary>
    public ImmutableArray<long> Shape(string name) => _parameters[name].Shape;

    /// <summary>First element of a vector or small table in fp32; valid until this store is disposed.</summary>
    public float* Load(string name)
    {
        ParameterSpec parameter = _parameters[name];
        Count(name, parameter.Count * sizeof(float));
        return Copy(parameter).Pointer;
    }

    /// <summary>A copy of a parameter with one added to each of its numbers.</summary>
    public float* LoadPlusOne(string name)
    {
        ParameterSpec parameter = _parameters[name];
        Count(name, parameter.Count * sizeof(float));
        AlignedBuffer copy = Copy(parameter);
        TensorPrimitives.Add(copy.Span, 1, copy.Span);
        return copy.Pointer;
    }

    /// <summary>A table whose rows are looked up.</summary>
    public RowTable LoadRows(string name)
    {
        ParameterSpec parameter = _parameters[name];
        if (_model.TryMapRows(parameter, out TensorRows rows))
        {
            Count(name, rows.RowBytes * parameter.Shape[0]);
            return new(rows);
        }
        Count(name, parameter.Count * sizeof(float));
        return new(Copy(parameter).Pointer);
    }

    /// <summary>A matrix that inputs are multiplied with.</summary>
    public WeightMatrix LoadMatrix(string name)
    {
        ParameterSpec parameter = _parameters[name];
        (int outputs, int inputs) = (checked((int)parameter.Shape[0]), checked((int)parameter.Shape[1]));
        ElementType type = TypeOf(_model, parameter, out TensorRows mapped, out bool isMapped);
        if (_rows.Length < outputs)
            _rows = new nint[outputs];
        // The addresses of rows in the type of the panels.
        Span<nint> rows = _rows.AsSpan(0, outputs);
        AlignedBuffer? converted = null;
        for (int row = 0; isMapped && row < outputs; row++)
            rows[row] = (nint)mapped.Address(row);
        if (!isMapped)
        {
            converted = new(parameter.Count, $"parameter '{name}'");
            _model.Read(parameter, converted.Span);
            type = Narrow(converted, rows, inputs, type);
        }
        bool narrows = type == ElementType.F16 && Narrows(rows, inputs);
        if (narrows)
            type = ElementType.BF16;
        PanelLayout layout = PanelLayout.Of(type);
        long bytes = layout.PanelBytes(inputs) * PanelLayout.Panels(outputs);
        byte* panels = _arena.Allocate(bytes);
        fixed (nint* first = rows)
        {
            var work = new PackingWork { Type = type, Narrows = narrows, Rows = (byte**)first, Outputs = outputs, Inputs = inputs, Panels = panels, PanelBytes = layout.PanelBytes(inputs) };
            _team.Run(ref work, PanelLayout.Panels(outputs));
        }
        if (converted is null)
            WeightArena.Drop(mapped.View.Address, mapped.View.ByteCount);
        GC.KeepAlive(converted);
        Count(name, bytes);
        _team.Observer?.Add((nint)panels, name, inputs);
        _packed[type] = _packed.GetValueOrDefault(type) + bytes;
        Arithmetic arithmetic = ArithmeticOf(type);
        RoundsInputs |= arithmetic != Arithmetic.Float32;
        return new(type, arithmetic, outputs, inputs, panels);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Dispose();
        _copies.Clear();
        _arena.Dispose();
    }

    /// <summary>
    /// The type that a matrix is packed in: its own, or one that holds its numbers. What is not in the file as rows of that type is made of its numbers in fp32,
    /// and packed so where the type cannot hold them.
    /// </summary>
    internal static ElementType TypeOf(Checkpoint model, ParameterSpec parameter, out TensorRows rows, out bool isMapped)
    {
        ElementType type = PanelLayout.StoredType(model.SourceType(parameter));
        isMapped = model.TryMapRows(parameter, out rows) && rows.Type == type;
        return !isMapped && type.IsBlockQuantized() ? ElementType.F32 : type;
    }

    /// <summary>Rows in fp32 as those of a narrower type, in the same memory, where that changes no number; else as they are.</summary>
    private static ElementType Narrow(AlignedBuffer values, Span<nint> rows, int inputs, ElementType type)
    {
        bool fits = type is ElementType.BF16 or ElementType.F16;
        for (int i = 0; fits && i < values.Count; i++)
            fits = type == ElementType.F16 ? (float)(Half)values.Pointer[i] == values.Pointer[i] : BitConverter.SingleToUInt32Bits(values.Pointer[i]) << 16 == 0;
        int size = fits ? sizeof(ushort) : sizeof(float);
        for (int row = 0; row < rows.Length; row++)
            rows[row] = (nint)values.Pointer + ((nint)row * inputs * size);
        if (fits)
            for (int i = 0; i < values.Count; i++)
                ((ushort*)values.Pointer)[i] = type == ElementType.F16
                    ? BitConverter.HalfToUInt16Bits((Half)values.Pointer[i]) : (ushort)(BitConverter.SingleToUInt32Bits(values.Pointer[i]) >> 16);
        return fits ? type : ElementType.F32;
    }

    /// <summary>Whether numbers in fp16 may be packed as bf16, which processors multiply at twice the speed: where that loses nothing, and takes no more memory.</summary>
    private bool Narrows(ReadOnlySpan<nint> rows, int inputs)
    {
        if (_exact || AssembledKernels.Row(1, ElementType.BF16) == 0 || PanelLayout.Of(ElementType.BF16).PanelBytes(inputs) != PanelLayout.Of(ElementType.F16).PanelBytes(inputs))
            return false;
        int found = 0;
        fixed (nint* first = rows)
        {
            var check = new HalfRows.Check { Rows = (byte**)first, RowCount = rows.Length, Inputs = inputs, Found = &found };
            _team.Run(ref check, check.Items);
        }
        return found == 0;
    }

    private Arithmetic ArithmeticOf(ElementType type) => type switch
    {
        _ when _exact => Arithmetic.Float32,
        ElementType.BF16 when AssembledKernels.Row(1, ElementType.BF16) != 0 => Arithmetic.BFloat16,
        _ => type.IsBlockQuantized() ? Arithmetic.Codes : Arithmetic.Float32,
    };

    /// <summary>All parameters are there, whatever was expected of them.</summary>
    public void Complete()
    {
        // Reading a small vector can map megabytes around it, where the system keeps files in large pieces.
        foreach (ParameterSpec parameter in _parameters.Values)
            if (_model.TryMap(parameter, out TensorView view))
                WeightArena.Drop(view.Address, view.ByteCount);
        Progress?.Report(new(ByteCount, ByteCount));
    }

    private void Count(string name, long bytes)
    {
        long before = _bytes.GetValueOrDefault(name);
        if (bytes <= before)
            return;
        _bytes[name] = bytes;
        ByteCount += bytes - before;
        Progress?.Report(new(Math.Min(ByteCount, _total), _total));
    }

    private AlignedBuffer Copy(ParameterSpec parameter)
    {
        var copy = new AlignedBuffer(parameter.Count, $"parameter '{parameter.Name}'");
        _model.Read(parameter, copy.Span);
        _copies.Add(copy);
        return copy;
    }

    /// <summary>An item is a panel.</summary>
    private struct PackingWork : IWork
    {
        public ElementType Type;

        /// <summary>Rows in fp16 become bf16.</summary>
        public bool Narrows;

        public byte** Rows;
        public int Outputs, Inputs;
        public byte* Panels;
        public long PanelBytes;

        public readonly void Run(int item)
        {
            int first = item * PanelLayout.Width, count = Math.Min(PanelLayout.Width, Outputs - first);
            for (int lane = 0; Narrows && lane < count; lane++)
                HalfRows.PackBFloat16((ushort*)Rows[first + lane], Inputs, Panels + (item * (nint)PanelBytes), lane);
            for (int lane = 0; !Narrows && lane < count; lane++)
                PanelPacking.PackRow(Type, Rows[first + lane], Inputs, Panels + (item * (nint)PanelBytes), lane);
        }
    }
}
