using System.CommandLine;
using System.Text;
using Weft.Evaluation.Harness;
using Weft.Evaluation.Harness.Contamination;
using Weft.Evaluation.Harness.Requests;
using Weft.Evaluation.Harness.Tasks;
using Weft.Inference;
using Weft.Text;
using Weft.Text.Chat;

namespace Weft.Cli.Evaluation;

/// <summary><c>weft eval</c>: how good a model is at the tasks of a harness.</summary>
internal sealed class EvaluateCommand
{
    private static readonly IReadOnlyDictionary<string, LongRows> LongRowChoices = new Dictionary<string, LongRows>
    {
        ["error"] = LongRows.Refuse,
        ["skip"] = LongRows.Skip,
        ["truncate"] = LongRows.Truncate,
    };

    private readonly Argument<string> _model = WeftTool.ModelArgument();

    private readonly Option<string> _tasks = new("--tasks") { Description = "Tasks and groups, separated by commas", HelpName = "NAME,NAME", Required = true };

    private readonly Option<string> _data = new("--data") { Description = "Folder of the data sets; files may lie in folders inside", HelpName = "FOLDER", Required = true };

    private readonly Option<int?> _shots = OptionalNumber("--shots", "Examples before each question (default: as the task says)", 0);
    private readonly Option<string> _shotsFrom = CommonOptions.Choice("--shots-from", "Where examples come from: the task's own split, or the rows that are asked", "split", "split", "rows");
    private readonly Option<ulong> _seed = CommonOptions.Seed("Draws the examples and the bootstrap");
    private readonly Option<int?> _limit = OptionalNumber("--limit", "Only the first rows of each task", 1);
    private readonly Option<int> _batch = CommonOptions.WholeNumber("--batch", "Sequences that are computed together", 32, 1);
    private readonly Option<int?> _stride = OptionalNumber("--stride", "Tokens that each window of a long text scores (default: the model's context)", 1);
    private readonly Option<string> _long = CommonOptions.Choice("--long-rows", "What is done with prompts longer than the model's context", "error", [.. LongRowChoices.Keys]);
    private readonly Option<bool> _chat = CommonOptions.Flag("--chat-template", "Ask in conversations, by the model's chat template");

    private readonly Option<bool> _code = CommonOptions.Flag("--allow-code", "Run the programs that the model writes, where a task asks for them (Linux)");

    private readonly Option<string[]> _training = CommonOptions.Several("--training", "Shards or text that the model was trained on, where rows are looked for", "PATH");

    private readonly Option<string?> _answers = new("--answers")
    {
        Description = "File of answers: those in it are not computed again, new ones are added, so that an interrupted evaluation goes on",
        HelpName = "FILE.jsonl",
    };

