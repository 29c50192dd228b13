using System.CommandLine;
using System.Text.Json;
using Weft.Text.Chat;

namespace Weft.Cli.Chat;

/// <summary><c>weft chat-template</c>: a conversation as the text that a model continues.</summary>
internal sealed class ChatTemplateCommand
{
    private const string StandardInput = "-";

    private readonly Argument<string> _template = new("TEMPLATE")
    {
        Description = "Template (.jinja), tokenizer_config.json, or folder of a Hugging Face model (or owner/name once downloaded) that holds either",
    };

    private readonly Option<string> _context = new("--context")
    {
        Description = "File with one JSON object of variables, such as messages and add_generation_prompt; - reads standard input",
        HelpName = "FILE.json",
        Required = true,
    };

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("chat-template", "Render a conversation with a model's chat template")
    {
        Arguments = { _template },
        Options = { _context, _json },
        Notes =
        [
            "The rendering goes to standard output exactly as it is, without a line break added. The language is Jinja2",
            "as Hugging Face transformers sets it up. Variables are what the file holds: messages, tools, documents,",
            "add_generation_prompt and whatever else the template reads; bos_token, eos_token and so on come from",
            "tokenizer_config.json where TEMPLATE has one and the file does not set them. --json prints",
            "  {\"text\": \"...\"}",
        ],
        Examples =
        [
            "weft chat-template models/qwen --context conversation.json",
            "echo '{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}' | weft chat-template chat.jinja --context -",
        ],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        string text;
        try
        {
            ChatTemplate template = ChatTemplate.Load(WeftTool.Resolve(context.Get(_template)));
            using JsonDocument variables = ReadVariables(context.Get(_context));
            text = template.Render(variables.RootElement);
        }
        catch (ChatTemplateException e)
        {
            // A template is a file like any other here.
            throw new InvalidDataException(e.Message, e);
        }
        if (context.Get(_json))
            WriteJson(context.Output, text);
        else
            context.Output.Write(text);
        return 0;
    }

    private static JsonDocument ReadVariables(string path)
    {
        string shown = path == StandardInput ? "standard input" : path;
        if (path != StandardInput && !File.Exists(path))
            throw new FileNotFoundException($"{path}: there is no such file; give the JSON file of variables, or - for standard input", path);
        using Stream stream = path == StandardInput ? Console.OpenStandardInput() : File.OpenRead(path);
        try
        {
            return JsonDocument.Parse(stream);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{shown}: it is no JSON ({e.Message}); write one JSON object of variables", e);
        }
    }

    private static void WriteJson(TextWriter output, string text)
    {
        using var json = new JsonOutput(output);
        json.Writer.WriteStartObject();
        json.Writer.WriteString("text", text);
        json.Writer.WriteEndObject();
        json.Complete();
    }
}
