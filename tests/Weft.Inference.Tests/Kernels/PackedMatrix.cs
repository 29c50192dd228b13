using Weft.Inference.Kernels;
using Weft.Inference.Kernels.Panels;
using Weft.Inference.Weights;
using Weft.Model.Checkpoints;
using Weft.Model.Quantization;

namespace Weft.Inference.Tests.Kernels;

// O outputs, I inputs.

/// <summary>A matrix in panels, made of rows as a checkpoint has them.</summary>
internal sealed unsafe class PackedMatrix
{
    private readonly AlignedBuffer _panels;
    private readonly ElementType _type;
    private readonly int _outputs, _inputs;

    /// <param name="type">Of the rows.</param>
    /// <param name="rows">[O, I], or their blocks.</param>
    /// <param name="outputs">O.</param>
    /// <param name="inputs">I.</param>
    public PackedMatrix(ElementType type, ReadOnlySpan<byte> rows, int outputs, int inputs)
    {
        (_type, _outputs, _inputs) = (type, outputs, inputs);
        long bytes = PanelLayout.Of(type).PanelBytes(inputs), rowBytes = type.ByteCount(inputs);
        Assert.Equal(rowBytes * outputs, rows.Length);
        _panels = new(bytes * PanelLayout.Panels(outputs) / sizeof(float), "a test");
        fixed (byte* first = rows)
            for (int o = 0; o < outputs; o++)
                PanelPacking.PackRow(type, first + (o * rowBytes), inputs, Panels + (o / PanelLayout.Width * bytes), o % PanelLayout.Width);
    }

    /// <summary>The first panel.</summary>
    public byte* Panels => (byte*)_panels.Pointer;

    /// <summary>The product into an output.</summary>
    public Projection Into(float* output, Arithmetic arithmetic) => new()
    {
        Panels = Panels,
        PanelBytes = PanelLayout.Of(_type).PanelBytes(_inputs),
        Type = _type,
        Arithmetic = arithmetic,
        Output = output,
        Outputs = _outputs,
    };

    /// <summary>A matrix of fp32 numbers.</summary>
    public static PackedMatrix Of(float[] values, int inputs) =>
        new(ElementType.F32, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()), values.Length / inputs, inputs);
}
