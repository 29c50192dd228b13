using System.Text.Json;
using Weft.Text.Chat.Jinja;
using Weft.Text.Chat.Jinja.Evaluation;
using Weft.Text.Chat.Jinja.Values;
using Weft.Text.Files;

namespace Weft.Text.Chat;

/// <summary>
/// A chat template: turns a conversation into the text that a model was trained to continue. The language is Jinja2 as Hugging
/// Face transformers sets it up, sandboxed and bounded (<see cref="ChatTemplateOptions"/>). Immutable and safe to use from many
/// threads.
/// </summary>
public sealed class ChatTemplate
{
    private readonly ChatProgram _program;
    private readonly ChatProgram? _withTools;
    private readonly ChatTemplateOptions _options;

    internal ChatTemplate(ChatProgram program, ChatProgram? withTools, ChatTemplateOptions? options)
    {
        (_program, _withTools) = (program, withTools);
        _options = options ?? new();
        ArgumentOutOfRangeException.ThrowIfNegative(_options.MaxSteps, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(_options.MaxTextLength, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(_options.MaxOutputLength, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(_options.MaxDepth, nameof(options));
    }

    /// <summary>
    /// The special tokens of the tokenizer_config.json that the template was loaded with, such as <c>bos_token</c>: variables of
    /// every rendering that does not set them itself.
    /// </summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; internal init; } = new Dictionary<string, string>();

    /// <summary>Its text; of several named templates, that of <c>default</c>.</summary>
    public string Source => _program.Source;

    /// <summary>What errors call it: its file, where it was loaded from one.</summary>
    public string Name => _program.Name;

    /// <summary>Parses a template.</summary>
    /// <param name="source">Its text.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="options">Limits and clock.</param>
    /// <exception cref="ChatTemplateException">The syntax is wrong, or it asks for a filter or test that does not exist.</exception>
    public static ChatTemplate Parse(string source, string name, ChatTemplateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(name);
        return new ChatTemplate(ChatProgram.Parse(source, name), null, options);
    }

    /// <summary>
    /// Reads a template: a file .jinja, a tokenizer_config.json or chat_template.json with a field <c>chat_template</c>, or a
    /// model's folder. There chat_template.jinja comes first, then chat_template.json, then tokenizer_config.json. Of several
    /// named templates, <c>default</c> is used, and <c>tool_use</c> where a rendering has tools.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="options">Limits and clock.</param>
    /// <exception cref="ChatTemplateException">The syntax is wrong, or it asks for a filter or test that does not exist.</exception>
    /// <exception cref="InvalidDataException">A JSON file is damaged or has no template.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static ChatTemplate Load(string path, ChatTemplateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return ChatTemplateReader.Read(path, options);
    }

    /// <summary>Renders with variables as they are.</summary>
    /// <param name="context">One JSON object of variables: <c>messages</c>, <c>tools</c>, <c>add_generation_prompt</c> and so on.</param>
    /// <exception cref="ChatTemplateException">The template fails, calls raise_exception, or goes past a limit.</exception>
    /// <exception cref="InvalidDataException">The context is no object, or a text in it holds half a surrogate pair.</exception>
    public string Render(JsonElement context)
    {
        var root = new JsonField("context", "", context);
        bool hasTools = root.Optional("tools") is not null;
        return Run(hasTools, (scope, budget) =>
        {
            foreach ((string name, JsonField value) in JsonValues.Properties(root))
                scope.Set(name, JsonValues.Of(value, budget));
        }).Text;
    }

    /// <summary>Renders a conversation, with the variables that transformers gives.</summary>
    /// <param name="messages">Its turns.</param>
    /// <param name="prompt">Tools, documents and so on.</param>
    /// <exception cref="ChatTemplateException">The template fails, calls raise_exception, or goes past a limit.</exception>
    /// <exception cref="InvalidDataException">A JSON text holds half a surrogate pair.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, ChatPrompt? prompt = null) => RenderMarked(messages, prompt).Text;

    /// <summary>The same, and where the answers are that the template marks with <c>{% generation %}</c>.</summary>
    /// <inheritdoc cref="Render(IReadOnlyList{ChatMessage}, ChatPrompt?)"/>
    public ChatRendering RenderMarked(IReadOnlyList<ChatMessage> messages, ChatPrompt? prompt = null)
    {
        ArgumentNullException.ThrowIfNull(messages);
        prompt ??= new();
        return Run(prompt.Tools is not null, (scope, budget) =>
        {
            Value Json(string name, JsonElement? element) =>
                element is { } given ? JsonValues.Of(new JsonField("prompt", name, given), budget) : NoneValue.Instance;
            scope.Set("messages", new ListValue([.. messages.Select(message => Message(message, budget))]));
            scope.Set("tools", Json("tools", prompt.Tools));
            scope.Set("documents", Json("documents", prompt.Documents));
            scope.Set("add_generation_prompt", BoolValue.Of(prompt.AddGenerationPrompt));
            foreach ((string name, JsonElement value) in prompt.Variables)
                scope.Set(name, Json(name, value));
        });
    }

    private ChatRendering Run(bool hasTools, Action<Scope, Budget> addVariables) =>
        (hasTools && _withTools is not null ? _withTools : _program).Render((scope, budget) =>
        {
            foreach ((string name, string token) in SpecialTokens)
                scope.Set(name, new TextValue(token));
            addVariables(scope, budget);
        }, _options);

    private static DictValue Message(ChatMessage message, Budget budget)
    {
        var dict = new DictValue(budget);
        dict.Entries[new TextValue("role")] = new TextValue(message.Role);
        if (message.Content is { } content)
            dict.Entries[new TextValue("content")] = new TextValue(content);
        foreach ((string name, JsonElement value) in message.Fields)
            dict.Entries[new TextValue(name)] = JsonValues.Of(new JsonField("message", name, value), budget);
        return dict;
    }
}
