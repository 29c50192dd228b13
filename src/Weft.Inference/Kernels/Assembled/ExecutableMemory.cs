using System.Runtime.InteropServices;
using Iced.Intel;

namespace Weft.Inference.Kernels.Assembled;

/// <summary>Machine code that stays for the life of the process. It is written first and made executable, no longer writable, afterwards.</summary>
internal static unsafe partial class ExecutableMemory
{
    private const int ReadWrite = 3, ReadExecute = 5, MapPrivate = 2, WindowsCommit = 0x3000, WindowsReadWrite = 4, WindowsReadExecute = 0x20;

    private static readonly int Anonymous = OperatingSystem.IsMacOS() ? 0x1000 : 0x20;

    /// <summary>Acts as a system that refuses; for tests, and before the first kernel is placed.</summary>
    public static bool Refuses { get; set; }

    /// <summary>Places a kernel.</summary>
    /// <returns>Its address, or 0 where the system refuses memory that is to be executed.</returns>
    public static nint Place(Assembler assembler)
    {
        // Kernels hold no absolute address, so that they may be encoded anywhere.
        using var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), 0);
        ReadOnlySpan<byte> code = stream.GetBuffer().AsSpan(0, (int)stream.Length);
        nint memory = Reserve(code.Length);
        if (memory == 0)
            return 0;
        code.CopyTo(new((void*)memory, code.Length));
        return MakeExecutable(memory, code.Length) ? memory : 0;
    }

    private static nint Reserve(int bytes)
    {
        if (OperatingSystem.IsWindows())
            return VirtualAlloc(0, bytes, WindowsCommit, WindowsReadWrite);
        nint memory = MapMemory(0, bytes, ReadWrite, MapPrivate | Anonymous, -1, 0);
        return memory == -1 ? 0 : memory;
    }

    private static bool MakeExecutable(nint memory, int bytes) => !Refuses && (OperatingSystem.IsWindows()
        ? VirtualProtect(memory, bytes, WindowsReadExecute, out _)
        : ProtectMemory(memory, bytes, ReadExecute) == 0);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint MapMemory(nint address, nint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int ProtectMemory(nint address, nint length, int protection);

    [LibraryImport("kernel32")]
    private static partial nint VirtualAlloc(nint address, nint size, int type, int protection);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualProtect(nint address, nint size, int protection, out int before);
}
