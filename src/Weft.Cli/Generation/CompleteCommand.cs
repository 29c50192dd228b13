using System.CommandLine;
using Weft.Inference;
using Weft.Tasks;

namespace Weft.Cli.Generation;

/// <summary><c>weft complete</c>: code that fills a gap, or goes on.</summary>
internal sealed class CompleteCommand
{
    private const string Gap = "<FILL>";

    private static readonly CodeCompletionOptions Defaults = new();

    private readonly ModelChoice _model = new();
    private readonly TaskText _code;
    private readonly Option<string> _mark = new("--gap") { Description = "How the gap is marked in the code", HelpName = "TEXT", DefaultValueFactory = _ => Gap };
    private readonly Option<int> _tokens = CommonOptions.WholeNumber("--max-tokens", "Most tokens to write", Defaults.MaximumTokens, minimum: 1);

    private readonly Option<float> _temperature = CommonOptions.Number("--temperature",
        "0 takes the most likely token, below 1 likely ones, above 1 dares more", Defaults.Sampling.Temperature,
        value => value >= 0, "use 0 for the most likely token, or a positive number such as 0.2");

    private readonly Option<ulong> _seed = CommonOptions.Seed("Start of the random numbers: the same seed gives the same code");
    private readonly Option<string[]> _stop = CommonOptions.Several("--stop", "Text before which the completion ends", "TEXT");
    private readonly Option<string> _long = TaskText.LongOption(LongInput.Truncate);
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <param name="openInput">Opens standard input.</param>
    public CompleteCommand(Func<Stream> openInput) => _code = new(openInput, "CODE", $"Code with at most one gap, {Gap}; without one it is continued");

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create()
    {
        var command = new DocumentedCommand("complete", "Complete code, at its end or at a gap")
        {
            Options = { _mark, _tokens, _temperature, _seed, _stop, _long, _json },
            Notes =
            [
                "Prints what was written, and nothing of the code around it. A gap is filled by the tokens that Qwen Coder,",
                "StarCoder, Code Llama, CodeGemma and DeepSeek Coder have for it; other models see only what stands before",
                "it, which standard error says. --long truncate leaves out what is farthest from the gap. --json prints",
                "  {\"text\": \"...\", \"fills_gap\": true, \"stop\": \"end_of_text\"}",
                "where stop is end_of_text, max_tokens, context_full or stop_sequence.",
            ],
            Examples =
            [
                "weft complete models/qwen2.5-coder-0.5b \"int Add(int a, int b) => <FILL>;\"",
                "weft complete models/starcoder2-3b --file Program.cs --max-tokens 64 --json",
            ],
        };
        _code.AddTo(command);
        _model.AddTo(command);
        return command.Runs(Run);
    }

    private int Run(CommandContext context)
    {
        string mark = context.Get(_mark);
        if (mark.Length == 0)
            throw new UsageException($"{_mark.Name} is empty; give a text that does not occur in the code, such as {Gap}");
        string[] sides = _code.Read(context).Split(mark);
        if (sides.Length > 2)
            throw new UsageException($"the code has {sides.Length - 1} gaps '{mark}'; mark one");
        using LanguageModel model = _model.Open(context);
        var completer = new CodeCompleter(model, Defaults with
        {
            MaximumTokens = context.Get(_tokens),
            Sampling = new() { Temperature = context.Get(_temperature), Seed = context.Get(_seed) },
            StopSequences = context.Get(_stop),
            Long = TaskText.PolicyOf(context.Get(_long)),
        });
        string after = sides.ElementAtOrDefault(1) ?? "";
        CodeCompletion completion = completer.Complete(sides[0], after, context.Cancellation);
        if (after.Length > 0 && !completion.FillsGap)
            context.Error.WriteLine("warning: the model has no tokens for gaps, so it has seen only what stands before this one");
        if (context.Get(_json))
            WriteJson(context, completion);
        else
            context.Output.WriteLine(completion.Text);
        return 0;
    }

    private static void WriteJson(CommandContext context, CodeCompletion completion)
    {
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteString("text", completion.Text);
        json.Writer.WriteBoolean("fills_gap", completion.FillsGap);
        json.Writer.WriteString("stop", completion.StopReason switch
        {
            StopReason.EndOfText => "end_of_text",
            StopReason.MaximumTokens => "max_tokens",
            StopReason.ContextFull => "context_full",
            _ => "stop_sequence",
        });
        json.Writer.WriteEndObject();
        json.Complete();
    }
}
