using System.Buffers;
using System.Text;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>Filters for HTML and addresses.</summary>
internal static class HtmlFilters
{
    private static readonly SearchValues<char> NoName = SearchValues.Create(" \t\n\r\f\v/>=");

    public static IReadOnlyList<Routine> All { get; } =
    [
        new("escape", "", Escape),
        new("e", "", Escape),
        new("forceescape", "", call => Markup(call, Html.Escape(call.Str))),
        new("safe", "", call => Markup(call, call.Str)),
        new("striptags", "", call => new TextValue(Html.StripTags(call.Str))),
        new("xmlattr", "autospace?", XmlAttributes),
        new("urlencode", "", UrlEncode),
    ];

    private static TextValue Escape(Call call) => Markup(call, Html.Escape(call.Self as TextValue ?? new TextValue(call.Str)));

    private static TextValue Markup(Call call, string html)
    {
        call.Budget.SpendText(html.Length);
        return new TextValue(html, isMarkup: true);
    }

    private static TextValue XmlAttributes(Call call)
    {
        if (call.Self is not DictValue dict)
            throw new TemplateFault($"xmlattr needs a dictionary, not '{call.Self.TypeName}'");
        var attributes = new List<string>();
        foreach ((Value key, Value value) in dict.Entries)
        {
            if (value is NoneValue or UndefinedValue)
                continue;
            if (key is not TextValue name || name.Text.AsSpan().ContainsAny(NoName))
                throw new TemplateFault($"Invalid character in attribute name: {ValueText.Repr(key, call.Budget)}");
            attributes.Add($"{Html.Escape(name)}=\"{Html.Escape(value as TextValue ?? new TextValue(call.State.Str(value)))}\"");
        }
        string joined = TextSearch.Join(call.Budget, " ", attributes);
        return new TextValue(joined.Length > 0 && call.Flag(0, byDefault: true) ? " " + joined : joined);
    }

    private static TextValue UrlEncode(Call call)
    {
        if (call.Self is TextValue || !Evaluation.Iteration.Has(call.Self))
            return call.Result(Quote(call.Str, isQuery: false));
        IEnumerable<Value> pairs = call.Self is DictValue dict ? dict.Pairs : call.Items;
        return new TextValue(TextSearch.Join(call.Budget, "&", pairs.Select(pair => pair is SequenceValue { Items: [var name, var value] }
            ? $"{Quote(call.State.Str(name), isQuery: true)}={Quote(call.State.Str(value), isQuery: true)}"
            : throw new TemplateFault("urlencode needs pairs of name and value"))));
    }

    private static string Quote(string text, bool isQuery)
    {
        var quoted = new StringBuilder();
        foreach (byte unit in Encoding.UTF8.GetBytes(text))
        {
            char c = (char)unit;
            if (char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '~' || c == '/' && !isQuery)
                quoted.Append(c);
            else if (c == ' ' && isQuery)
                quoted.Append('+');
            else
                quoted.Append('%').Append(Convert.ToHexString([unit]));
        }
        return quoted.ToString();
    }
}
