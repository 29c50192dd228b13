using System.Diagnostics;
using Weft.Text.Chat;

namespace Weft.Text.Tests.Chat;

/// <summary>Hostile templates end with an error that names template and line; none hangs, fills memory or overflows the stack.</summary>
public sealed class LimitTests
{
    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    [Theory]
    [InlineData("{{ 'a' * 10**9 }}", "characters")]
    [InlineData("{{ '%1000000000d' % 1 }}", "characters")]
    [InlineData("{{ '{:1000000000}'.format(1) }}", "characters")]
    [InlineData("{{ '%.1000000f' % 1.5 }}", "digits")]
    [InlineData("{{ 'a'|center(10**10) }}", "characters")]
    [InlineData("{{ ('a' * 10**6).replace('a', 'b' * 10**6) }}", "characters")]
    [InlineData("{{ 'a\nb'|indent(10**9) }}", "characters")]
    [InlineData("{{ [1]|tojson(indent=10**9) }}", "characters")]
    [InlineData("{{ '\t'.expandtabs(10**9) }}", "characters")]
    [InlineData("{{ range(10**12) }}", "Range too big")]
    [InlineData("{{ [0] * 10**10 }}", "steps")]
    [InlineData("{{ [1]|batch(10**9, 0)|list }}", "steps")]
    [InlineData("{{ 10 ** (10**8) }}", "bits")]
    [InlineData("{{ 1|round(-(10**8)) }}", "bits")]
    [InlineData("{{ ('x' * 10**6)|wordwrap(1) }}", "steps")]
    [InlineData("{{ ('a' * 10**7).find('a' * 5 * 10**6 ~ 'b') }}", "steps")]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "steps")]
    [InlineData("{% set s = '😀' * 500000 %}{% for i in range(99999) %}{{ s[3:5] ~ s|length }}{% endfor %}", "steps")]
    [InlineData("{% set n = namespace(s='a') %}{% for i in range(99) %}{% set n.s = n.s ~ n.s %}{% endfor %}", "than")]
    [InlineData("{% set n = namespace(s=3) %}{% for i in range(99) %}{% set n.s = n.s * n.s %}{% endfor %}", "bits")]
    [InlineData("{% set n = namespace(s=1) %}{% for i in range(60) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s }}", "than")]
    [InlineData("{% set n = namespace(s=1) %}{% for i in range(60) %}{% set n.s = (n.s, n.s) %}{% endfor %}{{ {n.s: 1} }}", "steps")]
    [InlineData("{% set n = namespace(s=1) %}{% for i in range(99999) %}{% set n.s = [n.s] %}{% endfor %}{{ n.s }}", "deeply")]
    [InlineData("{% set n = namespace() %}{% set n.s = n %}{{ n }}", "deeply")]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "deeper")]
    [InlineData("{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}", "deeper")]
    public void A_greedy_template_is_stopped(string template, string named)
    {
        var watch = Stopwatch.StartNew();
        ChatTemplateException error = ChatData.Refusal("\n" + template);
        Assert.Contains(named, error.Problem, StringComparison.Ordinal);
        Assert.True(error.Line >= 2 && error.Message.StartsWith($"test, line {error.Line}: ", StringComparison.Ordinal), error.Message);
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), $"it took {watch.Elapsed}");
    }

    [Theory]
    [InlineData("{{ ", "(", "1", ")", " }}")]
    [InlineData("{{ ", "[", "1", "]", " }}")]
    [InlineData("{{ ", "not ", "1", "", " }}")]
    [InlineData("{{ ", "- ", "1", "", " }}")]
    [InlineData("{{ ", "", "1", "+1", " }}")]
    [InlineData("{{ ", "", "1", "|abs", " }}")]
    [InlineData("{{ ", "", "x", ".x", " }}")]
    [InlineData("{{ ", "", "1", " if 0 else 1", " }}")]
    [InlineData("{{ ", "a[", "1", "]", " }}")]
    [InlineData("", "{% if 1 %}", "1", "{% endif %}", "")]
    [InlineData("{% set ", "(", "a", ")", " = 1 %}")]
    public void Deep_nesting_is_refused_and_shallow_nesting_is_not(string start, string open, string core, string close, string end)
    {
        string Nested(int depth) => start + Repeat(open, depth) + core + Repeat(close, depth) + end;
        const string Context = """{"x": {"x": {"x": {"x": 1}}}, "a": [0, 1]}""";
        ChatData.Render(Nested(3), Context);
        Assert.NotEmpty(ChatData.Refusal(Nested(100_000), Context).Problem);
    }

    [Fact]
    public void Limits_are_the_callers()
    {
        const string Loop = "{% for i in range(100) %}{{ i }}{% endfor %}";
        Assert.Equal(190, ChatData.Render(Loop).Length);
        Assert.Contains("MaxSteps", ChatData.Refusal(Loop, options: new() { MaxSteps = 100 }).Problem, StringComparison.Ordinal);
        Assert.Contains("MaxOutputLength", ChatData.Refusal(Loop, options: new() { MaxOutputLength = 189 }).Problem, StringComparison.Ordinal);
        Assert.Equal(190, ChatData.Render(Loop, options: new() { MaxOutputLength = 190 }).Length);
        Assert.Contains("MaxTextLength", ChatData.Refusal("{{ 'ab' ~ 'cd' }}", options: new() { MaxTextLength = 3 }).Problem, StringComparison.Ordinal);
        Assert.Contains("MaxDepth", ChatData.Refusal("{{ [[[[1]]]] }}", options: new() { MaxDepth = 3 }).Problem, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => ChatTemplate.Parse("", "x", new() { MaxSteps = -1 }));
    }

    [Fact]
    public void A_small_stack_is_enough_to_refuse()
    {
        Exception? seen = null;
        var thread = new Thread(() => seen = Record.Exception(() => ChatData.Render("{% macro f() %}{% if 1 %}{{ f()|trim }}{% endif %}{% endmacro %}{{ f() }}")), 256 * 1024);
        thread.Start();
        thread.Join();
        Assert.IsType<ChatTemplateException>(seen);
    }
}
