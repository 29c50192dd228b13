using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Weft.Cli.Tests.Processes;

/// <summary>The built tool as a process of its own.</summary>
internal sealed partial class ToolProcess : IDisposable
{
    public const int Interrupt = 2, Terminate = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly StringBuilder _output = new();

    private ToolProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Folder of weft.dll, built beside this test in the same configuration: …/bin/Release/net10.0.</summary>
    public static string ToolFolder
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
            return Path.Combine(TestAssets.RepositoryRoot, "src", "Weft.Cli", "bin", folder.Parent!.Name, folder.Name);
        }
    }

    public static string Dotnet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    public static string ToolPath => Path.Combine(ToolFolder, "weft.dll");

    public Stream OutputStream => _process.StandardOutput.BaseStream;

    public static CommandRun Run(params IReadOnlyList<string> args) => Run(new Dictionary<string, string?>(), args);

    public static CommandRun Run(IReadOnlyDictionary<string, string?> environment, params IReadOnlyList<string> args)
    {
        using ToolProcess tool = Start(environment, args);
        return tool.Finish();
    }

    public static ToolProcess Start(IReadOnlyDictionary<string, string?> environment, params IReadOnlyList<string> args) =>
        Start(Dotnet, environment, [ToolPath, .. args]);

    public static ToolProcess Start(string file, IReadOnlyDictionary<string, string?> environment, IReadOnlyList<string> args)
    {
        Assert.True(File.Exists(ToolPath), $"{ToolPath} is not built; build src/Weft.Cli first");
        var start = new ProcessStartInfo(file, args)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach ((string name, string? value) in environment)
            start.Environment[name] = value;
        return new(Process.Start(start)!);
    }

    /// <summary>Signals need a system that has them, and a test run that was not started deaf to Ctrl-C, as background jobs are.</summary>
    public static void RequireSignals()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux signals");
        string ignored = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)).Split('\t')[1];
        Assert.SkipWhen((Convert.ToUInt64(ignored, 16) & (1 << (Interrupt - 1))) != 0, "this test run ignores SIGINT, and so do its children");
    }

    /// <summary>Writes a line and leaves standard input open.</summary>
    public void WriteLine(string line)
    {
        _process.StandardInput.Write(line + "\n");
        _process.StandardInput.Flush();
    }

    public void Write(string text)
    {
        _process.StandardInput.Write(text);
        _process.StandardInput.Close();
    }

    /// <summary>Reads standard output until <paramref name="text"/> has come.</summary>
    public void WaitFor(string text)
    {
        var buffer = new char[256];
        long end = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (!_output.ToString().Contains(text, StringComparison.Ordinal))
        {
            Task<int> reading = _process.StandardOutput.ReadAsync(buffer, 0, buffer.Length);
            if (!reading.Wait(TimeSpan.FromMilliseconds(Math.Max(1, end - Environment.TickCount64)), TestContext.Current.CancellationToken) || reading.Result == 0)
                Assert.Fail($"'{text}' did not come; standard output has '{_output}'");
            _output.Append(buffer, 0, reading.Result);
        }
    }

    public void Signal(int signal) => Assert.Equal(0, Kill(_process.Id, signal));

    public bool HasExited => _process.HasExited;

    /// <summary>Waits for the end.</summary>
    public CommandRun Finish()
    {
        Task<string> output = _process.StandardOutput.ReadToEndAsync();
        if (!_process.WaitForExit(Patience))
        {
            _process.Kill(entireProcessTree: true);
            Assert.Fail($"the tool did not end within {Patience.TotalSeconds} s");
        }
        _output.Append(output.GetAwaiter().GetResult());
        return new(_process.ExitCode, _output.ToString(), _error.GetAwaiter().GetResult());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
