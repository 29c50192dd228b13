using System.Text.Json;
using CsCheck;
using Weft.Text.Chat;

namespace Weft.Text.Tests.Chat;

public sealed class ChatTemplateTests
{
    private const string ChatMl =
        "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}{% for c in m.tool_calls or [] %}[{{ c|tojson }}]{% endfor %}{{ '\\n' }}{% endfor %}"
        + "{% if tools is not none %}{{ tools|length }} tools{% endif %}{% if add_generation_prompt %}<assistant>{% endif %}";

    [Fact]
    public void Messages_render_with_what_transformers_passes()
    {
        ChatTemplate template = ChatTemplate.Parse(ChatMl, "chatml");
        ChatMessage[] messages =
        [
            new("user", "Hi"),
            new("assistant", null) { Fields = new Dictionary<string, JsonElement> { ["tool_calls"] = ChatData.Json("""[{"name": "f"}]""") } },
        ];
        Assert.Equal("<user>Hi\n<assistant>[{\"name\": \"f\"}]\n", template.Render(messages));
        Assert.Equal("<s><user>Hi\n<assistant>[{\"name\": \"f\"}]\n2 tools<assistant>", template.Render(messages, new()
        {
            AddGenerationPrompt = true,
            Tools = ChatData.Json("[1, 2]"),
            Variables = new Dictionary<string, JsonElement> { ["bos_token"] = ChatData.Json("\"<s>\"") },
        }));
        Assert.Equal("True True", ChatTemplate.Parse("{{ documents is none }} {{ tools is none }}", "x").Render(messages));
    }

    [Fact]
    public void A_config_gives_the_template_and_its_special_tokens()
    {
        using var folder = new TemporaryFolder();
        string config = folder.File("tokenizer_config.json");
        File.WriteAllText(config, JsonSerializer.Serialize(new
        {
            bos_token = "<s>",
            eos_token = new { content = "</s>", special = true },
            pad_token = (string?)null,
            chat_template = "{{ bos_token }}{{ x }}{{ eos_token }}{{ pad_token }}",
        }));
        foreach (string path in new[] { config, folder.FullName })
        {
            ChatTemplate template = ChatTemplate.Load(path);
            Assert.Equal("<s>1</s>", template.Render(ChatData.Json("""{"x": 1}""")));
            Assert.Equal("B1</s>", template.Render(ChatData.Json("""{"x": 1, "bos_token": "B"}""")));
            Assert.Equal(["bos_token", "eos_token"], template.SpecialTokens.Keys.Order());
        }
        File.WriteAllText(folder.File("chat_template.json"), """{"chat_template": "json{{ bos_token }}"}""");
        Assert.Equal("json<s>", ChatTemplate.Load(folder.FullName).Render(ChatData.Json("{}")));
        File.WriteAllText(folder.File("chat_template.jinja"), "jinja{{ eos_token }}\n");
        Assert.Equal("jinja</s>", ChatTemplate.Load(folder.FullName).Render(ChatData.Json("{}")));
        Assert.Equal("jinja", ChatTemplate.Load(folder.File("chat_template.jinja")).Render(ChatData.Json("{}")));
    }

    [Fact]
    public void Of_named_templates_tool_use_takes_the_renderings_with_tools()
    {
        using var folder = new TemporaryFolder();
        string config = folder.File("tokenizer_config.json");
        File.WriteAllText(config, """{"chat_template": [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "{{ tools|length }}"}]}""");
        ChatTemplate template = ChatTemplate.Load(config);
        Assert.Equal("plain", template.Render([]));
        Assert.Equal("plain", template.Render(ChatData.Json("""{"tools": null}""")));
        Assert.Equal("1", template.Render(ChatData.Json("""{"tools": [{}]}""")));
        Assert.Equal("2", template.Render([], new() { Tools = ChatData.Json("[1, 2]") }));
    }

