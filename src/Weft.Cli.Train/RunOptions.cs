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
    private readonly Option<bool> _json = CommonOptions.Json();

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

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { Text, _out, _resume, Threads, _json })
            command.Options.Add(option);
    }

    /// <summary>Whether a run is to be continued.</summary>
    public bool Resumes(CommandContext context) => context.Get(_resume);

    /// <summary>Starts a new run, or goes on with an old one, and shows its result.</summary>
    /// <param name="context">The command line.</param>
    /// <param name="recipe">The recipe of a new run.</param>
    /// <param name="again">Command line that goes on with a stopped run, the folder left out.</param>
    public int Run(CommandContext context, Recipe recipe, string again)
    {
        bool resume = context.Get(_resume);
        RunFolder folder = resume ? FolderToResume(context, recipe.Name) : FolderToStart(context, recipe.Name);
        var session = new RunSession(context, folder, context.Get(_json), $"{again} --resume --out {Quote(folder.Path)}");
        return session.Execute(display => resume
            ? TrainingRun.Resume(folder, display, context.Cancellation)
            : TrainingRun.Start(recipe, folder, display, context.Cancellation));
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
