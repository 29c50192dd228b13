using System.Globalization;
using System.Numerics;
using System.Text;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>
/// <c>tojson</c> as transformers defines it: <c>json.dumps</c> without escapes for HTML or for letters beyond ASCII.
/// </summary>
internal sealed class JsonFilter
{
    private readonly Call _call;
    private readonly bool _escapesUnicode;
    private readonly string? _indent;
    private readonly string _itemSeparator;
    private readonly string _keySeparator;
    private readonly bool _sortsKeys;
    private readonly StringBuilder _json = new();

    private JsonFilter(Call call)
    {
        _call = call;
        _escapesUnicode = call.Flag(0);
        _indent = call.NotNone(1) switch
        {
            null => null,
            TextValue text => text.Text,
            _ => TextPadding.Blanks(call.Budget, call.Integer(1)),
        };
        (_itemSeparator, _keySeparator) = call.NotNone(2) switch
        {
            null => (_indent is null ? ", " : ",", ": "),
            SequenceValue { Items: [TextValue item, TextValue key] } => (item.Text, key.Text),
            _ => throw new TemplateFault("separators of tojson must be two texts, such as (',', ':')"),
        };
        _sortsKeys = call.Flag(3);
    }

    public static IReadOnlyList<Routine> All { get; } =
    [
        new("tojson", "ensure_ascii? indent? separators? sort_keys?", call =>
        {
            var filter = new JsonFilter(call);
            filter.Write(call.Self, 0);
            call.Budget.SpendText(filter._json.Length);
            return new TextValue(filter._json.ToString());
        }),
    ];

    private void Write(Value value, int level)
    {
        Budget.CheckStack();
        _call.Budget.Spend();
        switch (value)
        {
            case TextValue text:
                WriteText(text.Text);
                break;
            case SequenceValue sequence:
                WriteAll('[', sequence.Items, ']', level, item => Write(item, level + 1));
                break;
            case DictValue dict:
                IEnumerable<Value> pairs = dict.Pairs;
                if (_sortsKeys)
                    pairs = _call.State.Order.Sort(pairs, pair => ((TupleValue)pair).Items[0], reverse: false);
                WriteAll('{', [.. pairs], '}', level, pair => WritePair((TupleValue)pair, level));
                break;
            default:
                _json.Append(Scalar(value) ?? throw new TemplateFault($"Object of type {value.TypeName} is not JSON serializable"));
                break;
        }
        _call.Budget.CheckText(_json.Length);
    }

    private void WritePair(TupleValue pair, int level)
    {
        WriteText(pair.Items[0] is TextValue key
            ? key.Text
            : Scalar(pair.Items[0]) ?? throw new TemplateFault($"keys must be str, int, float, bool or None, not {pair.Items[0].TypeName}"));
        _json.Append(_keySeparator);
        Write(pair.Items[1], level + 1);
    }

    private void WriteAll(char open, IReadOnlyList<Value> items, char close, int level, Action<Value> write)
    {
        _json.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            _json.Append(i > 0 ? _itemSeparator : "");
            BreakLine(level + 1);
            write(items[i]);
        }
        if (items.Count > 0)
            BreakLine(level);
        _json.Append(close);
    }

    private void BreakLine(int level)
    {
        if (_indent is null)
            return;
        _call.Budget.CheckText(_json.Length + (long)level * _indent.Length);
        _json.Append('\n').Insert(_json.Length, _indent, level);
    }

    private string? Scalar(Value value)
    {
        switch (value)
        {
            case NoneValue:
                return "null";
            case BoolValue truth:
                return truth.IsTrue ? "true" : "false";
            case IntValue { Number: BigInteger number }:
                _call.Budget.SpendBits(number.GetBitLength());
                return number.ToString(CultureInfo.InvariantCulture);
            case FloatValue { Number: var real }:
                return double.IsFinite(real) ? FloatText.Repr(real) : double.IsNaN(real) ? "NaN" : real > 0 ? "Infinity" : "-Infinity";
            default:
                return null;
        }
    }

    private void WriteText(string text)
    {
        _json.Append('"');
        foreach (char c in text)
            _ = c switch
            {
                '"' => _json.Append("\\\""),
                '\\' => _json.Append("\\\\"),
                '\n' => _json.Append("\\n"),
                '\r' => _json.Append("\\r"),
                '\t' => _json.Append("\\t"),
                '\b' => _json.Append("\\b"),
                '\f' => _json.Append("\\f"),
                _ when c < ' ' || _escapesUnicode && c > '~' => _json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => _json.Append(c),
            };
        _json.Append('"');
    }
}
