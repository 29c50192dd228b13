using System.ComponentModel;
using System.Diagnostics;

namespace Weft.Benchmarks.Peers;

/// <summary>Runs a program to its end.</summary>
internal static class PeerProcess
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Gives what it prints.</summary>
    /// <exception cref="PeerException">It does not start, or ends with another exit code than 0; the message ends with the last line of its standard error.</exception>
    public static string Run(string program, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using Process process = Start(program, arguments);
        using CancellationTokenRegistration registration = cancellation.Register(() => process.Kill(entireProcessTree: true));
        // Both at once: a pipe that nobody reads stops its writer.
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        return process.ExitCode == 0 ? output : throw new PeerException($"exit code {process.ExitCode}: {LastLine(errors.Result) ?? "nothing on standard error"}");
    }

    /// <summary>The file may be run; Windows finds out by running it.</summary>
    public static bool IsExecutable(string file) => OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & Executable) != 0;

    private static Process Start(string program, IEnumerable<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception e)
        {
            throw new PeerException($"{Path.GetFileName(program)} does not start: {e.Message}");
        }
    }

    private static string? LastLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
}
