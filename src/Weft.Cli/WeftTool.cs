using System.CommandLine;
using Weft.Cli.Benchmarking;
using Weft.Cli.Chat;
using Weft.Cli.Conversion;
using Weft.Cli.Downloads;
using Weft.Cli.Evaluation;
using Weft.Cli.Generation;
using Weft.Cli.Inspection;
using Weft.Cli.Metrics;
using Weft.Cli.Scoring;
using Weft.Cli.Tokenizers;
using Weft.Cli.Training;
using Weft.Cli.Understanding;
using Weft.Inference;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Hub;
using Weft.Model.Checkpoints.Peft;
using Weft.Tasks;

namespace Weft.Cli;

/// <summary>The commands of the tool <c>weft</c>.</summary>
internal static class WeftTool
{
    /// <summary>Makes them for a process.</summary>
    public static RootCommand CreateRoot() => CreateRoot(Console.OpenStandardInput);

    /// <summary>Makes them.</summary>
    /// <param name="openInput">Opens standard input, for the commands that read it.</param>
    public static RootCommand CreateRoot(Func<Stream> openInput) => DocumentedCommand.CreateRoot("weft",
        "Weft: train, run and look into language models, all in .NET",
        new DocumentedCommand("quickstart", "Train a small model in minutes and talk to it (starts weft-train)") { Forward = TrainingTool.Run },
        new DocumentedCommand("train", "Train a model from a recipe (starts weft-train)") { Forward = TrainingTool.Run },
        new DocumentedCommand("finetune", "Fine-tune a model on labelled rows, conversations, or the text of a recipe (starts weft-train)") { Forward = TrainingTool.Run },
        new DocumentedCommand("baseline", "Answer the rows of a recipe by a plain method, to compare a model with (starts weft-train)") { Forward = TrainingTool.Run },
        new DocumentedCommand("bench-train", "Measure how fast training is, beside a plain program (starts weft-train)") { Forward = TrainingTool.Run },
        new DocumentedCommand("plan-memory", "Predict how much memory a recipe's run will take (starts weft-train)") { Forward = TrainingTool.Run },
        new DocumentedCommand("data", "Show what a recipe's model will see, or make questions of texts for a reader (starts weft-train)") { Forward = TrainingTool.Run },
        new DocumentedCommand("curves", "Draw what several runs recorded in one picture (starts weft-train)") { Forward = TrainingTool.Run },
        new DownloadCommand().Create(),
        new GenerateCommand().Create(),
        new ChatCommand(openInput).Create(),
        new CompleteCommand(openInput).Create(),
        new TranslateCommand(openInput).Create(),
        new SummarizeCommand(openInput).Create(),
        new EncodeTextCommand().Create(),
        new EmbedCommand(openInput).Create(),
        new ClassifyCommand().Create(),
        new AnswerCommand(openInput).Create(),
        new FillCommand(openInput).Create(),
        new ScoreCommand().Create(),
        new EvaluateCommand().Create(),
        MetricCommands.Create(),
        new InspectCommand().Create(),
        new ConvertCommand().Create(),
        new BenchmarkCommand().Create(),
        new QuantizeCommand().Create(),
        new ChatTemplateCommand().Create(),
        TokenizerCommands.Create(openInput));

    /// <summary>The argument that names a model.</summary>
    public static Argument<string> ModelArgument() => new("MODEL")
    {
        Description = "Folder of a Hugging Face model (config.json, weights, tokenizer.json), a GGUF file, or owner/name once downloaded",
    };

    /// <summary>
    /// The path that an argument names: one on the disk as it is, else the folder of a downloaded repository. Nothing is
    /// downloaded here.
    /// </summary>
    /// <exception cref="DirectoryNotFoundException">It could be a repository, but none that was downloaded.</exception>
    public static string Resolve(string given)
    {
        if (Path.Exists(given) || given.Count(c => c == '/') != 1 || !HubClient.IsRepositoryName(given))
            return given;
        return HubClient.FindSnapshot(HubOptions.CacheFolderOf(), given) ?? throw new DirectoryNotFoundException(
            $"'{given}' does not exist here, and is no downloaded repository; check the path, or run 'weft download {given}' first");
    }

