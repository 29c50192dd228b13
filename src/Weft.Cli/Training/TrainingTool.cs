using System.ComponentModel;
using System.Diagnostics;

namespace Weft.Cli.Training;

/// <summary>Commands that train: another program, <c>weft-train</c>, carries them out.</summary>
internal static class TrainingTool
{
    /// <summary>Starts the program on the standard streams of this one, and waits for its end.</summary>
    /// <param name="args">The command line, the command's name first.</param>
    /// <param name="ct">Looked at before the start; from then on the program is asked to end by the signals that ask this one.</param>
    /// <returns>The program's exit code.</returns>
    /// <exception cref="FileNotFoundException">There is no such program.</exception>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static int Run(IReadOnlyList<string> args, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var program = TrainingProgram.Find(
            Environment.GetEnvironmentVariable(TrainingProgram.Variable),
            AppContext.BaseDirectory,
            Environment.GetEnvironmentVariable("PATH"));
        using var process = new Process { StartInfo = program.StartInfo(args) };
        // Listens before the program runs: a signal in between must reach it too.
        using var relay = new SignalRelay();
        Start(process, program);
        relay.PassOnTo(process);
        process.WaitForExit();
        return process.ExitCode;
    }

    private static void Start(Process process, TrainingProgram program)
    {
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new IOException(
                $"{program.File} cannot be started (system error {e.NativeErrorCode}); "
                + $"set {TrainingProgram.Variable} to the path of weft-train.dll or of an executable", e);
        }
    }
}
