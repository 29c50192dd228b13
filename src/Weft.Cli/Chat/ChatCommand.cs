using System.CommandLine;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Weft.Tasks;
using Weft.Text.Chat;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Weft.Cli.Chat;

/// <summary><c>weft chat</c>: a conversation with a model.</summary>
internal sealed class ChatCommand
{
    private static readonly ChatModelOptions Defaults = new();

    private readonly ModelChoice _model = new();
    private readonly Func<Stream> _openInput;

    private readonly Option<string?> _message = new("--message") { Description = "Say this and end after the answer, in place of a conversation", HelpName = "TEXT" };
    private readonly Option<string?> _system = new("--system") { Description = "Instructions that stand before the conversation", HelpName = "TEXT" };
    private readonly Option<int> _tokens = CommonOptions.WholeNumber("--max-tokens", "Most tokens of an answer", Defaults.MaximumTokens, minimum: 1);
    private readonly Option<float> _temperature = Recommended("--temperature", "0 takes the most likely token, above 1 dares more", value => value >= 0, "use 0 or more");
    private readonly Option<float> _topP = Recommended("--top-p", "Draw from the fewest tokens that reach this probability", value => value is > 0 and <= 1, "use a number above 0 and at most 1");
    private readonly Option<int> _topK = CommonOptions.WholeNumber("--top-k", "Draw from this many most likely tokens; 0 means as the model's makers recommend, or else all", 0, minimum: 0);
    private readonly Option<float> _presence = CommonOptions.Number("--presence-penalty", "Taken off the logit of tokens that stand in the answer already", 0, _ => true, "use a number such as 0.5");
    private readonly Option<float> _frequency = CommonOptions.Number("--frequency-penalty", "The same, for each time that they do", 0, _ => true, "use a number such as 0.5");
    private readonly Option<ulong> _seed = CommonOptions.Seed("Start of the random numbers: the same seed gives the same answers");
    private readonly Option<string?> _schema = new("--json-schema") { Description = "File with a JSON schema: each answer is JSON that it allows, and nothing else", HelpName = "FILE" };
    private readonly Option<string[]> _stop = CommonOptions.Several("--stop", "Text before which an answer ends", "TEXT");
    private readonly Option<string> _long = TaskText.LongOption(LongInput.Truncate);
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <param name="openInput">Opens standard input.</param>
    public ChatCommand(Func<Stream> openInput) => _openInput = openInput;

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create()
    {
        var command = new DocumentedCommand("chat", "Converse with a model that has a chat template")
        {
            Options = { _message, _system, _tokens, _temperature, _topP, _topK, _presence, _frequency, _seed, _schema, _stop, _long, _json },
            Notes =
            [
                "Each line of standard input is what the user says; the answers go to standard output as they are made. The",
                "end of input (Ctrl-D) ends the conversation, Ctrl-C at once. --long truncate leaves out the oldest turns of",
                "a conversation that has become too long. --json, with --message, prints",
                "  {\"answer\": \"...\", \"finish_reason\": \"stop\", \"input_tokens\": N, \"output_tokens\": N}",
                "where finish_reason is stop, or length where --max-tokens or the context ended the answer.",
                "--json-schema makes the model write JSON of that schema; it does not tell the model so, which --system or",
                "the message should. JSON that --max-tokens or the context cut is no JSON; a warning on standard error",
                "says so.",
            ],
            Examples =
            [
                "weft chat models/Qwen2.5-0.5B-Instruct",
                "weft chat models/Qwen2.5-0.5B-Instruct --message \"What is a Transformer?\" --temperature 0 --json",
                "weft chat models/Qwen2.5-0.5B-Instruct --json-schema person.json --message \"Ada, 36. Name and age as JSON?\"",
            ],
        };
        _model.AddTo(command);
        return command.Runs(Run);
    }

    /// <summary>Absent, the model's makers decide.</summary>
    private static Option<float> Recommended(string name, string description, Predicate<float> permitted, string remedy)
    {
        Option<float> option = CommonOptions.Number(name, $"{description} (default: as the model's makers recommend)", 0, permitted, remedy);
        option.DefaultValueFactory = null;
        return option;
    }

