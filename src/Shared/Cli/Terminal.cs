namespace Weft.Cli;

/// <summary>Whether somebody watches, so that lines may be drawn again in place.</summary>
internal static class Terminal
{
    /// <summary>A stream goes to a terminal that can move its cursor.</summary>
    /// <param name="redirected">The stream goes to a file or a pipe.</param>
    /// <param name="environment">Reads a variable of the environment.</param>
    public static bool IsWatched(bool redirected, Func<string, string?> environment)
    {
        string? terminal = environment("TERM");
        bool able = terminal != "dumb" && (OperatingSystem.IsWindows() || !string.IsNullOrEmpty(terminal));
        bool continuousIntegration = environment("CI") is not (null or "" or "0" or "false");
        return !redirected && able && !continuousIntegration;
    }
}