    /// <summary><c>--adapter FOLDER</c>; absent means the model as it is.</summary>
    public static Option<string?> AdapterOption(string description = "Folder of a LoRA adapter in PEFT's layout, or owner/name once downloaded") =>
        new("--adapter") { Description = description, HelpName = "FOLDER" };

    /// <summary>Opens a model, with an adapter where one is given.</summary>
    /// <param name="model">Its folder or file.</param>
    /// <param name="adapter">Folder of the adapter, or null.</param>
    /// <param name="remove">The adapter was merged into the model, and is taken out of it.</param>
    public static Checkpoint OpenCheckpoint(string model, string? adapter, bool remove = false)
    {
        Checkpoint opened = Checkpoint.Open(Resolve(model));
        if (adapter is null)
            return opened;
        try
        {
            var lora = LoraAdapter.Open(Resolve(adapter));
            return remove ? lora.Remove(opened) : lora.Apply(opened);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Names of the types that keys and values may be stored in.</summary>
    public static IReadOnlyDictionary<string, ElementType?> CacheTypes { get; } = new Dictionary<string, ElementType?>
    {
        ["auto"] = null,
        ["f32"] = ElementType.F32,
        ["f16"] = ElementType.F16,
        ["bf16"] = ElementType.BF16,
        ["q8"] = ElementType.Q8_0,
    };

    /// <summary>How keys and values are stored.</summary>
    public static Option<string> CacheOption() =>
        CommonOptions.Choice("--cache", "Type of keys and values; narrower ones take less memory and time in long texts; auto is as exact as the products", "auto", [.. CacheTypes.Keys]);

    /// <summary>Opens a model for computing, and shows how far that is where it lasts.</summary>
    /// <param name="context">Whose standard error it is.</param>
    /// <param name="model">Its folder or file, or a downloaded repository; where it has no tokenizer, everything is done on ids.</param>
    /// <param name="adapter">Folder of an adapter, or null.</param>
    /// <param name="options">How the engine computes.</param>
    public static TextGenerator OpenModel(CommandContext context, string model, string? adapter, EngineOptions options) =>
        Open(context, model, adapter, options, TextGenerator.Load);

    /// <summary>Opens a model for a task.</summary>
    /// <inheritdoc cref="OpenModel"/>
    public static LanguageModel OpenLanguageModel(CommandContext context, string model, string? adapter, EngineOptions options) =>
        Open(context, model, adapter, options, LanguageModel.Load);

    private static T Open<T>(CommandContext context, string model, string? adapter, EngineOptions options, Func<Checkpoint, EngineOptions, T> load)
    {
        using var display = new LoadDisplay(context.Error, Terminal.IsWatched(Console.IsErrorRedirected, Environment.GetEnvironmentVariable), TimeProvider.System);
        return load(OpenCheckpoint(model, adapter), options with { Progress = display, Log = Warn(context) });
    }

    /// <summary>Writes what the engine has to say on standard error.</summary>
    public static Action<string> Warn(CommandContext context) => text => context.Error.WriteLine($"warning: {text}");

    /// <summary>Whether products are computed in fp32.</summary>
    public static Option<bool> ExactOption() => CommonOptions.Flag("--exact", "Compute in fp32, whatever the weights are stored as; slower");

    /// <summary>How the engine computes.</summary>
    /// <param name="threads">Null for all physical cores.</param>
    /// <param name="pin">Threads stay on their cores.</param>
    /// <param name="exact">Products are computed in fp32.</param>
    /// <param name="cache">One of <see cref="CacheTypes"/>.</param>
    public static EngineOptions EngineOf(int? threads, bool pin, bool exact, string cache = "auto")
    {
        var options = new EngineOptions { PinThreads = pin, Exact = exact, CacheType = CacheTypes[cache] };
        return options with { Threads = threads ?? options.Threads };
    }

    /// <summary>Threads of the engine.</summary>
    public static Option<int?> ThreadsOption() => CommonOptions.Threads("all physical cores");

    /// <summary>Whether threads stay on their cores.</summary>
    public static Option<bool> PinOption() => CommonOptions.Flag("--pin", "Keep each thread on a physical core of its own (Linux)");
}
