using System.CommandLine;
using Weft.Inference;
using Weft.Tasks;

namespace Weft.Cli.Generation;

/// <summary>What translating and summarizing commands have in common.</summary>
internal sealed class RewritingChoice
{
    private static readonly RewritingOptions Defaults = new();

    private readonly ModelChoice _model = new();
    private readonly TaskText _text;

    private readonly Option<int> _beams = CommonOptions.WholeNumber("--beams",
        "Candidates of the search; 0 takes as many as the model's makers recommend, or else 4", 0, minimum: 0);

    private readonly Option<float?> _lengthPenalty = new("--length-penalty")
    {
        Description = "Above 0 favours longer texts, below 0 shorter ones (default: as the model's makers recommend, or else 1)",
        HelpName = "X",
    };

    private readonly Option<float> _coveragePenalty = CoveragePenalty("Above 0, such as 0.2, favours texts that attend to all of the source; 0 leaves that out");

    private readonly Option<int> _tokens = CommonOptions.WholeNumber("--max-tokens", "Most tokens to write", Defaults.MaximumTokens, minimum: 1);
    private readonly Option<int> _best = CommonOptions.WholeNumber("--best", "Texts to print, the best first; at most as many as beams", 1, minimum: 1);
    private readonly Option<string?> _prefix = new("--prefix") { Description = "Text before the source, such as T5's \"summarize: \" (default: as the model's config says)", HelpName = "TEXT" };
    private readonly Option<string> _long = TaskText.LongOption(LongInput.MapReduce, LongInput.Truncate);
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <param name="openInput">Opens standard input.</param>
    public RewritingChoice(Func<Stream> openInput) => _text = new(openInput, "TEXT", "Text to read");

    /// <summary>Adds arguments and options to a command.</summary>
    public DocumentedCommand AddTo(DocumentedCommand command)
    {
        foreach (Option option in (Option[])[_beams, _lengthPenalty, _coveragePenalty, _best, _tokens, _prefix, _long, _json])
            command.Options.Add(option);
        _text.AddTo(command);
        _model.AddTo(command);
        return command;
    }

    /// <summary>Lines of help about what comes out.</summary>
    public static IReadOnlyList<string> Notes { get; } =
    [
        "The text is found by a beam search. --best prints several, one a line; --long map-reduce, which puts the",
        "texts of parts together, has one only. --json prints",
        "  {\"text\": \"...\", \"candidates\": [{\"text\": \"...\", \"score\": X}, ...]}",
        "where a score is log-probability / length^penalty, plus --coverage-penalty times the sum of log(min(a, 1))",
        "over the source's tokens, a being the attention that one has in all steps; without candidates where the text",
        "was put together.",
    ];

    /// <summary><c>--coverage-penalty X</c>.</summary>
    public static Option<float> CoveragePenalty(string description) =>
        CommonOptions.Number("--coverage-penalty", description, (float)Defaults.CoveragePenalty, value => value >= 0, "use 0 for none, or a positive number such as 0.2");

    /// <summary>Reads, writes and prints.</summary>
    /// <param name="context">The command's.</param>
    /// <param name="create">Makes of a model and options what writes the best text, and what writes candidates.</param>
    public int Run(CommandContext context, Func<LanguageModel, RewritingOptions, (Func<string, string> Best, Func<string, IReadOnlyList<Hypothesis>> Candidates)> create)
    {
        string text = _text.ReadLines(context);
        (int beams, int best) = (context.Get(_beams), context.Get(_best));
        LongInput policy = TaskText.PolicyOf(context.Get(_long));
        if (policy == LongInput.MapReduce && best > 1)
            throw new UsageException("--best and --long map-reduce exclude each other: a text that is put together is one; leave one of them out");
        foreach (Option compares in (Option[])[_lengthPenalty, _coveragePenalty])
            if (beams == 1 && context.IsGiven(compares))
                throw new UsageException($"{compares.Name} needs --beams of 2 or more: one text alone is not compared; leave one of them out");
        using LanguageModel model = _model.Open(context);
        (Func<string, string> write, Func<string, IReadOnlyList<Hypothesis>> candidates) = create(model, Defaults with
        {
            Beams = beams == 0 ? null : beams,
            LengthPenalty = context.Get(_lengthPenalty),
            CoveragePenalty = context.Get(_coveragePenalty),
            MaximumTokens = context.Get(_tokens),
            Prefix = context.Get(_prefix),
            Long = policy,
        });
        Hypothesis[] found = policy == LongInput.MapReduce ? [] : [.. candidates(text).Take(best)];
        string[] texts = policy == LongInput.MapReduce ? [write(text)] : [.. found.Select(one => one.Text)];
        if (context.Get(_json))
            WriteJson(context, texts[0], found);
        else
            foreach (string one in texts)
                context.Output.WriteLine(texts.Length == 1 ? one.Trim() : one.ReplaceLineEndings(" ").Trim());
        return 0;
    }

    private static void WriteJson(CommandContext context, string text, Hypothesis[] candidates)
    {
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteString("text", text.Trim());
        if (candidates.Length > 0)
        {
            json.Writer.WriteStartArray("candidates");
            foreach (Hypothesis candidate in candidates)
            {
                json.Writer.WriteStartObject();
                json.Writer.WriteString("text", candidate.Text.Trim());
                json.Writer.WriteNumber("score", candidate.Score);
                json.Writer.WriteEndObject();
            }
            json.Writer.WriteEndArray();
        }
        json.Writer.WriteEndObject();
        json.Complete();
    }
}
