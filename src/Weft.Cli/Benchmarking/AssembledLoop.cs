using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Weft.Cli.Benchmarking;

/// <summary>
/// A loop of one instruction that .NET does not offer, on registers alone, assembled while the program runs. Where the system
/// refuses executable memory there is none.
/// </summary>
internal sealed unsafe partial class AssembledLoop : IDisposable
{
    // Registers 16 to 31 belong to nobody under either calling convention of x64, so none has to be saved.
    private static readonly AssemblerRegisterZMM[] Sums = [zmm16, zmm17, zmm18, zmm19, zmm20, zmm21, zmm22, zmm23, zmm24, zmm25, zmm26, zmm27, zmm28, zmm29];

    private const int Size = 4096, ReadWrite = 3, ReadExecute = 5, Private = 2, Anonymous = 0x20, AnonymousOnMac = 0x1000;
    private const uint Commit = 0x3000, Release = 0x8000, PageReadWrite = 4, PageExecuteRead = 0x20;

    private readonly nint _code;

    private AssembledLoop(nint code) => _code = code;

    /// <summary>Instructions in one round.</summary>
    public static int Steps => Sums.Length;

    /// <summary>The processor has <c>vpdpbusd</c> on 512 bits (AVX512-VNNI).</summary>
    public static bool HasDotProductsOfBytes => Avx512F.IsSupported && (X86Base.CpuId(7, 0).Ecx & (1 << 11)) != 0;

    /// <summary>The processor has <c>vdpbf16ps</c> on 512 bits (AVX512-BF16).</summary>
    public static bool HasDotProductsOfBFloat16 => Avx512F.IsSupported && X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;

    /// <summary>Sums of products of bytes; null where the processor or the system cannot.</summary>
    public static AssembledLoop? OfBytes() => HasDotProductsOfBytes ? TryCreate(0x01010101, (code, sum, a, b) => code.vpdpbusd(sum, a, b)) : null;

    /// <summary>Sums of products of bf16 numbers; null where the processor or the system cannot.</summary>
    public static AssembledLoop? OfBFloat16() => HasDotProductsOfBFloat16 ? TryCreate(0x3C003C00, (code, sum, a, b) => code.vdpbf16ps(sum, a, b)) : null;

    /// <summary>Goes round that often.</summary>
    public void Run(long rounds) => ((delegate* unmanaged<long, void>)_code)(rounds);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (OperatingSystem.IsWindows())
            VirtualFree(_code, 0, Release);
        else
            _ = munmap(_code, Size);
    }

    private static AssembledLoop? TryCreate(int element, Action<Assembler, AssemblerRegisterZMM, AssemblerRegisterZMM, AssemblerRegisterZMM> instruction)
    {
        var code = new Assembler(64);
        AssemblerRegister64 rounds = OperatingSystem.IsWindows() ? rcx : rdi;
        Label loop = code.CreateLabel();
        code.mov(eax, element);
        code.vpbroadcastd(zmm30, eax);
        code.vpbroadcastd(zmm31, eax);
        foreach (AssemblerRegisterZMM sum in Sums)
            code.vpxord(sum, sum, sum);
        code.Label(ref loop);
        foreach (AssemblerRegisterZMM sum in Sums)
            instruction(code, sum, zmm30, zmm31);
        code.dec(rounds);
        code.jne(loop);
        code.vzeroupper();
        code.ret();
        return Place(code) is { } address ? new(address) : null;
    }

    /// <summary>Writable first, then executable, never both at once, which hardened systems refuse.</summary>
    private static nint? Place(Assembler code)
    {
        bool isWindows = OperatingSystem.IsWindows();
        nint address = isWindows
            ? VirtualAlloc(0, Size, Commit, PageReadWrite)
            : mmap(0, Size, ReadWrite, Private | (OperatingSystem.IsMacOS() ? AnonymousOnMac : Anonymous), -1, 0);
        if (address is 0 or -1)
            return null;
        using var stream = new MemoryStream();
        code.Assemble(new StreamCodeWriter(stream), (ulong)address);
        Marshal.Copy(stream.GetBuffer(), 0, address, (int)stream.Length);
        if (isWindows ? VirtualProtect(address, Size, PageExecuteRead, out _) : mprotect(address, Size, ReadExecute) == 0)
            return address;
        new AssembledLoop(address).Dispose();
        return null;
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint mmap(nint address, nint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int mprotect(nint address, nint length, int protection);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int munmap(nint address, nint length);

    [LibraryImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint VirtualAlloc(nint address, nint size, uint kind, uint protection);

    [LibraryImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualProtect(nint address, nint size, uint protection, out uint old);

    [LibraryImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualFree(nint address, nint size, uint kind);
}
