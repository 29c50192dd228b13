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

    private static readonly ImmutableArray<AssemblerRegisterXMM> Saved = [xmm6, xmm7, xmm8, xmm9, xmm10, xmm11, xmm12, xmm13, xmm14, xmm15];

    /// <summary>Loads the arguments: weights to r8, rows to r9, sums to r10, steps to r11, the second weights to rax, the step of rows to rdx.</summary>
    public static void Begin(Assembler c)
    {
        if (OperatingSystem.IsWindows())
        {
            c.sub(rsp, (16 * SavedRegisters) + 8);
            for (int i = 0; i < SavedRegisters; i++)
                c.movups(__xmmword_ptr[rsp + (16 * i)], Saved[i]);
        }
        AssemblerRegister64 arguments = OperatingSystem.IsWindows() ? rcx : rdi;
        c.mov(r8, __qword_ptr[arguments]);
        c.mov(r9, __qword_ptr[arguments + 8]);
        c.mov(r10, __qword_ptr[arguments + 16]);
        c.mov(r11, __qword_ptr[arguments + 24]);
        c.mov(rax, __qword_ptr[arguments + 32]);
        c.mov(rdx, __qword_ptr[arguments + 40]);
    }

    /// <summary>Restores and returns.</summary>
    public static void End(Assembler c)
    {
        c.vzeroupper();
        if (OperatingSystem.IsWindows())
        {
            for (int i = 0; i < SavedRegisters; i++)
                c.movups(Saved[i], __xmmword_ptr[rsp + (16 * i)]);
            c.add(rsp, (16 * SavedRegisters) + 8);
        }
        c.ret();
    }
}
