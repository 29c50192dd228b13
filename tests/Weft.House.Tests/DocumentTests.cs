using System.Text.RegularExpressions;

namespace Weft.House.Tests;

/// <summary>What the documents promise exists: commands, options, files.</summary>
public sealed class DocumentTests
{
    private const string FrontPage = "README.md", ChineseFrontPage = "README.zh-CN.md";

    [Theory]
    [InlineData(FrontPage)]
    [InlineData(ChineseFrontPage)]
    public void Every_command_of_the_front_page_exists(string path)
    {
        var file = new MarkdownFile(path, Repository.RequireText(path));
        string[] problems = [.. CommandLine.In(file).SelectMany(Problems)];
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }

    [Theory]
    [InlineData(FrontPage)]
    [InlineData(ChineseFrontPage)]
    public void The_front_page_shows_at_least_one_command(string path) =>
        Assert.NotEmpty(CommandLine.In(new MarkdownFile(path, Repository.RequireText(path))));

    [Fact]
    public void Links_to_files_of_the_repository_resolve()
    {
        string[] broken = [.. MarkdownFile.All.SelectMany(file => file.LocalLinks().Where(target => !Resolves(file, target)).Select(target => $"{file.Path} -> {target}"))];
        Assert.True(broken.Length == 0, $"broken link(s):\n{string.Join('\n', broken)}");
    }

    [Theory]
    [InlineData("generate \"a b\" --top-k 5 # comment", "generate", "a b", "--top-k", "5")]
    [InlineData("data 'x' | less", "data", "x")]
    [InlineData("plan m 2>&1", "plan", "m")]
    [InlineData("eval m>out.txt", "eval", "m")]
    [InlineData("chat \"\" && echo", "chat", "")]
    public void Command_lines_are_split_as_a_shell_does(string line, params string[] words) => Assert.Equal(words, CommandLine.Split(line));

    [Fact]
    public void Commands_and_links_are_found_in_a_document()
    {
        var file = new MarkdownFile("x.md", """
            See [a](docs/a.md#part "title"), ![b](<b.png>), [c](https://example.org/c), [d](#d), `[e](e.md)` and <img src="f.svg">.
            ```sh
            ./weft one --two \
               --three=4
            other ./weft no
            $ ./weft five
            ```
            ```text
            ./weft not [g](g.md)
            ```
            - an item
              ```text
              i
              [j](j.md)
              ```
            - [i](i.md)
            [h]: h.md
            """);
        Assert.Equal(["docs/a.md", "b.png", "f.svg", "i.md", "h.md"], file.LocalLinks());
        Assert.Equal(["one --two --three=4", "five"], CommandLine.In(file).Select(line => string.Join(' ', line.Words)));
        Assert.Equal(["x.md line 3", "x.md line 6"], CommandLine.In(file).Select(line => line.Origin));
    }

    [Fact]
    public void Commands_and_options_are_found_in_a_help_text()
    {
        const string help = "Usage:\n  weft [command]\n\nOptions:\n  -k, --top-k <n>  How many\n\nCommands:\n  chat <model>  Talk\n  run, r        Run\n\nMore:\n  other\n";
        Assert.Equal(["chat", "run", "r"], ToolHelp.Subcommands(help));
        Assert.True(ToolHelp.Mentions(help, "--top-k"));
        Assert.True(ToolHelp.Mentions(help, "-k"));
        Assert.False(ToolHelp.Mentions(help, "--top"));
        Assert.False(ToolHelp.Mentions(help, "--top-k-max"));
    }

    private static IEnumerable<string> Problems(CommandLine line)
    {
        if (line.Words.Count == 0 || HandledByLauncher(line.Words[0]))
            return [];
        (ToolHelp tool, IEnumerable<string> words) = ToolFor(line.Words);
        List<string> command = [];
        foreach (string word in words)
        {
            if (!tool.Has(command, word))
                break;
            command.Add(word);
        }
        string help = tool.Of(command);
        string[] subcommands = [.. ToolHelp.Subcommands(help)];
        // What has subcommands takes one of them, so another word is a command that does not exist.
        if (subcommands.Length > 0 && words.Skip(command.Count).FirstOrDefault() is { } next && !IsOption(next))
            return [$"{line.Origin}: '{next}' is no command of {tool.Dll} {string.Join(' ', command)}; it has {string.Join(", ", subcommands)}"];
        return words.Skip(command.Count).TakeWhile(word => word != "--").Where(IsOption)
            .Select(option => option.Split('=')[0])
            .Where(option => !ToolHelp.Mentions(help, option))
            .Select(option => $"{line.Origin}: '{string.Join(' ', command)}' has no option {option}");
    }

    /// <summary>The tool without libtorch, or else the trainer: <c>weft train …</c>, and commands that only the trainer lists.</summary>
    private static (ToolHelp Tool, IEnumerable<string> Words) ToolFor(IReadOnlyList<string> words)
    {
        if (ToolHelp.WeftTrain.Has([], words[0]))
            return (ToolHelp.WeftTrain, words);
        return words[0] == "train" ? (ToolHelp.WeftTrain, words.Skip(1)) : (ToolHelp.Weft, words);
    }

    /// <summary>The root launcher answers a few words itself, such as <c>test</c>: branches of its case statement.</summary>
    private static bool HandledByLauncher(string word) =>
        File.Exists(Repository.FullPath("weft")) && Regex.IsMatch(Repository.RequireText("weft"), $@"(?m)^[^#\n]*(?<![\w-]){Regex.Escape(word)}\)");

    private static bool IsOption(string word) => word.Length > 1 && word[0] == '-' && !char.IsAsciiDigit(word[1]);

    private static bool Resolves(MarkdownFile file, string target)
    {
        string start = target.StartsWith('/') ? Repository.Root : Path.GetDirectoryName(Repository.FullPath(file.Path))!;
        string full = Path.GetFullPath(Path.Combine(start, target.TrimStart('/')));
        return File.Exists(full) || Directory.Exists(full);
    }
}
