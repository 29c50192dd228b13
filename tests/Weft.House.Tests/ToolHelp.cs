using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Weft.House.Tests;

/// <summary>The help texts of a built tool, asked of the tool itself.</summary>
internal sealed partial class ToolHelp(string dll)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, string> _texts = new();

    public static ToolHelp Weft { get; } = new(Output("Weft.Cli", "weft"));

    public static ToolHelp WeftTrain { get; } = new(Output("Weft.Cli.Train", "weft-train"));

    public string Dll => Repository.Relative(dll);

    /// <summary>Help of a command; fails where the tool does not answer with exit code 0.</summary>
    public string Of(IReadOnlyList<string> command) => _texts.GetOrAdd(string.Join(' ', command), _ => Ask(command));

    /// <summary>The command has this subcommand, by its own list: a tool answers help for unknown words too, with its parent's text.</summary>
    public bool Has(IReadOnlyList<string> command, string subcommand) => Subcommands(Of(command)).Contains(subcommand);

    /// <summary>First words of the lines of the section "Commands:".</summary>
    public static IEnumerable<string> Subcommands(string help)
    {
        IEnumerable<string> lines = help.ReplaceLineEndings("\n").Split('\n')
            .SkipWhile(line => !line.TrimStart().StartsWith("Commands:", StringComparison.OrdinalIgnoreCase)).Skip(1)
            .TakeWhile(line => line.Length > 0 && char.IsWhiteSpace(line[0]));
        return lines.SelectMany(line => CommandNames().Match(line).Value.Split([',', '|'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>The option stands in the help as a word of its own.</summary>
    public static bool Mentions(string help, string option) =>
        Regex.IsMatch(help, $@"(?<![\w-]){Regex.Escape(option)}(?![\w-])");

    private static string Output(string project, string assembly)
    {
        // The tools are built beside this test, in the same configuration: …/bin/Release/net10.0.
        var folder = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(Repository.Root, "src", project, "bin", folder.Parent!.Name, folder.Name, assembly + ".dll");
    }

    private string Ask(IReadOnlyList<string> command)
    {
        Assert.True(File.Exists(dll), $"{Dll} is not built; build the solution first");
        using var tool = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [dll, .. command, "--help"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!;
        tool.StandardInput.Close();
        Task<string> output = tool.StandardOutput.ReadToEndAsync(), errors = tool.StandardError.ReadToEndAsync();
        if (!tool.WaitForExit(Patience))
        {
            tool.Kill(entireProcessTree: true);
            Assert.Fail($"'{Path.GetFileNameWithoutExtension(dll)} {string.Join(' ', command)} --help' did not answer within {Patience.TotalSeconds} s");
        }
        Assert.True(tool.ExitCode == 0,
            $"'{Path.GetFileNameWithoutExtension(dll)} {string.Join(' ', command)} --help' ended with {tool.ExitCode}: {errors.Result}");
        return output.Result;
    }

    [GeneratedRegex(@"(?<=^\s+)[\w-]+(\s*[,|]\s*[\w-]+)*")]
    private static partial Regex CommandNames();
}
