using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Weft.Cli;

/// <summary>A command whose help ends with notes and examples, and which runs on a <see cref="CommandContext"/>.</summary>
/// <param name="name">The word that calls it.</param>
/// <param name="description">One line for the list of commands.</param>
internal sealed class DocumentedCommand(string name, string description) : Command(name, description)
{
    /// <summary>Lines about what goes in and comes out, shown after the options.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Command lines to copy, shown last.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];

    /// <summary>
    /// Takes the whole command line unread, this command's name first, and returns the exit code. For commands of another
    /// program, whose options this one does not know.
    /// </summary>
    public Func<IReadOnlyList<string>, CancellationToken, int>? Forward { get; init; }

    /// <summary>Sets what the command does; its result is the exit code.</summary>
    public DocumentedCommand Runs(Func<CommandContext, int> run)
    {
        SetAction((parsed, ct) => Task.FromResult(run(new(parsed, ct))));
        return this;
    }

    /// <summary>Makes a command that only holds others: alone it shows its help.</summary>
    /// <param name="name">The word before the others.</param>
    /// <param name="description">One line for the list of commands.</param>
    /// <param name="commands">Its commands, in the order of the help text.</param>
    public static DocumentedCommand CreateGroup(string name, string description, params IEnumerable<DocumentedCommand> commands)
    {
        var group = new DocumentedCommand(name, description) { Action = new HelpPage(clearsErrors: false) };
        foreach (DocumentedCommand command in commands)
            group.Subcommands.Add(command);
        return group;
    }

    /// <summary>Makes a tool's root: help without a command, its version, and no hidden syntax.</summary>
    /// <param name="name">The tool's name, however it was started.</param>
    /// <param name="description">One line.</param>
    /// <param name="commands">Its commands, in the order of the help text.</param>
    public static RootCommand CreateRoot(string name, string description, params IEnumerable<DocumentedCommand> commands)
    {
        var root = new RootCommand(description) { HelpName = name };
        // [suggest] and [diagram] would be read out of a first argument in brackets.
        root.Directives.Clear();
        root.Options.Clear();
        root.Options.Add(new HelpOption("--help", "-h") { Action = new HelpPage(clearsErrors: true), Description = "Show help and examples" });
        root.Options.Add(new VersionOption { Action = new VersionLine(), Description = "Show the version" });
        foreach (DocumentedCommand command in commands)
            root.Subcommands.Add(command);
        // Without a command there is help too, but a mistyped command is a mistake.
        root.Action = new HelpPage(clearsErrors: false);
        return root;
    }

    /// <summary>The library's own help, then notes and examples.</summary>
    private sealed class HelpPage(bool clearsErrors) : SynchronousCommandLineAction
    {
        /// <summary>Comfortable to read; also the width of help that goes to a file.</summary>
        private const int Width = 110;

        private const int NarrowestWidth = 40;

        public override bool Terminating => true;

        public override bool ClearsParseErrors => clearsErrors;

        public override int Invoke(ParseResult parseResult)
        {
            new HelpAction { MaxWidth = Console.IsOutputRedirected ? Width : Math.Clamp(Console.WindowWidth, NarrowestWidth, Width) }.Invoke(parseResult);
            if (parseResult.CommandResult.Command is not DocumentedCommand command)
                return 0;
            WriteSection(parseResult, "Notes:", command.Notes);
            WriteSection(parseResult, "Examples:", command.Examples);
            return 0;
        }

        private static void WriteSection(ParseResult parseResult, string title, IReadOnlyList<string> lines)
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            if (lines.Count == 0)
                return;
            output.WriteLine(title);
            foreach (string line in lines)
                output.WriteLine($"  {line}");
            output.WriteLine();
        }
    }

    private sealed class VersionLine : SynchronousCommandLineAction
    {
        public override bool Terminating => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(typeof(VersionLine).Assembly.GetName().Version!.ToString(3));
            return 0;
        }
    }
}
