using System.CommandLine;
using Weft.Training.Runs;

namespace Weft.Cli.Train;

/// <summary>Options that every command shares that trains.</summary>
internal sealed class RunOptions
{
    private readonly Option<string?> _out = new("--out")
    {
        Description = $"Folder of the run (default: {WeftTrainTool.RunsFolder}/NAME, or NAME-2 and so on where that exists)",
        HelpName = "FOLDER",
    };

    private readonly Option<bool> _resume = CommonOptions.Flag("--resume", "Go on with the run in --out, or with the newest one");

    /// <summary>How the user calls the tool: the launcher of a source tree says so.</summary>
    public static string Tool => Environment.GetEnvironmentVariable("WEFT_COMMAND") is { Length: > 0 } command ? command : "weft";

    /// <summary>Text to learn from.</summary>
    public Option<string[]> Text { get; } = new("--text")
    {
        Description = "File, folder or glob to learn from; may be given several times",
        HelpName = "PATH",
        DefaultValueFactory = _ => [],
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>Threads of the computation.</summary>
    public Option<int?> Threads { get; } = CommonOptions.Threads();

    /// <summary>Whether the result goes to standard output as one JSON object.</summary>
    public Option<bool> Json { get; } = CommonOptions.Json();

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { Text, _out, _resume, Threads, Json })
            command.Options.Add(option);
    }

    /// <summary>Starts a new run, or goes on with an old one, and shows its result.</summary>
    /// <param name="context">The command line.</param>
    /// <param name="recipe">The recipe of a new run, as the command line asks for it.</param>
    /// <param name="again">The command and its arguments, as they are when a stopped run goes on.</param>
    /// <param name="own">The command's own options, each with its place in a recipe.</param>
    /// <exception cref="UsageException">The folder does not suit, or an option contradicts the run to be resumed.</exception>
    public int Run(CommandContext context, Recipe recipe, string again, params IEnumerable<(Option Option, Func<Recipe, object?> Value)> own)
    {
        bool resume = context.Get(_resume);
        RunFolder folder = resume ? FolderToResume(context, recipe.Name) : FolderToStart(context, recipe.Name);
        if (resume && File.Exists(folder.RecipeFile))
            RefuseChanges(context, recipe, folder, [(Text, r => string.Join(", ", r.Task?.Files ?? r.Text.Paths)), (Threads, r => r.Threads), .. own]);
        var session = new RunSession(context, folder, context.Get(Json), $"{Tool} {again} --resume --out {Quote(folder.Path)}");
        return session.Execute(display => resume
            ? TrainingRun.Resume(folder, display, context.Cancellation)
            : TrainingRun.Start(recipe, folder, display, context.Cancellation));
    }

    /// <summary>Refuses what only a run has, of a command that makes none.</summary>
    /// <exception cref="UsageException">--out or --resume is given.</exception>
    public void RefuseRun(CommandContext context, string option)
    {
        if (context.Get(_resume) || context.Get(_out) is not null)
            throw new UsageException($"{option} starts no run, so there is no folder of one; leave out {_resume.Name} and {_out.Name}");
    }

    /// <summary>A run goes on as it was started; an option that says the same again does no harm.</summary>
    private static void RefuseChanges(
        CommandContext context, Recipe asked, RunFolder folder, IEnumerable<(Option Option, Func<Recipe, object?> Value)> options)
    {
        Recipe started = RecipeFile.Read(folder.RecipeFile);
        foreach ((Option option, Func<Recipe, object?> value) in options)
            if (context.Parsed.GetResult(option) is { Implicit: false } && !Equals(value(asked), value(started)))
                throw new UsageException(FormattableString.Invariant(
                    $"{option.Name} is {value(asked)}, but {folder.Path} was started with {value(started)}; leave it out, or start anew without --resume"));
    }

    private RunFolder FolderToStart(CommandContext context, string name)
    {
        if (context.Get(_out) is not { } path)
            return RunFolder.Fresh(WeftTrainTool.RunsFolder, name);
        var folder = new RunFolder(path);
        if (File.Exists(path))
            throw new UsageException($"--out '{path}' is a file; give a folder");
        return File.Exists(folder.RecipeFile)
            ? throw new UsageException($"--out '{path}' holds a run already; go on with it by --resume, or give another folder")
            : folder;
    }

    private RunFolder FolderToResume(CommandContext context, string name)
    {
        if (context.Get(_out) is { } path)
            return Directory.Exists(path) ? new(path) : throw new UsageException($"--out '{path}' does not exist, so nothing can be resumed there");
        return RunFolder.Newest(WeftTrainTool.RunsFolder, name)
            ?? throw new UsageException($"no run '{name}' in the folder '{WeftTrainTool.RunsFolder}' can be resumed; name its folder with --out, or start anew without --resume");
    }

    private static string Quote(string path) => path.Contains(' ', StringComparison.Ordinal) ? $"\"{path}\"" : path;
}
