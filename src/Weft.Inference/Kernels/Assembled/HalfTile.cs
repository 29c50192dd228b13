using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;
using static Weft.Inference.Kernels.Assembled.KernelAssembler;

namespace Weft.Inference.Kernels.Assembled;

/// <summary>
/// A few rows of fp32 by two panels of fp16, widened by the processor's own instruction, with AVX-512: decoding, where widening weights into memory first would
/// take several times as long as reading them. A step is one input; sums are those of the kernels in fp32 to the bit.
/// </summary>
internal static class HalfTile
{
    /// <summary>Rows of the tallest tile.</summary>
    public const int MostRows = 4;

    /// <summary>How far ahead weights are fetched, in bytes.</summary>
    private const int Ahead = 8192;

    private const int First = 24, Second = 25;

    /// <summary>Writes the kernel for so many rows.</summary>
    /// <param name="rows">1 to <see cref="MostRows"/>.</param>
    public static Assembler Write(int rows)
    {
        var c = new Assembler(64);
        Label loop = c.CreateLabel();
        Begin(c);
        // From a row to the next, and three of them.
        c.lea(rcx, __[rdx + (rdx * 2)]);
        for (int i = 0; i < 2 * rows; i++)
            c.vpxord(Z[i], Z[i], Z[i]);
        c.Label(ref loop);
        c.prefetcht0(__byte_ptr[r8 + Ahead]);
        c.prefetcht0(__byte_ptr[rax + Ahead]);
        c.vcvtph2ps(Z[First], __ymmword_ptr[r8]);
        c.vcvtph2ps(Z[Second], __ymmword_ptr[rax]);
        for (int m = 0; m < rows; m++)
        {
            AssemblerMemoryOperand input = m switch
            {
                0 => __dword_bcst[r9],
                1 => __dword_bcst[r9 + rdx],
                2 => __dword_bcst[r9 + (rdx * 2)],
                _ => __dword_bcst[r9 + rcx],
            };
            c.vfmadd231ps(Z[2 * m], Z[First], input);
            c.vfmadd231ps(Z[(2 * m) + 1], Z[Second], input);
        }
        c.add(r8, 32);
        c.add(rax, 32);
        c.add(r9, 4);
        c.dec(r11);
        c.jne(loop);
        End(c, rows, panels: 2, first: 0);
        return c;
    }
}