    private readonly Option<string?> _report = new("--report") { Description = "Also write a page with all scores and some rows", HelpName = "FILE.html" };
    private readonly Option<int> _examples = CommonOptions.WholeNumber("--examples", "Rows of each task that the page shows", 5, 0);
    private readonly Option<string?> _adapter = WeftTool.AdapterOption();
    private readonly Option<int?> _threads = WeftTool.ThreadsOption();
    private readonly Option<bool> _pin = WeftTool.PinOption();
    private readonly Option<bool> _exact = WeftTool.ExactOption();
    private readonly Option<string> _cache = WeftTool.CacheOption();
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("eval", "Evaluate a model on tasks, with few or no examples")
    {
        Arguments = { _model },
        Options =
        {
            _tasks, _data, _shots, _shotsFrom, _seed, _limit, _batch, _stride, _long, _chat, _code, _training, _answers, _report, _examples,
            _adapter, _threads, _pin, _exact, _cache, _json,
        },
        Notes = [.. TaskNotes()],
        Examples =
        [
            "weft eval models/tinystories --tasks arc_easy,piqa --data datasets",
            "weft eval models/llama --tasks mmlu --shots 5 --data datasets --answers mmlu.jsonl --report mmlu.html",
        ],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        string[] tasks = Tasks(context.Get(_tasks));
        string path = WeftTool.Resolve(context.Get(_model));
        string? adapter = context.Get(_adapter) is { } given ? WeftTool.Resolve(given) : null;
        ChatTemplate? template = context.Get(_chat) ? Template(path) : null;
        using TextGenerator generator = WeftTool.OpenModel(context, path, adapter, WeftTool.EngineOf(context.Get(_threads), context.Get(_pin), context.Get(_exact), context.Get(_cache)));
        string checksum = ModelIdentity.Of(adapter is null ? [path] : [path, adapter], context.Cancellation);
        using AnswerStore? answers = context.Get(_answers) is { } file ? AnswerStore.Open(file) : null;
        var model = new EvaluatedModel(generator, new()
        {
            Batch = context.Get(_batch),
            Stride = context.Get(_stride),
            LongRows = LongRowChoices[context.Get(_long)],
            Answers = answers,
            // What the type of products and caches does not tell: rounded inputs or not.
            Identity = $"{checksum}{(context.Get(_exact) ? " exact" : "")}",
        });
        var evaluator = new Evaluator(model, new()
        {
            DataFolder = context.Get(_data),
            Shots = context.Get(_shots),
            ShotsFromRows = context.Get(_shotsFrom) == "rows",
            Seed = context.Get(_seed),
            Limit = context.Get(_limit),
            ChatTemplate = template,
            AllowCode = context.Get(_code),
            TrainingTexts = TrainingTextsOf(context, generator.Tokenizer, path),
            Examples = context.Get(_examples),
        });
        EvaluationResult result;
        using (var display = new EvaluationDisplay(context.Error, Terminal.IsWatched(Console.IsErrorRedirected, Environment.GetEnvironmentVariable), TimeProvider.System))
            result = evaluator.Run(tasks, display, context.Cancellation);
        var report = new EvaluationReport(context.Get(_model), checksum, template is not null, context.Get(_seed), result);
        if (context.Get(_report) is { } page)
            AtomicFile.WriteText(page, EvaluationPage.ToHtml(report));
        if (context.Get(_json))
            EvaluationJson.Write(context.Output, report);
        else
            EvaluationTable.Write(context, report);
        return 0;
    }

    /// <summary>Names that are known, in their order.</summary>
    private static string[] Tasks(string list)
    {
        string[] names = list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (names.Length == 0)
            throw new UsageException("--tasks is empty; name tasks such as arc_easy,piqa");
        foreach (string name in names)
            if (TaskCatalog.FindTask(name) is null && TaskCatalog.FindGroup(name) is null)
                throw new UsageException($"--tasks: there is no task '{name}'; "
                    + (Spelling.Closest(name, TaskCatalog.Names) is { } near ? $"did you mean '{near}'?" : "weft eval --help lists all"));
        return names;
    }

    private IEnumerable<string>? TrainingTextsOf(CommandContext context, Tokenizer tokenizer, string model)
    {
        if (context.Get(_training) is not { Length: > 0 } paths)
            return null;
        string file = Path.Combine(model, "tokenizer.json");
        return TrainingTexts.Read(paths, tokenizer, File.Exists(file) ? file : null, context.Cancellation);
    }

    private static ChatTemplate Template(string path)
    {
        try
        {
            return ChatTemplate.Load(path);
        }
        catch (ChatTemplateException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    private static IEnumerable<string> TaskNotes()
    {
        const int width = 104;
        const string mmlu = "mmlu_";
        yield return "Prompts, choices and metrics are those of lm-evaluation-harness 0.4.13; docs/evaluation.md says which files";
        yield return "each task reads. Tasks and groups:";
        IEnumerable<string> names = TaskCatalog.Names.Where(name => !name.StartsWith(mmlu, StringComparison.Ordinal) || TaskCatalog.FindGroup(name) is not null);
        var line = new StringBuilder(" ");
        foreach (string name in names.Append("mmlu_SUBJECT"))
        {
            if (line.Length + 1 + name.Length > width)
            {
                yield return line.ToString();
                line.Clear().Append(' ');
            }
            line.Append(' ').Append(name);
        }
        yield return line.ToString();
        yield return "The 95 % interval is a bootstrap over rows. --json prints scores in full precision, with the hash of all";
        yield return "prompts, the version of each task, and the rows that were skipped.";
    }

    private static Option<int?> OptionalNumber(string name, string description, int minimum)
    {
        Option<int> whole = CommonOptions.WholeNumber(name, description, minimum, minimum);
        return new(name) { Description = description, HelpName = "N", CustomParser = result => whole.CustomParser!(result) };
    }
}
