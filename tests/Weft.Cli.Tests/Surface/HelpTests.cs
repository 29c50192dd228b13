using System.CommandLine;
using Weft.Cli.Tests.Processes;

namespace Weft.Cli.Tests.Surface;

/// <summary>The help texts as they stand in help.txt, so that no option appears, changes or goes unnoticed.</summary>
public sealed class HelpTests
{
    /// <summary>Set to 1, the file is written anew; its difference is then reviewed like any other.</summary>
    private const string UpdateVariable = "WEFT_UPDATE_SNAPSHOTS";

    /// <summary>Width of help that goes to a file or a pipe.</summary>
    private const int Width = 110;

    private static readonly string Snapshot = Path.Combine(TestAssets.RepositoryRoot, "tests", "Weft.Cli.Tests", "Surface", "help.txt");

    /// <summary>Commands of weft itself; the help of the others is that of weft-train.</summary>
    private static readonly string[][] Commands = [[], .. Below(WeftTool.CreateRoot(), [])];

    [Fact]
    public void Help_is_what_it_was()
    {
        string help = string.Concat(Commands.Select(command =>
            $"$ {string.Join(' ', ["weft", .. command, "--help"])}\n{Help(command).ReplaceLineEndings("\n")}"));
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
            File.WriteAllText(Snapshot, WithoutTrailingSpaces(help));
        Assert.True(File.Exists(Snapshot), $"{Snapshot} is missing; run this test with {UpdateVariable}=1");
        Assert.True(File.ReadAllText(Snapshot).ReplaceLineEndings("\n") == WithoutTrailingSpaces(help),
            $"the help texts differ from {Snapshot}; if they should, run this test with {UpdateVariable}=1 and review the difference");
    }

    [Fact]
    public void Redirected_help_has_a_fixed_width()
    {
        foreach (string[] command in Commands)
        {
            string[] lines = Help(command).ReplaceLineEndings("\n").Split('\n');
            Assert.All(lines, line => Assert.True(line.Length <= Width, $"{line.Length} characters: {line}"));
            // Whatever the terminal around it says.
            CommandRun narrow = ToolProcess.Run(new Dictionary<string, string?> { ["COLUMNS"] = "50", ["TERM"] = "xterm" }, [.. command, "--help"]);
            Assert.Equal(lines, narrow.OutputOfSuccess().ReplaceLineEndings("\n").Split('\n'));
        }
    }

    [Fact]
    public void Every_command_has_an_example_that_begins_with_it() =>
        Assert.All(Commands.Where(command => !Help(command).Contains("\nCommands:", StringComparison.Ordinal)),
            command => Assert.Contains($"\n  weft {string.Join(' ', command)} ", Help(command), StringComparison.Ordinal));

    private static IEnumerable<string[]> Below(Command parent, string[] words) => parent.Subcommands.OfType<DocumentedCommand>()
        .Where(command => command.Forward is null)
        .SelectMany(command => Below(command, [.. words, command.Name]).Prepend([.. words, command.Name]));

    private static string Help(string[] command) => ToolProcess.Run([.. command, "--help"]).OutputOfSuccess();

    private static string WithoutTrailingSpaces(string text) => string.Join('\n', text.Split('\n').Select(line => line.TrimEnd()));
}
