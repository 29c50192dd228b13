using Weft.Text.Chat;

namespace Weft.Text.Tests.Chat;

/// <summary>Errors name the template, the line, what stands there and what to do.</summary>
public sealed class ChatErrorTests
{
    [Theory]
    [InlineData("a\n{{ x|foo }}", 2, "no filter is named 'foo'; known are abs, attr, batch,")]
    [InlineData("a\n{{ x is foo }}", 2, "no test is named 'foo'; known are ")]
    [InlineData("{{ 1|random }}", 1, "'random' is not offered: a rendering must be the same every time")]
    [InlineData("{% if x %}\n\n", 2, "the tag 'if' of line 1 does not end; add '{% endif %}'")]
    [InlineData("{% for x in y %}\n{% endif %}", 2, "the tag 'endif' is not known inside 'for' of line 1")]
    [InlineData("\n\n{% include 'x' %}", 3, "loads another template")]
    [InlineData("{{ 1 2 }}", 1, "'2' is written where '}}' must stand")]
    [InlineData("{{ a }", 1, "closes nothing")]
    [InlineData("{{ (a] }}", 1, "')' must close the bracket")]
    [InlineData("{{ 'a }}", 1, "a text does not end")]
    [InlineData("\n{# a", 2, "add '#}'")]
    [InlineData("{% raw %}\n", 1, "add '{% endraw %}'")]
    [InlineData("{{ $ }}", 1, "'$' means nothing here")]
    [InlineData("{{ 1\n+ ", 1, "a tag does not end; add '}}'")]
    [InlineData("{% break %}", 1, "stands outside a loop")]
    [InlineData("{% set true = 1 %}", 1, "'true' cannot be assigned to")]
    [InlineData("{{ f(a=1, 2) }}", 1, "write positional arguments")]
    [InlineData("{{ '\\x4' }}", 1, "hexadecimal digits")]
    [InlineData("x\n{{ 'a'|indent(bogus=1) }}", 2, "its arguments are width, first, blank")]
    [InlineData("{{ x\n ~ y.z.z }}", 2, "has no attribute 'z'")]
    public void The_message_leads_to_the_mistake(string template, int line, string named)
    {
        ChatTemplateException error = ChatData.Refusal(template, """{"y": {}}""");
        Assert.Equal(("test", line), (error.TemplateName, error.Line));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        string shown = template.Split('\n')[line - 1].Trim();
        Assert.Contains(shown.Length > 0 ? $"(the line is '{shown}')" : "line", error.Message, StringComparison.Ordinal);
    }

    // As in Jinja2: what may never run is complained about when it does.
    [Fact]
    public void An_unknown_filter_in_a_branch_that_does_not_run_is_no_mistake()
    {
        const string Template = "{% if x %}{{ 1|foo }}{% endif %}ok";
        Assert.Equal("ok", ChatData.Render(Template));
        Assert.Contains("'foo'", ChatData.Refusal(Template, """{"x": 1}""").Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "context: its content is []; write a JSON object here")]
    [InlineData("""{"a": ["\ud800"]}""", "field 'a[0]'")]
    [InlineData("""{"a": {"\ud800": 1}}""", "field 'a'")]
    public void A_bad_context_is_named(string context, string named) =>
        Assert.Contains(named, Assert.Throws<InvalidDataException>(() => ChatData.Render("", context)).Message, StringComparison.Ordinal);
}
