using System.Runtime.Intrinsics.X86;

namespace Weft.Training.Native;

/// <summary>Processor features that .NET has no property for (Intel SDM and AMD APM, CPUID leaf 7).</summary>
internal static class CpuFeatures
{
    private const int Avx512Bf16Bit = 5; // leaf 7, subleaf 1, EAX
    private const int AmxBf16Bit = 22; // leaf 7, subleaf 0, EDX

    /// <summary>The processor multiplies bf16 matrices natively, so that bf16 compute is faster than fp32.</summary>
    public static bool HasBFloat16Arithmetic { get; } = Detect();

    private static bool Detect()
    {
        if (!X86Base.IsSupported)
            return false;
        if (X86Base.CpuId(0, 0).Eax < 7)
            return false;
        bool avx512Bf16 = Avx512F.IsSupported && (X86Base.CpuId(7, 1).Eax & (1 << Avx512Bf16Bit)) != 0;
        bool amxBf16 = (X86Base.CpuId(7, 0).Edx & (1 << AmxBf16Bit)) != 0;
        return avx512Bf16 || amxBf16;
    }
}
