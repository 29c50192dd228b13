using Spectre.Console;

namespace Weft.Cli.Train.Display;

/// <summary>Chooses how a run is shown.</summary>
internal static class RunDisplay
{
    /// <summary>Shows a run on <paramref name="error"/>; standard output stays free for results.</summary>
    /// <param name="error">Standard error.</param>
    /// <param name="interactive">It is a terminal that can move its cursor: see <see cref="IsInteractive()"/>.</param>
    /// <param name="stages">Stages of the whole run.</param>
    public static IRunDisplay Create(TextWriter error, bool interactive, int stages)
    {
        // Bars and curves need Unicode; an old code page would show question marks.
        if (!interactive || !error.Encoding.WebName.StartsWith("utf-", StringComparison.OrdinalIgnoreCase))
            return new PlainDisplay(error, stages, TimeProvider.System);
        bool colours = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = colours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(error),
        });
        return new InteractiveDisplay(console, stages, TimeProvider.System, new HiddenCursor(error));
    }

    /// <summary>Whether standard error is a terminal that somebody watches.</summary>
    public static bool IsInteractive() => IsInteractive(Console.IsErrorRedirected, Environment.GetEnvironmentVariable);

    /// <inheritdoc cref="IsInteractive()"/>
    /// <param name="redirected">Standard error goes to a file or a pipe.</param>
    /// <param name="environment">Reads a variable of the environment.</param>
    internal static bool IsInteractive(bool redirected, Func<string, string?> environment) =>
        Terminal.IsWatched(redirected, environment);
}
