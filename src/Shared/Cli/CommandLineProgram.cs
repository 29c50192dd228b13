using System.CommandLine;

namespace Weft.Cli;

/// <summary>Runs a tool's command line. Whatever goes wrong becomes one line on standard error and an exit code.</summary>
internal static class CommandLineProgram
{
    /// <summary>
    /// Runs as a process: standard streams in UTF-8, Ctrl-C cancels, a second Ctrl-C ends at once. A command of another program
    /// sees to the signals itself.
    /// </summary>
    /// <param name="args">The command line.</param>
    /// <param name="createRoot">The commands, made by <see cref="DocumentedCommand.CreateRoot"/>.</param>
    /// <returns>The exit code of the process.</returns>
    public static int RunProcess(string[] args, Func<RootCommand> createRoot)
    {
        using TextWriter error = StandardStreams.OpenError();
        using TextWriter output = StandardStreams.OpenOutput();
        RootCommand root = createRoot();
        // Another program decides for itself what a signal means, and is waited for however often it is asked to end.
        if (Forwarded(root, args) is not null)
            return Run(root, args, output, error);
        using var interruption = new Interruption();
        int exitCode = Run(root, args, output, error, interruption.Token);
        return exitCode == Failure.Cancelled ? interruption.ExitCode : exitCode;
    }

    /// <summary>Runs in memory.</summary>
    /// <param name="root">The commands, made by <see cref="DocumentedCommand.CreateRoot"/>.</param>
    /// <param name="args">The command line.</param>
    /// <param name="output">Receives results.</param>
    /// <param name="error">Receives progress, warnings, and the line of a failure.</param>
    /// <param name="ct">Cancels the command.</param>
    /// <returns>0, or the exit code of a <see cref="Failure"/>.</returns>
    public static int Run(RootCommand root, IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken ct = default)
    {
        try
        {
            int exitCode = Invoke(root, args, output, error, ct);
            output.Flush();
            return exitCode;
        }
        catch (BrokenPipeException)
        {
            // Whoever read the output, such as head, has seen enough.
            return Failure.BrokenPipe;
        }
        catch (Exception e)
        {
            // The one place where everything is caught: the process ends here.
            var failure = Failure.From(e);
            failure.Report(error, e);
            return failure.ExitCode;
        }
    }

    private static int Invoke(RootCommand root, IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken ct)
    {
        if (Forwarded(root, args) is { } forward)
            return forward(args, ct);
        // A prompt may begin with @, which would otherwise be read as the name of a file with arguments; -abc is no bundle here.
        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (parsed.Action?.ClearsParseErrors != true && ParseFailure.Describe(parsed, root.HelpName ?? root.Name) is { } mistake)
            throw new UsageException(mistake);
        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        return parsed.InvokeAsync(configuration, ct).GetAwaiter().GetResult();
    }

    private static Func<IReadOnlyList<string>, CancellationToken, int>? Forwarded(RootCommand root, IReadOnlyList<string> args) =>
        args.Count == 0 ? null : root.Subcommands.OfType<DocumentedCommand>().FirstOrDefault(command => command.Name == args[0])?.Forward;
}
