using System.Globalization;
using System.Text;

namespace Weft.Text.Chat.Jinja.Values;

/// <summary>Values as Python's <c>str</c> and <c>repr</c> print them.</summary>
internal static class ValueText
{
    /// <summary><c>str(value)</c>.</summary>
    public static string Str(Value value, Budget budget)
    {
        switch (value)
        {
            case TextValue text:
                return text.Text;
            case UndefinedValue:
                return "";
            case BoolValue or NoneValue or IntValue or FloatValue:
                return Scalar(value, budget);
        }
        return Repr(value, budget);
    }

    /// <summary><c>repr(value)</c>.</summary>
    public static string Repr(Value value, Budget budget)
    {
        var printed = new StringBuilder();
        Append(printed, value, budget);
        budget.SpendText(printed.Length);
        return printed.ToString();
    }

    /// <summary><c>ascii(value)</c>: repr with escapes for all but ASCII.</summary>
    public static string Ascii(Value value, Budget budget)
    {
        var printed = new StringBuilder();
        foreach (int scalar in CodePoints.Scalars(Repr(value, budget)))
            if (scalar < 128)
                printed.Append((char)scalar);
            else
                AppendEscape(printed, scalar);
        return printed.ToString();
    }

    private static string Scalar(Value value, Budget budget)
    {
        switch (value)
        {
            case BoolValue truth:
                return truth.IsTrue ? "True" : "False";
            case IntValue integer:
                budget.SpendBits(integer.Number.GetBitLength());
                return integer.Number.ToString(CultureInfo.InvariantCulture);
            case FloatValue real:
                return FloatText.Repr(real.Number);
            default:
                return "None";
        }
    }

    private static void Append(StringBuilder printed, Value value, Budget budget)
    {
        Budget.CheckStack();
        budget.Spend();
        switch (value)
        {
            case TextValue text:
                printed.Append(text.IsMarkup ? "Markup(" : "");
                AppendQuoted(printed, text.Text);
                printed.Append(text.IsMarkup ? ")" : "");
                break;
            case BoolValue or NoneValue or IntValue or FloatValue:
                printed.Append(Scalar(value, budget));
                break;
            case ListValue list:
                AppendItems(printed, "[", list.Items, "]", budget);
                break;
            case TupleValue tuple:
                AppendItems(printed, "(", tuple.Items, tuple.Items.Count == 1 ? ",)" : ")", budget);
                break;
            case DictValue dict:
                AppendEntries(printed, dict.Entries, budget);
                break;
            default:
                AppendObject(printed, value, budget);
                break;
        }
        budget.CheckText(printed.Length);
    }

    private static void AppendObject(StringBuilder printed, Value value, Budget budget)
    {
        switch (value)
        {
            case UndefinedValue:
                printed.Append("Undefined");
                break;
            case DictViewValue view:
                printed.Append(view.TypeName);
                AppendItems(printed, "([", view.Items, "])", budget);
                break;
            case RangeValue range:
                printed.Append(CultureInfo.InvariantCulture, $"range({range.Start}, {range.Stop}{(range.Step == 1 ? "" : $", {range.Step}")})");
                break;
            case NamespaceValue space:
                printed.Append("<Namespace ");
                AppendEntries(printed, space.Attributes.Select(entry => KeyValuePair.Create<Value, Value>(new TextValue(entry.Key), entry.Value)), budget);
                printed.Append('>');
                break;
            case IPrintable printable:
                printed.Append(printable.Print());
                break;
            default:
                // Python prints an address here, which is never the same twice.
                printed.Append('<').Append(value.TypeName).Append(" object>");
                break;
        }
    }

    private static void AppendItems(StringBuilder printed, string open, IEnumerable<Value> items, string close, Budget budget)
    {
        string separator = open;
        bool any = false;
        foreach (Value item in items)
        {
            printed.Append(separator);
            Append(printed, item, budget);
            (separator, any) = (", ", true);
        }
        printed.Append(any ? close : open + close);
    }

    private static void AppendEntries(StringBuilder printed, IEnumerable<KeyValuePair<Value, Value>> entries, Budget budget)
    {
        printed.Append('{');
        bool first = true;
        foreach ((Value key, Value value) in entries)
        {
            printed.Append(first ? "" : ", ");
            Append(printed, key, budget);
            printed.Append(": ");
            Append(printed, value, budget);
            first = false;
        }
        printed.Append('}');
    }

    /// <summary>Single quotes, unless only they are inside.</summary>
    private static void AppendQuoted(StringBuilder printed, string text)
    {
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        printed.Append(quote);
        foreach (int scalar in CodePoints.Scalars(text))
            if (scalar == quote || scalar == '\\')
                printed.Append('\\').Append((char)scalar);
            else if (CodePoints.IsPrintable(scalar))
                CodePoints.Append(printed, scalar);
            else
                AppendEscape(printed, scalar);
        printed.Append(quote);
    }

    private static void AppendEscape(StringBuilder printed, int scalar) => printed.Append(scalar switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        < 0x100 => $"\\x{scalar:x2}",
        < 0x10000 => $"\\u{scalar:x4}",
        _ => $"\\U{scalar:x8}",
    });
}

/// <summary>A value with a printed form of its own.</summary>
internal interface IPrintable
{
    string Print();
}
