using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Weft.Cli.Benchmarking;

/// <summary>What processor this is and which vector instructions it has.</summary>
internal static class ProcessorFacts
{
    private const int BrandLeaf = unchecked((int)0x80000002), LargestLeaf = unchecked((int)0x80000000);

    /// <summary>As the processor, or else the system, names it.</summary>
    public static string Name => Brand() is { Length: > 0 } brand ? brand : $"{RuntimeInformation.ProcessArchitecture} processor";

    /// <summary>Instruction sets that matter to arithmetic, as the Linux kernel spells them; some are out of .NET's reach.</summary>
    public static IReadOnlyList<string> InstructionSets => [.. Known().Where(set => set.Present).Select(set => set.Name)];

    private static IEnumerable<(string Name, bool Present)> Known()
    {
        yield return ("avx2", Avx2.IsSupported);
        yield return ("fma", Fma.IsSupported);
        yield return ("avx512f", Avx512F.IsSupported);
        yield return ("avx512bw", Avx512BW.IsSupported);
        yield return ("avx512_vbmi", Avx512Vbmi.IsSupported);
        yield return ("avx_vnni", AvxVnni.IsSupported);
        yield return ("avx512_vnni", AssembledLoop.HasDotProductsOfBytes);
        yield return ("avx512_bf16", AssembledLoop.HasDotProductsOfBFloat16);
        yield return ("amx_int8", X86Base.IsSupported && (X86Base.CpuId(7, 0).Edx & (1 << 25)) != 0);
        yield return ("amx_bf16", X86Base.IsSupported && (X86Base.CpuId(7, 0).Edx & (1 << 22)) != 0);
        yield return ("asimd", AdvSimd.IsSupported);
        yield return ("asimddp", Dp.IsSupported);
    }

    private static string Brand()
    {
        if (!X86Base.IsSupported || (uint)X86Base.CpuId(LargestLeaf, 0).Eax < unchecked((uint)BrandLeaf + 2))
            return "";
        int[] words = new int[12];
        for (int i = 0; i < 3; i++)
            (words[4 * i], words[(4 * i) + 1], words[(4 * i) + 2], words[(4 * i) + 3]) = X86Base.CpuId(BrandLeaf + i, 0);
        return Encoding.ASCII.GetString(MemoryMarshal.AsBytes<int>(words)).TrimEnd('\0').Trim();
    }
}
