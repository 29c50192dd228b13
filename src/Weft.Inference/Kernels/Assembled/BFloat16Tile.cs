using Iced.Intel;
using Weft.Inference.Kernels.Panels;
using static Iced.Intel.AssemblerRegisters;
using static Weft.Inference.Kernels.Assembled.KernelAssembler;

namespace Weft.Inference.Kernels.Assembled;

/// <summary>
/// Rows in bf16 by two panels of bf16 with AVX512-BF16. A step is two pairs of neighbouring inputs; vdpbf16ps adds the two products of a pair to a sum in fp32.
/// </summary>
internal static class BFloat16Tile
{
    /// <summary>Pairs of inputs of a step.</summary>
    public const int PairsOfStep = 2;

    /// <summary>How far ahead weights are fetched, in bytes, for so few rows that reading them takes the time.</summary>
    private const int Ahead = 8192, RowsThatWait = 4;

    private const int Weights = 2 * RowPacking.BFloat16TileRows, Inputs = Weights + 4;

    /// <summary>Writes the kernel for so many rows.</summary>
    /// <param name="rows">1 to <see cref="RowPacking.BFloat16TileRows"/>.</param>
    public static Assembler Write(int rows)
    {
        var c = new Assembler(64);
        Label loop = c.CreateLabel();
        Begin(c);
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
                c.vpbroadcastd(inputs, __dword_ptr[r9 + (4 * ((rows * pair) + m))]);
                c.vdpbf16ps(Z[2 * m], first, inputs);
                c.vdpbf16ps(Z[(2 * m) + 1], second, inputs);
            }
        }
        c.add(r8, 64 * PairsOfStep);
        c.add(rax, 64 * PairsOfStep);
        c.add(r9, 4 * rows * PairsOfStep);
        c.dec(r11);
        c.jne(loop);
        for (int i = 0; i < 2 * rows; i++)
            c.vmovaps(__zmmword_ptr[r10 + (64 * i)], Z[i]);
        End(c);
        return c;
    }
}