    private int Run(CommandContext context)
    {
        string? message = context.Get(_message);
        if (message is null && context.Get(_json))
            throw new UsageException($"{_json.Name} needs {_message.Name}: a conversation is no single object");
        if (context.Get(_schema) is not null && context.Get(_stop).Length > 0)
            throw new UsageException($"{_stop.Name} could cut the JSON that {_schema.Name} asks for; leave one of them out");
        using LanguageModel model = _model.Open(context);
        try
        {
            using var chat = new ChatModel(model, Defaults with { Long = TaskText.PolicyOf(context.Get(_long)) });
            ChatOptions options = Options(context, FormatOf(context, model));
            return message is null ? Converse(context, chat, options)
                : context.Get(_json) ? WriteJson(context, chat, options, message)
                : Say(context, chat, options, [new(ChatRole.User, message)]).ExitCode;
        }
        catch (ChatTemplateException e)
        {
            // A template is a file like any other here.
            throw new InvalidDataException(e.Message, e);
        }
    }

    private ChatResponseFormatJson? FormatOf(CommandContext context, LanguageModel model)
    {
        if (context.Get(_schema) is not { } path)
            return null;
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: there is no such file; give a file with a JSON schema", path);
        using Stream stream = File.OpenRead(path);
        try
        {
            using JsonDocument schema = JsonDocument.Parse(stream);
            // Refused before the first word of a conversation.
            JsonConstraint.Create(model.Tokenizer, schema.RootElement);
            return ChatResponseFormat.ForJsonSchema(schema.RootElement.Clone());
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: it is no JSON ({e.Message}); write a JSON schema", e);
        }
    }

    private ChatOptions Options(CommandContext context, ChatResponseFormat? format) => new()
    {
        ResponseFormat = format,
        Instructions = context.Get(_system),
        MaxOutputTokens = context.Get(_tokens),
        Temperature = context.IsGiven(_temperature) ? context.Get(_temperature) : null,
        TopP = context.IsGiven(_topP) ? context.Get(_topP) : null,
        TopK = context.Get(_topK) > 0 ? context.Get(_topK) : null,
        PresencePenalty = context.Get(_presence),
        FrequencyPenalty = context.Get(_frequency),
        Seed = unchecked((long)context.Get(_seed)),
        StopSequences = context.Get(_stop),
    };

    private int Converse(CommandContext context, ChatModel chat, ChatOptions options)
    {
        bool watched = Terminal.IsWatched(Console.IsErrorRedirected || Console.IsInputRedirected, Environment.GetEnvironmentVariable);
        using var reader = new StreamReader(_openInput(), new UTF8Encoding(false));
        List<ChatMessage> conversation = [];
        while (true)
        {
            if (watched)
                context.Error.Write("> ");
            string? line = reader.ReadLineAsync(context.Cancellation).AsTask().WaitAsync(context.Cancellation).GetAwaiter().GetResult();
            if (line is null)
                return 0;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            conversation.Add(new(ChatRole.User, line));
            (int exitCode, string answer) = Say(context, chat, options, conversation);
            if (exitCode != 0)
                return exitCode;
            conversation.Add(new(ChatRole.Assistant, answer));
        }
    }

    private (int ExitCode, string Answer) Say(CommandContext context, ChatModel chat, ChatOptions options, List<ChatMessage> conversation)
    {
        var answer = new StringBuilder();
        int exitCode = 0;
        ChatFinishReason? reason = null;
        try
        {
            foreach (ChatResponseUpdate update in chat.GetStreamingResponseAsync(conversation, options, context.Cancellation).ToBlockingEnumerable(context.Cancellation))
            {
                answer.Append(update.Text);
                context.Output.Write(update.Text);
                context.Output.Flush();
                reason = update.FinishReason ?? reason;
            }
        }
        catch (OperationCanceledException)
        {
            // What was said so far is worth having.
            exitCode = Failure.Cancelled;
        }
        context.Output.WriteLine();
        context.Output.Flush();
        if (options.ResponseFormat is not null && reason == ChatFinishReason.Length)
            WeftTool.Warn(context)($"the answer was cut by {_tokens.Name} or the model's context, so it is no whole JSON");
        return (exitCode, answer.ToString());
    }

    private static int WriteJson(CommandContext context, ChatModel chat, ChatOptions options, string message)
    {
        ChatResponse response = chat.GetResponseAsync([new(ChatRole.User, message)], options, context.Cancellation).GetAwaiter().GetResult();
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteString("answer", response.Text);
        json.Writer.WriteString("finish_reason", response.FinishReason?.Value);
        json.Writer.WriteNumber("input_tokens", response.Usage!.InputTokenCount!.Value);
        json.Writer.WriteNumber("output_tokens", response.Usage.OutputTokenCount!.Value);
        json.Writer.WriteEndObject();
        json.Complete();
        return 0;
    }
}
