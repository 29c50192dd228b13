using Weft.Text.Chat.Jinja;
using Weft.Text.Chat.Jinja.Evaluation;
using Weft.Text.Chat.Jinja.Library;
using Weft.Text.Chat.Jinja.Syntax;
using Weft.Text.Files;

namespace Weft.Text.Chat;

/// <summary>One parsed template and the text it came from, which errors show.</summary>
internal sealed class ChatProgram
{
    private readonly IReadOnlyList<Statement> _body;

    private ChatProgram(string source, string name, IReadOnlyList<Statement> body) => (Source, Name, _body) = (source, name, body);

    /// <summary>Its text.</summary>
    public string Source { get; }

    /// <summary>What errors call it.</summary>
    public string Name { get; }

    /// <summary>Parses a template.</summary>
    /// <param name="source">Its text.</param>
    /// <param name="name">Its name, for errors.</param>
    /// <param name="trims">Whether line breaks and blanks around block tags go, as transformers has it.</param>
    /// <exception cref="ChatTemplateException">Its syntax is wrong.</exception>
    public static ChatProgram Parse(string source, string name, bool trims = true)
    {
        try
        {
            return new ChatProgram(source, name, StatementParser.Parse(Lexer.Read(source, trims)));
        }
        catch (TemplateFault fault)
        {
            throw Located(fault, source, name, 1);
        }
    }

    /// <summary>Renders the template.</summary>
    /// <param name="addVariables">Adds the variables of the context.</param>
    /// <param name="options">Its limits and clock.</param>
    /// <exception cref="ChatTemplateException">The template fails or goes past a limit.</exception>
    public ChatRendering Render(Action<Scope, Budget> addVariables, ChatTemplateOptions options)
    {
        var state = new RenderState(options);
        // Variables of the context cover the functions; what the template sets covers both.
        var context = new Scope(Globals.Scope);
        addVariables(context, state.Budget);
        try
        {
            state.Runner.Run(_body, new Scope(context), state.Output);
            return new(state.Output.ToString(), state.Answers);
        }
        catch (TemplateFault fault)
        {
            throw Located(fault, Source, Name, state.Line);
        }
    }

    private static ChatTemplateException Located(TemplateFault fault, string source, string name, int line)
    {
        line = fault.Line > 0 ? fault.Line : line;
        string[] lines = source.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n', '\r');
        return new ChatTemplateException(name, line, fault.Message, JsonField.Shorten(lines.ElementAtOrDefault(line - 1)?.Trim() ?? ""));
    }
}