    [Theory]
    [InlineData("tokenizer_config.json", "{}", "'chat_template' is missing")]
    [InlineData("tokenizer_config.json", "{", "no JSON")]
    [InlineData("tokenizer_config.json", """{"chat_template": 3}""", "write a JSON string here")]
    [InlineData("tokenizer_config.json", """{"chat_template": [{"name": "a", "template": ""}]}""", "'default'")]
    [InlineData("tokenizer_config.json", """{"chat_template": "", "bos_token": 3}""", "field 'bos_token' is 3")]
    public void A_bad_file_is_named(string name, string content, string named)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File(name), content);
        var error = Assert.Throws<InvalidDataException>(() => ChatTemplate.Load(folder.File(name)));
        Assert.StartsWith(folder.File(name), error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_and_a_template_that_is_no_text_are_named()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("chat_template.jinja", Assert.Throws<FileNotFoundException>(() => ChatTemplate.Load(folder.FullName)).Message, StringComparison.Ordinal);
        Assert.Contains("a.jinja", Assert.Throws<FileNotFoundException>(() => ChatTemplate.Load(folder.File("a.jinja"))).Message, StringComparison.Ordinal);
        File.WriteAllBytes(folder.File("b.jinja"), [0xFF, 0xFE, 0x41]);
        Assert.Contains("UTF-8", Assert.Throws<InvalidDataException>(() => ChatTemplate.Load(folder.File("b.jinja"))).Message, StringComparison.Ordinal);
        File.WriteAllText(folder.File("c.jinja"), "{% if %}");
        Assert.Equal(folder.File("c.jinja"), Assert.Throws<ChatTemplateException>(() => ChatTemplate.Load(folder.File("c.jinja"))).TemplateName);
    }

    [Theory]
    [InlineData("%d %b %Y", "05 Mar 2024")]
    [InlineData("%Y-%m-%d %H:%M:%S.%f", "2024-03-05 07:08:09.000000")]
    [InlineData("%-d.%-m.%y %I %p %A %B %a %j %e", "5.3.24 07 AM Tuesday March Tue 065  5")]
    [InlineData("%U %W %V %G %u %w %D %F %T %R %c|%%|%z%Z", "09 10 10 2024 2 2 03/05/24 2024-03-05 07:08:09 07:08 Tue Mar  5 07:08:09 2024|%|")]
    public void The_clock_is_the_callers_and_local(string format, string expected)
    {
        var clock = new FixedClock(new DateTimeOffset(2024, 3, 5, 7, 8, 9, TimeSpan.FromHours(9)));
        Assert.Equal(expected, ChatData.Render($"{{{{ strftime_now('{format}') }}}}", options: new() { Clock = clock }));
    }

    [Fact]
    public void Any_text_comes_out_as_it_went_in_and_tojson_reads_back() =>
        Texts.Any.Select(Texts.WellFormed).Sample(text =>
        {
            JsonElement context = ChatData.Json(JsonSerializer.Serialize(new Dictionary<string, string> { ["t"] = text }));
            Assert.Equal(text, ChatTemplate.Parse("{{ t }}", "x").Render(context));
            Assert.Equal(text, ChatData.Json(ChatTemplate.Parse("{{ t|tojson }}", "x").Render(context)).GetString());
            Assert.Equal(text, ChatData.Json(ChatTemplate.Parse("{{ t|tojson(true) }}", "x").Render(context)).GetString());
        });

    // Slices against lists of code points, cut the plain way.
    [Fact]
    public void Slices_of_texts_count_code_points() =>
        Gen.Select(Texts.Any.Select(Texts.WellFormed), Gen.Int[-9, 9], Gen.Int[-9, 9], Gen.Int[1, 3]).Sample((text, start, stop, step) =>
        {
            string[] points = [.. text.EnumerateRunes().Select(rune => rune.ToString())];
            int At(int position) => Math.Clamp(position < 0 ? position + points.Length : position, 0, points.Length);
            string expected = string.Concat(points.Where((_, index) => index >= At(start) && index < At(stop) && (index - At(start)) % step == 0));
            JsonElement context = ChatData.Json(JsonSerializer.Serialize(new Dictionary<string, string> { ["t"] = text }));
            Assert.Equal(expected, ChatTemplate.Parse($"{{{{ t[{start}:{stop}:{step}] }}}}", "x").Render(context));
        });

    [Fact]
    public void One_template_renders_on_many_threads()
    {
        ChatTemplate template = ChatTemplate.Parse("{% set n = namespace(i=0) %}{% for m in messages %}{% set n.i = n.i + 1 %}{% endfor %}{{ n.i }}", "x");
        Parallel.For(0, 200, count => Assert.Equal($"{count}", template.Render([.. Enumerable.Repeat(new ChatMessage("user", "x"), count)])));
    }
}
