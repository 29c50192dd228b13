using Weft.Cli.Tests.Processes;

namespace Weft.Cli.Tests.Chat;

public sealed class ChatTemplateTests : IDisposable
{
    private const string Hello = """{"messages": [{"role": "user", "content": "Grüße\n"}], "n": 1.0}""";

    private readonly TemporaryFolder _folder = new();

    private string Write(string name, string content)
    {
        File.WriteAllText(_folder.File(name), content);
        return _folder.File(name);
    }

    [Fact]
    public void The_rendering_is_printed_exactly()
    {
        string template = Write("chat.jinja", "{% for m in messages %}\n<{{ m.role }}>{{ m.content }}{% endfor %}{{ n }}"), context = Write("context.json", Hello);
        Assert.Equal("<user>Grüße\n1.0", CommandRun.Of("chat-template", template, "--context", context).OutputOfSuccess());
        CommandRun json = CommandRun.Of("chat-template", template, "--context", context, "--json");
        Assert.Equal(["text"], CommandRun.Keys(json.Json));
        Assert.Equal("<user>Grüße\n1.0", json.Json.GetProperty("text").GetString());
    }

    [Fact]
    public void A_folder_gives_template_and_special_tokens()
    {
        string config = Write("tokenizer_config.json", """{"bos_token": {"content": "<s>"}, "chat_template": "{{ bos_token }}{{ messages|length }}"}"""), context = Write("context.json", Hello);
        foreach (string template in new[] { config, _folder.FullName })
            Assert.Equal("<s>1", CommandRun.Of("chat-template", template, "--context", context).OutputOfSuccess());
        Assert.Equal("B1", CommandRun.Of("chat-template", config, "--context", Write("b.json", """{"bos_token": "B", "messages": [1]}""")).OutputOfSuccess());
    }

    [Fact]
    public void Failures_are_one_line_with_the_place()
    {
        string good = Write("good.jinja", "x"), context = Write("context.json", Hello);
        string Refusal(string template, string with) => CommandRun.Of("chat-template", template, "--context", with).Refusal(1);
        string raising = Write("raising.jinja", "\n{{ raise_exception('Roles must\nalternate') }}");
        Assert.StartsWith($"{raising}, line 2: Roles must alternate", Refusal(raising, context), StringComparison.Ordinal);
        string broken = Write("broken.jinja", "{{ x|nosuch }}");
        Assert.StartsWith($"{broken}, line 1: no filter is named 'nosuch'", Refusal(broken, context), StringComparison.Ordinal);
        Assert.Contains("missing.jinja", Refusal(_folder.File("missing.jinja"), context), StringComparison.Ordinal);
        Assert.Contains("missing.json", Refusal(good, _folder.File("missing.json")), StringComparison.Ordinal);
        Assert.Contains("it is no JSON", Refusal(good, Write("bad.json", "{")), StringComparison.Ordinal);
        Assert.Contains("write a JSON object here", Refusal(good, Write("list.json", "[1]")), StringComparison.Ordinal);
        Assert.Contains("--context", CommandRun.Of("chat-template", good).Refusal(2), StringComparison.Ordinal);
    }

    [Fact]
    public void Standard_input_is_read_and_standard_output_has_no_byte_more()
    {
        using ToolProcess tool = ToolProcess.Start(new Dictionary<string, string?>(), "chat-template", Write("chat.jinja", "{{ messages[0].content }}"), "--context", "-");
        tool.Write("""{"messages": [{"content": "a\nb"}]}""");
        Assert.Equal("a\nb", tool.Finish().OutputOfSuccess());
    }

    public void Dispose() => _folder.Dispose();
}
