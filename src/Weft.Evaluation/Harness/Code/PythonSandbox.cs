using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Weft.Evaluation.Harness.Code;

/// <summary>
/// Runs Python programs that nobody has read, each in a process of its own that Linux lets do little: no network, no other process in sight, every file read-only
/// but those of an empty folder in memory, with limits of time, memory and processes. It takes namespaces (user_namespaces(7)) by util-linux, no privilege.
/// </summary>
public sealed class PythonSandbox : IDisposable
{
    /// <summary>Characters of a program's output that are kept, the last ones.</summary>
    private const int KeptOutput = 4096;

    /// <summary>
    /// First in namespaces where it is the superuser: makes all mounts read-only and an empty folder. Then in one more where it is nobody, so that the program
    /// cannot take back what was done. $1 is the folder, $2 the bytes of its files, then comes the command.
    /// </summary>
    private const string Script = """
        set -e
        while read -r _ _ _ _ point _; do
          mount -o remount,bind,ro "$(printf '%b' "$point")"
        done < /proc/self/mountinfo
        mount -t tmpfs -o "size=$2,nosuid,nodev" none "$1"
        cd "$1"
        shift 2
        exec unshare --user -- "$@"
        """;

    private readonly CodeLimits _limits;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("weft-code-");

    private PythonSandbox(CodeLimits limits) => _limits = limits;

    /// <summary>Makes one, and sees that programs run in it.</summary>
    /// <param name="limits">Of each program.</param>
    /// <exception cref="PlatformNotSupportedException">This machine has no such processes; the message says what is missing.</exception>
    public static PythonSandbox Open(CodeLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("programs of a model run in namespaces of Linux only, which this system has not; evaluate on Linux, or in a container");
        var sandbox = new PythonSandbox(limits);
        CodeOutcome outcome;
        try
        {
            outcome = sandbox.Run("");
        }
        catch (Win32Exception e)
        {
            sandbox.Dispose();
            throw new PlatformNotSupportedException($"programs of a model run by 'unshare', which does not start: {e.Message}; install util-linux", e);
        }
        if (outcome.Passed)
            return sandbox;
        sandbox.Dispose();
        throw new PlatformNotSupportedException($"programs of a model cannot be shut in on this machine: {outcome.Problem}; it needs python3, util-linux (unshare, mount, prlimit) and user namespaces, "
            + "which some systems and containers forbid (sysctl kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns)");
    }

    /// <summary>Runs a program to its end. Several may run at once.</summary>
    /// <param name="program">Python source.</param>
    /// <param name="ct">Ends it.</param>
    public CodeOutcome Run(string program, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(program);
        // Printed behind the program, so that one that leaves early, such as by exit(0), has not passed.
        string end = Guid.NewGuid().ToString("N");
        using Process process = Start();
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(_limits.Time);
        // The last process of the namespace goes with this one.
        using CancellationTokenRegistration _ = limit.Token.Register(() => process.Kill(entireProcessTree: true));
        Task<string> output = Task.Run(() => Tail(process.StandardOutput), CancellationToken.None), errors = Task.Run(() => Tail(process.StandardError), CancellationToken.None);
        Give(process, $"{program}\nprint(\"\\n{end}\")\n");
        process.WaitForExit();
        Task.WaitAll([output, errors], CancellationToken.None);
        ct.ThrowIfCancellationRequested();
        if (output.Result.TrimEnd().EndsWith(end, StringComparison.Ordinal) && process.ExitCode == 0)
            return new(true, "");
        return new(false, limit.IsCancellationRequested ? $"no end within {_limits.Time.TotalSeconds:0.#} s"
            : errors.Result.TrimEnd().Split('\n')[^1] is { Length: > 0 } last ? last : $"it left before its end, with code {process.ExitCode}");
    }

    /// <summary>Deletes the folder, which is empty outside.</summary>
    public void Dispose() => _folder.Delete(recursive: true);

    private Process Start()
    {
        var start = new ProcessStartInfo("unshare")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            ArgumentList =
            {
                "--user", "--map-root-user", "--net", "--ipc", "--pid", "--mount", "--fork", "--kill-child",
                "--", "sh", "-c", Script, "sh", _folder.FullName, Text(_limits.Files),
                "prlimit", $"--cpu={Text((long)Math.Ceiling(_limits.Time.TotalSeconds))}", $"--as={Text(_limits.Memory)}", $"--fsize={Text(_limits.Files)}",
                $"--nproc={Text(_limits.Processes)}", "--core=0",
                "--", "python3", "-I", "-",
            },
        };
        // What the environment holds, such as keys of services, is not the program's business.
        foreach (string name in start.Environment.Keys.Except(["PATH", "HOME", "LANG"]).ToArray())
            start.Environment.Remove(name);
        start.Environment["PYTHONIOENCODING"] = "utf-8";
        return Process.Start(start)!;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Give(Process process, string text)
    {
        try
        {
            process.StandardInput.Write(text);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read its program; its errors say why.
        }
    }

    /// <summary>The last characters of a stream, however long it is.</summary>
    private static string Tail(StreamReader reader)
    {
        var kept = new StringBuilder();
        char[] block = new char[KeptOutput];
        while (reader.Read(block) is > 0 and int count)
        {
            kept.Append(block, 0, count);
            if (kept.Length > KeptOutput)
                kept.Remove(0, kept.Length - KeptOutput);
        }
        return kept.ToString();
    }
}
