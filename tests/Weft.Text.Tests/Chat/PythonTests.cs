using System.Text.Json;

namespace Weft.Text.Tests.Chat;

/// <summary>The language against Python: python-cases.json holds random expressions and statements and what Jinja2 3.1 gave for them.</summary>
public sealed class PythonTests
{
    private const string Context = """
        {"s": "Hello", "l": [3, 1, 2], "d": {"b": 1, "a": 2.0, "items": null}, "n": null, "u": "a😀é", "messages": [{"role": "user", "content": "x"}]}
        """;

    [Fact]
    public void Random_templates_give_what_Jinja2_gave()
    {
        JsonElement data = ChatData.Own("python-cases.json");
        int passed = 0, refused = 0;
        foreach (JsonElement one in data.GetProperty("cases").EnumerateArray())
        {
            string template = one.GetProperty("template").GetString()!;
            JsonElement context = data.GetProperty("contexts").GetProperty(one.GetProperty("context").GetString()!);
            string? rendered = ChatData.TryRender(template, context, one.GetProperty("trims").GetBoolean());
            Assert.True(one.GetProperty("expected").GetString() == rendered, $"{template}\ngave {rendered ?? "an error"}");
            (passed, refused) = (passed + 1, refused + (rendered is null ? 1 : 0));
        }
        Assert.Equal((692, 140), (passed, refused));
    }

    [Theory]
    [InlineData("{{ [1, 1.0, 1e16, 1e-7, 'it\\'s', none, true, (1,), {'a': []}] }}", "[1, 1.0, 1e+16, 1e-07, \"it's\", None, True, (1,), {'a': []}]")]
    [InlineData("{{ 7 // -2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 3 ** 2 }} {{ 2 ** -1 }} {{ -2 ** 2 }} {{ 5.5 % -2 }}", "-4 2 3.5 64 0.5 4 -0.5")]
    [InlineData("{{ 1 < 2 < 3 }} {{ 3 > 2 == 2 }} {{ 1 == true }} {{ 'a' < 'b' }}", "True True True True")]
    [InlineData("{{ u[1] }}{{ u[::-1] }}{{ u|length }}{{ u.find('é') }}", "😀é😀a32")]
    [InlineData("{{ d.items() }} {{ d['items'] }} {{ d.keys() }}", "dict_items([('b', 1), ('a', 2.0), ('items', None)]) None dict_keys(['b', 'a', 'items'])")]
    [InlineData("{{ missing }}|{{ missing is defined }}|{{ d.zz|default('q') }}|{{ missing == other }}", "|False|q|True")]
    [InlineData("{{ l|sort|join(',') }} {{ l|map('string')|join }} {{ l|select('odd')|list }} {{ l|sum }} {{ l|max }}", "1,2,3 312 [3, 1] 6 3")]
    [InlineData("{{ '%5.2f|%-4d|%04d|%s|%r|%x' % (2.675, 7, -7, none, 'q', 255) }}", " 2.67|7   |-007|None|'q'|ff")]
    [InlineData("{{ '{:>6}|{:<4}|{:^5}|{:+,}|{:.1e}|{0!r}'.replace('{0!r}', '')  .format('a', 'b', 'c', 1234567, 12345.678) }}", "     a|b   |  c  |+1,234,567|1.2e+04|")]
    [InlineData("{{ d|tojson }} {{ {'é': '<&>\"'}|tojson }} {{ [1, {'a': 2}]|tojson(indent=1) }}", "{\"b\": 1, \"a\": 2.0, \"items\": null} {\"é\": \"<&>\\\"\"} [\n 1,\n {\n  \"a\": 2\n }\n]")]
    [InlineData("{% if messages|selectattr('role', 'equalto', 'zz') %}a generator is true{% endif %}", "a generator is true")]
    [InlineData("{% for i in l %}{% if i == 1 %}{% continue %}{% endif %}{{ loop.index }}{{ ',' if not loop.last }}{% endfor %}", "1,3")]
    [InlineData("{% for i in [] %}{% else %}none{% endfor %}{% set x = 1 %}{% for i in l %}{% set x = 2 %}{% endfor %}{{ x }}", "none1")]
    [InlineData("{% macro m(a, b=a) %}{{ a }}{{ b }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1) }}{{ m(1, 2, 3, c=4) }}", "11(){}12(3,){'c': 4}")]
    [InlineData("{% generation %}  {{ s }}\n{% endgeneration %}", "  Hello\n")]
    [InlineData("{{ 'a' is in s }}{{ 'e' in s }}{{ 3 in l }}{{ 'b' in d }}{{ s is string and s is not mapping }}", "FalseTrueTrueTrueTrue")]
    [InlineData("{{ 2.5|round }} {{ 3.5|round }} {{ 0.125|round(2) }} {{ 7|round(1, 'floor') }} {{ '42.9'|int }}", "2.0 4.0 0.12 7.0 42")]
    [InlineData("{{ d.append is defined }}{{ l.append is defined }}{{ s.__class__ }}", "FalseFalse")]
    [InlineData("a\n  {%- if true %}\n  b\n  {% endif -%}\n  c\n", "a  b\nc")]
    public void A_construct_prints_as_in_Python(string template, string expected) =>
        Assert.Equal(expected, ChatData.Render(template, Context));

    [Theory]
    [InlineData("{{ 1 + 'a' }}", "unsupported operand")]
    [InlineData("{{ missing.x }}", "'missing' is undefined")]
    [InlineData("{{ l.append(1) }}", "unsafe")]
    [InlineData("{{ d.update({}) }}", "unsafe")]
    [InlineData("{{ l|select|length }}", "no len()")]
    [InlineData("{% set l.x = 1 %}", "non-namespace")]
    [InlineData("{{ 1 // 0 }}", "by zero")]
    [InlineData("{{ raise_exception('no ' ~ s) }}", "no Hello")]
    [InlineData("{{ s.nosuch() }}", "no attribute 'nosuch'")]
    [InlineData("{{ range(100001) }}", "100000")]
    [InlineData("{% for a, b in [[1]] %}{% endfor %}", "not enough values to unpack")]
    public void What_Python_refuses_is_refused(string template, string named) =>
        Assert.Contains(named, ChatData.Refusal(template, Context).Problem, StringComparison.Ordinal);
}
