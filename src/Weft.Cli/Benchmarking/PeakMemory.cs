using System.Diagnostics;
using System.Globalization;

namespace Weft.Cli.Benchmarking;

/// <summary>The most memory that the process ever had, mapped files included as far as they were read.</summary>
internal static class PeakMemory
{
    private const string Status = "/proc/self/status", Key = "VmHWM:";

    /// <summary>In bytes.</summary>
    public static long Read()
    {
        // .NET's own number is not to be had on every Linux.
        if (OperatingSystem.IsLinux() && File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal)) is { } line)
            return long.Parse(line.AsSpan(Key.Length).TrimEnd("kB ").Trim(), CultureInfo.InvariantCulture) * 1024;
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
