using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Weft.Inference;

namespace Weft.Tasks;

/// <summary>
/// Converses with a decoder that has a chat template. Streams token by token; the same messages, options and seed give the same answer, also where no seed is given. Options
/// that are not honoured are refused. Tools are called where the template asks for calls as Hermes and Qwen write them. Where JSON is asked for, the model can write nothing else
/// (<see cref="JsonConstraint"/>); that excludes tools and stop sequences. Safe to use from several threads: their answers take turns token by token.
/// </summary>
public sealed class ChatModel : IChatClient
{
    private readonly LanguageModel _model;
    private readonly ChatPrompts _prompts;
    private readonly GenerationOptions _generation;
    private readonly ChatClientMetadata _metadata;
    private readonly HashSet<int> _ends;
    private readonly JsonFormats _formats;

    /// <param name="model">A decoder with a chat template; not owned.</param>
    /// <param name="options">What holds where a call does not say otherwise.</param>
    /// <exception cref="NotSupportedException">The model does not continue texts, or has no chat template.</exception>
    /// <exception cref="Weft.Text.Chat.ChatTemplateException">The chat template is damaged.</exception>
    /// <exception cref="ArgumentException">An option is impossible.</exception>
    public ChatModel(LanguageModel model, ChatModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!model.Spec.Generates || model.Spec.HasSource)
            throw new NotSupportedException($"model '{model.Path}' does not continue texts, so it cannot answer; give a decoder with a language model's head");
        options ??= new();
        _model = model;
        _prompts = new(model, options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaximumTokens, 1);
        _generation = new() { MaximumTokens = options.MaximumTokens, Sampling = options.Sampling ?? RecommendedSampling(model) };
        _metadata = new("weft", defaultModelId: model.Path);
        // Models of conversations often end a turn by their tokenizer's end token, and a text by that of their config.
        _ends = [.. model.Generator.EndOfTextIds, .. model.Tokenizer.Settings.EndOfTextIds];
        if (model.Tokenizer.Settings.Roles.End is { } end)
            _ends.Add(end.Id);
        _formats = new(model.Tokenizer, _ends);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are no messages, they do not fit the context, or an option, such as a JSON schema, is impossible.</exception>
    /// <exception cref="NotSupportedException">A message, an option or a keyword of a JSON schema is of a kind that is not supported; the message names it.</exception>
    /// <exception cref="Weft.Text.Chat.ChatTemplateException">The chat template refuses the conversation.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    /// <inheritdoc cref="GetResponseAsync"/>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var request = ChatRequest.Of(messages, options, _generation, _model.Path);
        GenerationOptions generation = request.Format is { } format ? request.Generation with { Constraint = _formats.ConstraintOf(format) } : request.Generation;
        int[] prompt = _prompts.Encode(request.Messages, request.Tools);
        // Asked for here, so that impossible options are refused at once, not when the first piece is awaited.
        IAsyncEnumerable<GeneratedToken> tokens = _model.Generator.GenerateAsync(prompt, generation, cancellationToken);
        return Answer(tokens, prompt.Length, request, cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(_model) ? _model
            : null;
    }

    /// <summary>Does nothing: the model is not owned.</summary>
    public void Dispose()
    {
    }

    /// <summary>The updates that tokens make.</summary>
    /// <param name="tokens">As the engine gives them.</param>
    /// <param name="read">Tokens of the prompt.</param>
    /// <param name="request">Stop sequences, and whether there are tools to call.</param>
    /// <param name="ct">Ends it between two tokens.</param>
    internal async IAsyncEnumerable<ChatResponseUpdate> Answer(
        IAsyncEnumerable<GeneratedToken> tokens, int read, ChatRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        string id = Guid.NewGuid().ToString("N");
        DateTimeOffset now = DateTimeOffset.UtcNow;
        ChatResponseUpdate Update(AIContent content) => new(ChatRole.Assistant, [content]) { ResponseId = id, MessageId = id, CreatedAt = now, ModelId = _model.Path };
        var stop = new StopText(request.StopSequences);
        var calls = new ToolCallText(request.Tools is not null);
        bool isCut = false;
        int written = 0;
        await foreach (GeneratedToken token in tokens.WithCancellation(ct).ConfigureAwait(false))
        {
            written++;
            bool ends = _ends.Contains(token.Id);
            // The end of a turn may be a token that is not special, but it is no part of the answer.
            foreach (AIContent content in calls.Append(stop.Append(ends ? "" : token.Text)))
                yield return Update(content);
            if (ends || stop.IsFound)
                break;
            isCut = token.StopReason is StopReason.MaximumTokens or StopReason.ContextFull;
        }
        foreach (AIContent content in (AIContent[])[.. calls.Append(stop.Flush()), .. calls.Flush()])
            yield return Update(content);
        ChatResponseUpdate last = Update(new UsageContent(new() { InputTokenCount = read, OutputTokenCount = written, TotalTokenCount = read + written }));
        last.FinishReason = isCut ? ChatFinishReason.Length : calls.Count > 0 ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop;
        yield return last;
    }

    private static SamplingOptions RecommendedSampling(LanguageModel model)
    {
        var usual = new SamplingOptions();
        return !model.GenerationConfig.Flag("do_sample") ? usual : usual with
        {
            Temperature = (float)(model.GenerationConfig.Number("temperature") ?? 1),
            TopP = (float)(model.GenerationConfig.Number("top_p") ?? 1),
            TopK = (int)(model.GenerationConfig.Number("top_k") ?? 50),
        };
    }
}
