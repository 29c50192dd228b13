using System.CommandLine;
using Weft.Evaluation.Metrics;
using Weft.Inference;

namespace Weft.Cli.Generation;

/// <summary><c>weft generate</c>: continues a text.</summary>
internal sealed class GenerateCommand
{
    private static readonly GenerationOptions Defaults = new();

    private readonly Argument<string> _model = WeftTool.ModelArgument();

    private readonly Argument<string?> _prompt = new("PROMPT")
    {
        Description = "Text to continue; quote it if it holds spaces, write -- before it if it begins with a dash",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<int[]?> _promptIds = CommonOptions.Ids("--prompt-ids",
        "Token ids to continue in place of PROMPT, used exactly as given");

    private readonly Option<string?> _lines = new("--lines")
    {
        Description = "File with a text on each line to take in place of PROMPT, one after the other",
        HelpName = "FILE",
    };

    private readonly Option<int> _maximumTokens = CommonOptions.WholeNumber("--max-tokens",
        "Most tokens to generate", Defaults.MaximumTokens, minimum: 1);

    private readonly Option<float> _temperature = CommonOptions.Number("--temperature",
        "0 takes the most likely token, below 1 likely ones, above 1 dares more", Defaults.Sampling.Temperature,
        value => value >= 0, "use 0 for the most likely token, or a positive number such as 0.8");

    private readonly Option<int> _topK = CommonOptions.WholeNumber("--top-k",
        "Draw from this many most likely tokens; 0 means all", Defaults.Sampling.TopK, minimum: 0);

    private readonly Option<float> _topP = CommonOptions.Number("--top-p",
        "Draw from the fewest tokens that reach this probability; 1 means all", Defaults.Sampling.TopP,
        value => value is > 0 and <= 1, "use a number above 0 and at most 1");

    private readonly Option<int> _beams = CommonOptions.WholeNumber("--beams",
        "Search for the most likely text with this many candidates; 1 draws token by token", Defaults.Beams, minimum: 1);

    private readonly Option<float> _lengthPenalty = CommonOptions.Number("--length-penalty",
        "With --beams: above 0 favours longer texts, below 0 shorter ones", (float)Defaults.LengthPenalty, _ => true, "use a number such as 1");

    private readonly Option<float> _coveragePenalty = RewritingChoice.CoveragePenalty("With --beams, of models with an encoder: above 0 favours texts that attend to all of the source");

    private readonly Option<ulong> _seed = CommonOptions.Seed("Start of the random numbers: the same seed gives the same text");
    private readonly Option<string?> _adapter = WeftTool.AdapterOption();
    private readonly Option<int?> _threads = WeftTool.ThreadsOption();
    private readonly Option<bool> _pin = WeftTool.PinOption();
    private readonly Option<bool> _exact = WeftTool.ExactOption();
    private readonly Option<string> _cache = WeftTool.CacheOption();
    private readonly Option<bool> _ids = CommonOptions.Flag("--ids", "Print the generated ids on a line after the text");
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("generate", "Continue a text with a model")
    {
        Arguments = { _model, _prompt },
        Options = { _promptIds, _lines, _maximumTokens, _temperature, _topK, _topP, _seed, _beams, _lengthPenalty, _coveragePenalty, _adapter, _threads, _pin, _exact, _cache, _ids, _json },
        Notes =
        [
            "Standard output gets the prompt and its continuation as they are made, standard error one line about speed.",
            "Generation ends at --max-tokens, at the model's end-of-text token, or when the context is full; Ctrl-C ends",
            "it early. A model with an encoder (T5, BART, Marian) reads PROMPT as its source and prints what its decoder",
            "makes of it, by the most likely tokens unless --temperature says otherwise. --beams prints all at the end,",
            "and leaves nothing to chance. --json prints, at the end,",
            "  {\"ids\": [...], \"text\": \"...\", \"prompt_tokens\": N, \"tokens_per_second\": X}",
            "ids and text are the continuation alone, an end-of-text id included; the speed leaves out the reading of the",
            "prompt.",
            "--lines writes one line for each of FILE, without the prompt: both files can be laid side by side. An empty",
            "line stays empty, line breaks become spaces. With --json each is {\"ids\": [...], \"text\": \"...\"}. FILE may",
            "be JSON lines (.jsonl) with a string on each.",
        ],
        Examples =
        [
            "weft generate models/tinystories \"Once upon a time\"",
            "weft generate models/tinystories \"Once upon a time\" --temperature 0 --max-tokens 60",
            "weft generate models/tinystories --prompt-ids 1,80,147 --json",
            "weft generate models/tinystories \"Once upon a time\" --adapter adapters/rhymes",
            "weft generate models/opus-mt-en-de \"The weather is fine.\" --beams 4",
            "weft generate models/opus-mt-en-de --lines news.en --beams 4 > news.de",
        ],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        string? prompt = context.Get(_prompt);
        int[]? promptIds = context.Get(_promptIds);
        string? lines = context.Get(_lines);
        CheckOneInput(context, prompt, promptIds, lines);
        IReadOnlyList<string>? texts = lines is null ? null : SegmentFile.Read(lines);
        using TextGenerator generator = WeftTool.OpenModel(context, context.Get(_model), context.Get(_adapter), WeftTool.EngineOf(context.Get(_threads), context.Get(_pin), context.Get(_exact), context.Get(_cache)));
        if (promptIds is not null)
            CommonOptions.CheckIds(_promptIds.Name, promptIds, generator.Model.Spec.VocabularySize);
        bool reads = generator.Model.Spec.HasSource;
        if (texts is not null)
            return new LineContinuations(context, generator, ReadOptions(context, reads)).Write(lines!, texts, context.Get(_json));
        promptIds ??= generator.Tokenizer.EncodeToIds(prompt!);
        var continuation = new Continuation(generator, promptIds, ReadOptions(context, reads), context.Cancellation);
        if (context.Get(_json))
            return WriteJson(context, continuation);
        // What was read is no part of what is written.
        string? shown = reads ? generator.HasTokenizer ? "" : null : prompt ?? TextOf(generator, promptIds);
        return WriteText(context, continuation, shown, context.Get(_ids));
    }

    private void CheckOneInput(CommandContext context, string? prompt, int[]? promptIds, string? lines)
    {
        string[] given = [.. new[] { prompt is null ? null : "PROMPT", promptIds is null ? null : _promptIds.Name, lines is null ? null : _lines.Name }.OfType<string>()];
        if (given.Length == 0)
            throw new UsageException($"PROMPT is missing; give the text to continue, its ids with {_promptIds.Name}, or a file of texts with {_lines.Name}");
        if (given.Length > 1)
            throw new UsageException($"{string.Join(" and ", given)} are both given; give one of them");
        if (lines is not null && context.Get(_ids))
            throw new UsageException($"{_ids.Name} adds a line, but {_lines.Name} writes one line for each text; take --json for ids");
    }

    /// <summary>Null without a tokenizer; ids of the model beyond the tokenizer's stand for nothing.</summary>
    private static string? TextOf(TextGenerator generator, int[] ids) => generator.HasTokenizer
        ? generator.Tokenizer.Decode([.. ids.Where(id => id < generator.Tokenizer.VocabularySize)])
        : null;

    private GenerationOptions ReadOptions(CommandContext context, bool reads) => new()
    {
        MaximumTokens = context.Get(_maximumTokens),
        Beams = Beams(context),
        LengthPenalty = context.Get(_lengthPenalty),
        CoveragePenalty = context.Get(_coveragePenalty),
        Sampling = new()
        {
            // A translation or a summary is wanted as the model finds it best.
            Temperature = reads && !context.IsGiven(_temperature) ? 0 : context.Get(_temperature),
            TopK = context.Get(_topK),
            TopP = context.Get(_topP),
            Seed = context.Get(_seed),
        },
    };

    private int Beams(CommandContext context)
    {
        int beams = context.Get(_beams);
        foreach (Option compares in (Option[])[_lengthPenalty, _coveragePenalty])
            if (beams == 1 && context.IsGiven(compares))
                throw new UsageException($"{compares.Name} needs {_beams.Name} of 2 or more: texts that are drawn token by token are not compared");
        foreach (Option chance in (Option[])[_temperature, _topK, _topP, _seed])
            if (beams > 1 && context.IsGiven(chance))
                throw new UsageException($"{_beams.Name} {beams} leaves nothing to chance, so {chance.Name} means nothing beside it; leave one of them out");
        return beams;
    }

    private static int WriteText(CommandContext context, Continuation continuation, string? prompt, bool withIds)
    {
        TextWriter output = context.Output;
        output.Write(prompt);
        output.Flush();
        int exitCode = 0;
        try
        {
            foreach (string piece in continuation.Pieces())
            {
                output.Write(piece);
                output.Flush();
            }
        }
        catch (OperationCanceledException)
        {
            // What was made so far is worth having.
            exitCode = Failure.Cancelled;
        }
        if (prompt is not null)
            output.WriteLine();
        if (withIds || prompt is null)
            output.WriteLine($"ids: {string.Join(',', continuation.Ids)}");
        output.Flush();
        context.Error.WriteLine(continuation.Summary());
        return exitCode;
    }

    private static int WriteJson(CommandContext context, Continuation continuation)
    {
        string text = string.Concat(continuation.Pieces());
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.WriteIds(continuation.Ids);
        json.Writer.WriteString("text", text);
        json.Writer.WriteNumber("prompt_tokens", continuation.PromptTokens);
        json.Writer.WriteNumber("tokens_per_second", Math.Round(continuation.TokensPerSecond, 2));
        json.Writer.WriteEndObject();
        json.Complete();
        return 0;
    }
}
