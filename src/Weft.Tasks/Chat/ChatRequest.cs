using System.Text.Json;
using Microsoft.Extensions.AI;
using Weft.Inference;
using TextMessage = Weft.Text.Chat.ChatMessage;

namespace Weft.Tasks;

/// <summary>A call of the chat interface in the engine's terms. What the engine cannot do is refused, never passed over.</summary>
/// <param name="Messages">The conversation.</param>
/// <param name="Generation">How far and how it is continued.</param>
/// <param name="StopSequences">Texts that end an answer.</param>
internal sealed record ChatRequest(IReadOnlyList<TextMessage> Messages, GenerationOptions Generation, IReadOnlyList<string> StopSequences)
{
    /// <summary>The tools that may be called; null for none.</summary>
    public JsonElement? Tools { get; private init; }

    /// <summary>The JSON that an answer has to be; null for any text.</summary>
    public ChatResponseFormatJson? Format { get; private init; }

    /// <param name="messages">The conversation.</param>
    /// <param name="options">What the caller asks for, or null.</param>
    /// <param name="defaults">Where the caller asks for nothing.</param>
    /// <param name="modelId">The only model that there is.</param>
    /// <exception cref="ArgumentException">There are no messages, or an option is impossible.</exception>
    /// <exception cref="NotSupportedException">A message or an option is of a kind that is not supported; the message names it.</exception>
    public static ChatRequest Of(IEnumerable<ChatMessage> messages, ChatOptions? options, GenerationOptions defaults, string modelId)
    {
        List<TextMessage> turns = [.. messages.SelectMany(ChatTools.Turns)];
        if (turns.Count == 0)
            throw new ArgumentException("there are no messages; give at least one", nameof(messages));
        if (options is null)
            return new(turns, defaults, []);
        if (options.ModelId is { } id && id != modelId)
            throw new ArgumentException($"ModelId is '{id}', but this is '{modelId}'; leave it out", nameof(options));
        RefuseUnsupported(options);
        if (options.MaxOutputTokens is < 1)
            throw new ArgumentException($"MaxOutputTokens is {options.MaxOutputTokens}; ask for 1 or more", nameof(options));
        if (!string.IsNullOrEmpty(options.Instructions))
            turns.Insert(0, new(ChatRole.System.Value, options.Instructions));
        string[] stops = [.. options.StopSequences ?? []];
        StopText.Check(stops);
        JsonElement? tools = ChatTools.Schemas(options);
        var format = options.ResponseFormat as ChatResponseFormatJson;
        if (format is not null && tools is not null)
            throw new NotSupportedException("ChatOptions.ResponseFormat asks for JSON and ChatOptions.Tools for calls, and an answer cannot be forced to be either; leave one of them out, or set ToolMode to None for the last answer");
        if (format is not null && stops.Length > 0)
            throw new NotSupportedException("ChatOptions.StopSequences could cut the JSON that ChatOptions.ResponseFormat asks for; leave one of them out");
        SamplingOptions sampling = defaults.Sampling;
        return new(turns, defaults with
        {
            MaximumTokens = options.MaxOutputTokens ?? defaults.MaximumTokens,
            Sampling = sampling with
            {
                Temperature = options.Temperature ?? sampling.Temperature,
                TopP = options.TopP ?? sampling.TopP,
                TopK = options.TopK ?? sampling.TopK,
                PresencePenalty = options.PresencePenalty ?? sampling.PresencePenalty,
                FrequencyPenalty = options.FrequencyPenalty ?? sampling.FrequencyPenalty,
                Seed = options.Seed is { } seed ? unchecked((ulong)seed) : sampling.Seed,
            },
        }, stops)
        {
            Tools = tools,
            Format = format,
        };
    }

    private static void RefuseUnsupported(ChatOptions options)
    {
        (string Name, bool IsGiven)[] unsupported =
        [
            (nameof(options.ToolMode), options.ToolMode is RequiredChatToolMode),
            (nameof(options.AllowMultipleToolCalls), options.AllowMultipleToolCalls == false && options.Tools is { Count: > 0 }),
            (nameof(options.ResponseFormat), options.ResponseFormat is not (null or ChatResponseFormatText or ChatResponseFormatJson)),
            (nameof(options.ConversationId), options.ConversationId is not null),
            (nameof(options.Reasoning), options.Reasoning is not null),
            (nameof(options.RawRepresentationFactory), options.RawRepresentationFactory is not null),
            (nameof(options.AdditionalProperties), options.AdditionalProperties is { Count: > 0 }),
        ];
        if (unsupported.FirstOrDefault(option => option.IsGiven).Name is { } name)
            throw new NotSupportedException($"ChatOptions.{name} is not supported by this model; leave it out");
    }
}
