using System.Collections.Immutable;
using Iced.Intel;
using Weft.Inference.Kernels.Panels;
using static Iced.Intel.AssemblerRegisters;
using static Weft.Inference.Kernels.Assembled.KernelAssembler;

namespace Weft.Inference.Kernels.Assembled;

/// <summary>
/// Rows in bf16, one after the other, by two panels of bf16 with AVX512-BF16. A step is two pairs of neighbouring inputs; vdpbf16ps adds the two products of a pair to a sum in fp32.
/// </summary>
internal static class BFloat16Tile
{
    /// <summary>Pairs of inputs of a step.</summary>
    public const int PairsOfStep = 2;

    /// <summary>How far ahead weights are fetched, in bytes, for so few rows that reading them takes the time.</summary>
    private const int Ahead = 8192, RowsThatWait = 4;

    /// <summary>Registers that point at every third row; the others lie one and two steps behind.</summary>
    private static readonly ImmutableArray<AssemblerRegister64> Bases = [r9, rcx, rsi, rdi];

    private const int RowsOfBase = 3;

    private const int Weights = 2 * RowPacking.BFloat16TileRows, Inputs = Weights + 4;

    /// <summary>Writes the kernel for so many rows.</summary>
    /// <param name="rows">1 to <see cref="RowPacking.BFloat16TileRows"/>.</param>
    public static Assembler Write(int rows)
    {
        var c = new Assembler(64);
        Label loop = c.CreateLabel();
        Begin(c);
        c.lea(rcx, __[rdx + (rdx * 2)]);
        c.lea(rsi, __[r9 + (rcx * 2)]);
        c.lea(rdi, __[rsi + rcx]);
        c.add(rcx, r9);
        for (int i = 0; i < 2 * rows; i++)
            c.vpxord(Z[i], Z[i], Z[i]);
        c.Label(ref loop);
        for (int pair = 0; pair < PairsOfStep; pair++)
        {
            AssemblerRegisterZMM first = Z[Weights + (2 * pair)], second = Z[Weights + (2 * pair) + 1];
            if (rows <= RowsThatWait)
            {
                c.prefetcht0(__byte_ptr[r8 + Ahead + (64 * pair)]);
                c.prefetcht0(__byte_ptr[rax + Ahead + (64 * pair)]);
            }
            c.vmovdqa32(first, __zmmword_ptr[r8 + (64 * pair)]);
            c.vmovdqa32(second, __zmmword_ptr[rax + (64 * pair)]);
            for (int m = 0; m < rows; m++)
            {
                AssemblerRegisterZMM inputs = Z[Inputs + (m % 4)];
                c.vpbroadcastd(inputs, Row(m, 4 * pair));
                c.vdpbf16ps(Z[2 * m], first, inputs);
                c.vdpbf16ps(Z[(2 * m) + 1], second, inputs);
            }
        }
        c.add(r8, 64 * PairsOfStep);
        c.add(rax, 64 * PairsOfStep);
        for (int m = 0; m < rows; m += RowsOfBase)
            c.add(Bases[m / RowsOfBase], 4 * PairsOfStep);
        c.dec(r11);
        c.jne(loop);
        End(c, rows, panels: 2, first: 0);
        return c;
    }

    /// <summary>A pair of inputs of a row.</summary>
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
