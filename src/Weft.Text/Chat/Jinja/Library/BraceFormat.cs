using System.Globalization;
using System.Text;
using Weft.Text.Chat.Jinja.Evaluation;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary><c>str.format</c>: fields in braces, with names, attributes, items, conversions and format specifications.</summary>
internal sealed class BraceFormat(RenderState state, IReadOnlyList<Value> positional, Func<string, Value?> named, bool escapes)
{
    private int _automatic;

    /// <summary><c>text.format(…)</c>.</summary>
    public static Value Format(Call call) => Run(call, call.Rest,
        name => call.Named.FirstOrDefault(argument => argument.Key == name).Value);

    /// <summary><c>text.format_map(dict)</c>.</summary>
    public static Value FormatMap(Call call) => call[0] is DictValue dict
        ? Run(call, [], name => dict[name])
        : throw new TemplateFault($"format_map needs a dictionary, not {call[0]!.TypeName}");

    private static TextValue Run(Call call, IReadOnlyList<Value> positional, Func<string, Value?> named)
    {
        bool isMarkup = call.Self is TextValue { IsMarkup: true };
        return call.Result(new BraceFormat(call.State, positional, named, isMarkup).Expand(call.SelfText, levels: 2));
    }

    private string Expand(string format, int levels)
    {
        if (levels == 0)
            throw new TemplateFault("Max string recursion exceeded");
        var output = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            char c = format[i];
            if (c is not ('{' or '}'))
                output.Append(c);
            else if (i + 1 < format.Length && format[i + 1] == c && (c == '{' || levels == 2))
                output.Append(format[i++]);
            else if (c == '}')
                throw new TemplateFault("Single '}' encountered in format string");
            else
            {
                int end = FieldEnd(format, i);
                output.Append(Field(format[(i + 1)..end], levels));
                i = end;
            }
            state.Budget.CheckText(output.Length);
        }
        return output.ToString();
    }

    private static int FieldEnd(string format, int open)
    {
        int depth = 0;
        bool inItem = false;
        for (int i = open; i < format.Length; i++)
        {
            inItem = format[i] == '[' && depth == 1 || inItem && format[i] != ']';
            depth += inItem ? 0 : format[i] == '{' ? 1 : format[i] == '}' ? -1 : 0;
            if (depth == 0)
                return i;
        }
        throw new TemplateFault(open + 1 == format.Length ? "Single '{' encountered in format string" : "expected '}' before end of string");
    }

    private string Field(string field, int levels)
    {
        int bracket = field.IndexOf('[', StringComparison.Ordinal);
        int nameEnd = field.AsSpan().IndexOfAny('!', ':');
        if (bracket >= 0 && bracket < nameEnd && field.IndexOf(']', bracket) is >= 0 and var closing)
            nameEnd = field.AsSpan(closing).IndexOfAny('!', ':') is >= 0 and var more ? closing + more : -1;
        string name = nameEnd < 0 ? field : field[..nameEnd], rest = nameEnd < 0 ? "" : field[nameEnd..];
        char conversion = '\0';
        if (rest.StartsWith('!'))
        {
            if (rest.Length < 2 || rest.Length > 2 && rest[2] != ':')
                throw new TemplateFault("expected ':' after conversion specifier");
            conversion = rest[1];
            rest = rest[2..];
        }
        Value value = Lookup(name);
        string specification = rest.Length > 0 ? Expand(rest[1..], levels - 1) : "";
        value = conversion switch
        {
            '\0' => value,
            's' => new TextValue(state.Str(value)),
            'r' => new TextValue(ValueText.Repr(value, state.Budget)),
            'a' => new TextValue(ValueText.Ascii(value, state.Budget)),
            _ => throw new TemplateFault($"Unknown conversion specifier {conversion}"),
        };
        string formatted = FormatSpec.Format(state, value, specification);
        return escapes && value is not TextValue { IsMarkup: true } ? Html.Escape(formatted) : formatted;
    }

    private Value Lookup(string name)
    {
        int end = name.AsSpan().IndexOfAny('.', '[');
        string first = end < 0 ? name : name[..end];
        Value value = First(first);
        for (int i = end < 0 ? name.Length : end; i < name.Length;)
            if (name[i] == '.')
            {
                int next = name.AsSpan(i + 1).IndexOfAny('.', '[');
                int to = next < 0 ? name.Length : i + 1 + next;
                if (to == i + 1)
                    throw new TemplateFault("Empty attribute in format string");
                value = Attributes.Get(state, value, name[(i + 1)..to]);
                i = to;
            }
            else
            {
                int close = name.IndexOf(']', i);
                if (close < 0 || name[i] != '[')
                    throw new TemplateFault(close < 0 ? "expected '}' before end of string" : "Only '.' or '[' may follow ']' in format field specifier");
                string index = name[(i + 1)..close];
                value = Attributes.GetItem(state, value, IsNumber(index)
                    ? new IntValue(int.Parse(index, CultureInfo.InvariantCulture))
                    : index.Length > 0 ? new TextValue(index) : throw new TemplateFault("Empty attribute in format string"));
                i = close + 1;
            }
        return value;
    }

    private Value First(string name)
    {
        if (name.Length > 0 && !IsNumber(name))
            return named(name) ?? throw new TemplateFault($"the format names '{name}', which was not given");
        bool isAutomatic = name.Length == 0;
        if (isAutomatic ? _automatic < 0 : _automatic > 0)
            throw new TemplateFault(isAutomatic
                ? "cannot switch from manual field specification to automatic field numbering"
                : "cannot switch from automatic field numbering to manual field specification");
        int index = isAutomatic ? _automatic++ : int.Parse(name, CultureInfo.InvariantCulture);
        if (!isAutomatic)
            _automatic = -1;
        return index < positional.Count
            ? positional[index]
            : throw new TemplateFault($"Replacement index {index} out of range for positional args tuple");
    }

    private static bool IsNumber(string text) => text.Length is > 0 and < 9 && text.All(char.IsAsciiDigit);
}
