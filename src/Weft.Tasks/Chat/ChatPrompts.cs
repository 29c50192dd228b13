using System.Text.Json;
using Weft.Text;
using Weft.Text.Chat;

namespace Weft.Tasks;

/// <summary>Conversations as the ids that a model continues.</summary>
internal sealed class ChatPrompts
{
    private const string System = "system", User = "user";

    private readonly LanguageModel _model;
    private readonly ChatModelOptions _options;
    private readonly ChatTemplate _template;
    private readonly Dictionary<string, JsonElement> _variables;
    private readonly string[] _special;

    /// <param name="model">Whose template and tokenizer.</param>
    /// <param name="options">Variables, and what to do with long conversations.</param>
    /// <exception cref="NotSupportedException">The model has no chat template.</exception>
    public ChatPrompts(LanguageModel model, ChatModelOptions options)
    {
        (_model, _options) = (model, options);
        LongInputs.Check(options.Long, LongInput.Refuse, LongInput.Truncate);
        _template = model.LoadChatTemplate();
        _special = [.. model.Tokenizer.SpecialTokenNames];
        // A template of a GGUF file has no tokenizer_config.json beside it that would name them.
        _variables = _template.SpecialTokens.Count > 0 ? [] : model.Tokenizer.Settings.Roles.Named().ToDictionary(role => role.Name, role => JsonText(role.Token.Content));
        foreach ((string name, JsonElement value) in options.TemplateVariables)
            _variables[name] = value;
    }

    /// <summary>The ids of a conversation, with what an answer begins with, and room for at least one token of it.</summary>
    /// <exception cref="ArgumentException">It does not fit the context, or a message holds a token that only the template may write.</exception>
    /// <exception cref="ChatTemplateException">The template refuses the conversation.</exception>
    /// <exception cref="NotSupportedException">There are tools, but the template asks for no calls, or in another form.</exception>
    public int[] Encode(IReadOnlyList<ChatMessage> messages, JsonElement? tools = null)
    {
        int[] ids = Render(messages, tools);
        int whole = ids.Length;
        for (List<ChatMessage> left = [.. messages]; ids.Length >= _model.ContextLength; ids = Render(left, tools))
            if (_options.Long == LongInput.Refuse || !DropOldest(left))
                throw LongInputs.Refusal(whole, _model.ContextLength - 1, _options.Long == LongInput.Refuse ? [LongInput.Truncate] : []);
        return ids;
    }

    /// <summary>Takes out the oldest turn of a user with its answer; the last stays.</summary>
    private static bool DropOldest(List<ChatMessage> messages)
    {
        int first = messages.FindIndex(message => message.Role != System);
        int next = first < 0 ? -1 : messages.FindIndex(first + 1, message => message.Role == User);
        if (next < 0)
            return false;
        messages.RemoveRange(first, next - first);
        return true;
    }

    private int[] Render(IReadOnlyList<ChatMessage> messages, JsonElement? tools)
    {
        string text = RenderText(messages, tools);
        if (tools is not null && !ToolCallText.IsAskedForBy(text))
            throw new NotSupportedException($"the chat template of model '{_model.Path}' does not ask for calls as {ToolCallText.Form}, which is what is read here; leave the tools out");
        string[] named = [.. _special.Where(token => messages.Any(message => message.Content?.Contains(token, StringComparison.Ordinal) == true || InFields(message, token)))];
        if (named.Length == 0)
            return _model.Tokenizer.EncodeToIds(text, addSpecialTokens: false, parseSpecialTokens: true);
        // A message must not pretend to be the structure around it: a special token that it names is text, unless the template needs that very token.
        string structure = RenderText([.. messages.Select(message => message with { Content = Without(message.Content, named) })], tools);
        if (named.FirstOrDefault(token => structure.Contains(token, StringComparison.Ordinal)) is { } token)
            throw new ArgumentException($"a message holds '{token}', by which the model tells messages apart; take it out", nameof(messages));
        return _model.Tokenizer.EncodeToIds(text, addSpecialTokens: false, SpecialTokens.Named(_special.Except(named)));
    }

    /// <summary>A conversation as the template writes it, with what an answer begins with.</summary>
    internal string RenderText(IReadOnlyList<ChatMessage> messages, JsonElement? tools) =>
        _template.Render(messages, new() { AddGenerationPrompt = true, Tools = tools, Variables = _variables });

    private static bool InFields(ChatMessage message, string token) => message.Fields.Values.Any(field => field.GetRawText().Contains(token, StringComparison.Ordinal));

    private static string? Without(string? text, string[] tokens) => tokens.Aggregate(text, (left, token) => left?.Replace(token, "", StringComparison.Ordinal));

    private static JsonElement JsonText(string text) => JsonElement.Parse($"\"{JsonEncodedText.Encode(text)}\"");
}
