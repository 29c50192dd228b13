using System.Collections.Immutable;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Weft.Inference.Kernels.Assembled;

/// <summary>
/// What assembled kernels share: one argument, a pointer to <see cref="TileArguments"/>, in the register that the system's calling convention says;
/// registers that may be changed, but for xmm6 to xmm15, which Windows wants back as they were.
/// </summary>
internal static class KernelAssembler
{
    private const int SavedRegisters = 10;

    /// <summary>The 32 vector registers.</summary>
    public static readonly ImmutableArray<AssemblerRegisterZMM> Z =
    [
        zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm6, zmm7, zmm8, zmm9, zmm10, zmm11, zmm12, zmm13, zmm14, zmm15,
        zmm16, zmm17, zmm18, zmm19, zmm20, zmm21, zmm22, zmm23, zmm24, zmm25, zmm26, zmm27, zmm28, zmm29, zmm30, zmm31,
    ];

    /// <summary>Free once the sums are complete.</summary>
    private static readonly AssemblerRegisterZMM Bias = zmm31;

    private static readonly ImmutableArray<AssemblerRegisterXMM> Saved = [xmm6, xmm7, xmm8, xmm9, xmm10, xmm11, xmm12, xmm13, xmm14, xmm15];

    /// <summary>
    /// Loads the arguments: weights to r8, rows to r9, steps to r11, the second weights to rax, the step of rows to rdx; r10 is to keep their address.
    /// rcx, rsi and rdi are free.
    /// </summary>
    public static void Begin(Assembler c)
    {
        if (OperatingSystem.IsWindows())
        {
            c.push(rsi);
            c.push(rdi);
            c.sub(rsp, (16 * SavedRegisters) + 8);
            for (int i = 0; i < SavedRegisters; i++)
                c.movups(__xmmword_ptr[rsp + (16 * i)], Saved[i]);
        }
        c.mov(r10, OperatingSystem.IsWindows() ? rcx : rdi);
        c.mov(r8, __qword_ptr[r10]);
        c.mov(r9, __qword_ptr[r10 + 8]);
        c.mov(r11, __qword_ptr[r10 + 24]);
        c.mov(rax, __qword_ptr[r10 + 32]);
        c.mov(rdx, __qword_ptr[r10 + 40]);
    }

    /// <summary>Adds the bias to the sums of the rows, writes them or adds them to what is there, and returns.</summary>
    /// <param name="c">Where the kernel is written.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="panels">Vectors of a row.</param>
    /// <param name="first">The register of the first sum; those of a row are neighbours.</param>
    public static void End(Assembler c, int rows, int panels, int first)
    {
        Label adds = c.CreateLabel(), hasNoBias = c.CreateLabel();
        c.mov(rdx, __qword_ptr[r10 + 48]);
        c.mov(rax, __qword_ptr[r10 + 56]);
        c.mov(rcx, __qword_ptr[r10 + 64]);
        c.mov(r10, __qword_ptr[r10 + 16]);
        c.test(rcx, rcx);
        c.je(hasNoBias);
        for (int panel = 0; panel < panels; panel++)
        {
            c.vmovups(Bias, __zmmword_ptr[rcx + (64 * panel)]);
            for (int row = 0; row < rows; row++)
                c.vaddps(Z[first + (row * panels) + panel], Z[first + (row * panels) + panel], Bias);
        }
        c.Label(ref hasNoBias);
        c.test(rax, rax);
        c.jne(adds);
        Store(c, rows, panels, first, add: false);
        c.Label(ref adds);
        Store(c, rows, panels, first, add: true);
    }

    private static void Store(Assembler c, int rows, int panels, int first, bool add)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int panel = 0; panel < panels; panel++)
            {
                AssemblerRegisterZMM sum = Z[first + (row * panels) + panel];
                if (add)
                    c.vaddps(sum, sum, __zmmword_ptr[r10 + (64 * panel)]);
                c.vmovups(__zmmword_ptr[r10 + (64 * panel)], sum);
            }
            c.add(r10, rdx);
        }
        c.vzeroupper();
        if (OperatingSystem.IsWindows())
        {
            for (int i = 0; i < SavedRegisters; i++)
                c.movups(Saved[i], __xmmword_ptr[rsp + (16 * i)]);
            c.add(rsp, (16 * SavedRegisters) + 8);
            c.pop(rdi);
            c.pop(rsi);
        }
        c.ret();
    }
}
