using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Weft.Cli.Benchmarking;

namespace Weft.Benchmarks.Peers;

/// <summary>Where and how something was measured.</summary>
internal static partial class RunFacts
{
    private const string LoadFile = "/proc/loadavg";

    /// <summary>
    /// A heading, the machine, what else it does just now, and the command, without the folders of this machine, which mean nothing on
    /// another. To be asked for before anything is measured.
    /// </summary>
    /// <param name="subject">What is measured.</param>
    /// <param name="args">The command line.</param>
    public static string Describe(string subject, string[] args) => $"## Beside peers: {subject} (benchmarks/Weft.Benchmarks.Peers, commit {Commit()})\n\n"
        + $"{ProcessorFacts.Name}, {Environment.ProcessorCount} cores ({string.Join(' ', ProcessorFacts.InstructionSets)}), {RuntimeInformation.OSDescription}, "
        + $"{RuntimeInformation.FrameworkDescription}{Load()}: `{string.Join(' ', args.Select(argument => Quoted(WithoutFolders(argument))))}`.";

    /// <summary>Others who compute meanwhile slow down those most whose threads wait for each other without giving way.</summary>
    private static string Load() => File.Exists(LoadFile)
        ? string.Create(CultureInfo.InvariantCulture, $", load average at the start {File.ReadAllText(LoadFile).Split(' ')[0]}")
        : "";

    /// <summary>The commit of the repository around the current folder.</summary>
    private static string Commit()
    {
        try
        {
            string commit = PeerProcess.Run("git", ["rev-parse", "--short", "HEAD"], CancellationToken.None).Trim();
            bool isClean = PeerProcess.Run("git", ["status", "--porcelain", "--untracked-files=no"], CancellationToken.None).Length == 0;
            return isClean ? commit : $"{commit} with changes";
        }
        catch (PeerException)
        {
            // No git, or a copy of the source without its history.
            return "unknown";
        }
    }

    /// <summary>Of each path the last part only.</summary>
    public static string WithoutFolders(string text) => Folders().Replace(text, "");

    private static string Quoted(string argument) => argument.Contains(' ', StringComparison.Ordinal) ? $"\"{argument}\"" : argument;

    // From a slash, a dot or a drive on, where a word begins.
    [GeneratedRegex("""(?<![^\s='"(])(?:~|\.{1,2}|[A-Za-z]:|[\w.-]+)?[/\\](?:[^\s='"/\\]+[/\\])*""")]
    private static partial Regex Folders();
}
