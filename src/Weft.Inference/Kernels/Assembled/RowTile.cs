using System.Collections.Immutable;
using Iced.Intel;
using Weft.Inference.Kernels.Panels;
using Weft.Model.Checkpoints;
using static Iced.Intel.AssemblerRegisters;
using static Weft.Inference.Kernels.Assembled.KernelAssembler;

namespace Weft.Inference.Kernels.Assembled;

/// <summary>
/// Rows, one after the other, by one or two panels as they lie. F32: products in fp32. F16: the same, with weights that the processor's own instruction widens as
/// they are read. BF16: rows in bf16 too, with AVX512-BF16, which adds the products of two neighbouring inputs to a sum in fp32. In fp32, sums are those of
/// <see cref="FloatTile{TLanes, TVector}"/> to the bit.
/// </summary>
/// <param name="rows">1 to <see cref="RowPacking.TileRows"/>.</param>
/// <param name="type">Of the panels.</param>
/// <param name="panels">1 or 2.</param>
internal sealed class RowTile(int rows, ElementType type, int panels)
{
    /// <summary>How far ahead weights are fetched, in bytes, for so few rows that reading them takes the time.</summary>
    private const int Ahead = 4096, RowsThatWait = 4;

    /// <summary>
    /// How many panels are best read together: memory delivers one stream faster than two, but fp16, of whose inputs twice as many come in the same time, waits
    /// for its sums unless there are several.
    /// </summary>
    public static int PanelsOf(int rows, ElementType type) => rows <= RowsThatWait && type != ElementType.F16 ? 1 : 2;

    /// <summary>Rows whose addresses one register serves: the others lie one and two steps behind.</summary>
    private const int RowsOfBase = 3;

    private const int Weights = 2 * RowPacking.TileRows, Inputs = Weights + 4;

    private static readonly ImmutableArray<AssemblerRegister64> Bases = [r9, rcx, rsi, rdi];

    private readonly Assembler _c = new(64);

    /// <summary>Bytes of the weights of a vector, of one input or, in bf16, of two.</summary>
    private int WeightBytes => type == ElementType.F16 ? 32 : 64;

    /// <summary>Writes the kernel. A step is an input of 32 bits, or two in bf16.</summary>
    public Assembler Write()
    {
        Label loop = _c.CreateLabel(), last = _c.CreateLabel(), end = _c.CreateLabel();
        Begin(_c);
        _c.lea(rcx, __[rdx + (rdx * 2)]);
        _c.lea(rsi, __[r9 + (rcx * 2)]);
        _c.lea(rdi, __[rsi + rcx]);
        _c.add(rcx, r9);
        for (int i = 0; i < panels * rows; i++)
            _c.vpxord(Z[i], Z[i], Z[i]);
        _c.sub(r11, 2);
        _c.jl(last);
        _c.Label(ref loop);
        MultiplyAdd(0);
        MultiplyAdd(1);
        _c.add(r8, 2 * WeightBytes);
        if (panels == 2)
            _c.add(rax, 2 * WeightBytes);
        for (int m = 0; m < rows; m += RowsOfBase)
            _c.add(Bases[m / RowsOfBase], 2 * sizeof(float));
        _c.sub(r11, 2);
        _c.jge(loop);
        _c.Label(ref last);
        _c.test(r11, 1);
        _c.je(end);
        MultiplyAdd(0);
        _c.Label(ref end);
        End(_c, rows, panels, first: 0);
        return _c;
    }

    private void MultiplyAdd(int step)
    {
        AssemblerRegisterZMM first = Z[Weights + (2 * step)], second = Z[Weights + (2 * step) + 1];
        Load(first, r8, step);
        if (panels == 2)
            Load(second, rax, step);
        for (int m = 0; m < rows; m++)
        {
            AssemblerRegisterZMM input = Z[Inputs + (m % 4)];
            _c.vbroadcastss(input, Row(m, sizeof(float) * step));
            for (int panel = 0; panel < panels; panel++)
            {
                if (type == ElementType.BF16)
                    _c.vdpbf16ps(Z[(panels * m) + panel], panel == 0 ? first : second, input);
                else
                    _c.vfmadd231ps(Z[(panels * m) + panel], panel == 0 ? first : second, input);
            }
        }
    }

    private void Load(AssemblerRegisterZMM weights, AssemblerRegister64 panel, int step)
    {
        if (rows <= RowsThatWait && WeightBytes * step % 64 == 0)
            _c.prefetcht0(__byte_ptr[panel + Ahead + (WeightBytes * step)]);
        if (type == ElementType.F16)
            _c.vcvtph2ps(weights, __ymmword_ptr[panel + (WeightBytes * step)]);
        else
            _c.vmovups(weights, __zmmword_ptr[panel + (WeightBytes * step)]);
    }

    private static AssemblerMemoryOperand Row(int row, int offset)
    {
        AssemblerRegister64 first = Bases[row / RowsOfBase];
        return (row % RowsOfBase) switch
        {
            0 => __dword_ptr[first + offset],
            1 => __dword_ptr[first + rdx + offset],
            _ => __dword_ptr[first + (rdx * 2) + offset],
        };
    }
}
