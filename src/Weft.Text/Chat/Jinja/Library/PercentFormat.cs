using System.Globalization;
using System.Numerics;
using System.Text;
using Weft.Text.Chat.Jinja.Evaluation;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary><c>format % values</c>.</summary>
internal sealed class PercentFormat
{
    private readonly RenderState _state;
    private readonly TextValue _format;
    private readonly Value _values;
    private readonly IReadOnlyList<Value> _items;
    private readonly StringBuilder _output = new();
    private int _position;
    private int _next;

    private PercentFormat(RenderState state, TextValue format, Value values)
    {
        (_state, _format, _values) = (state, format, values);
        _items = values is TupleValue tuple ? tuple.Items : [values];
    }

    private string Text => _format.Text;

    /// <summary>Formats.</summary>
    /// <exception cref="TemplateFault">A value is missing, left over, or of the wrong kind.</exception>
    public static TextValue Apply(RenderState state, TextValue format, Value values)
    {
        var formatter = new PercentFormat(state, format, values);
        formatter.Run();
        state.Budget.SpendText(formatter._output.Length);
        return new TextValue(formatter._output.ToString(), format.IsMarkup);
    }

    private void Run()
    {
        while (_position < Text.Length)
        {
            int percent = Text.IndexOf('%', _position);
            int end = percent < 0 ? Text.Length : percent;
            _output.Append(Text, _position, end - _position);
            _position = end + 1;
            if (percent >= 0)
                ReadDirective();
            _state.Budget.CheckText(_output.Length);
        }
        bool usesNames = _values is DictValue or ListValue or RangeValue or UndefinedValue;
        if (_next < _items.Count && !(usesNames && _items.Count == 1 && _values is not TupleValue))
            throw new TemplateFault("not all arguments converted during string formatting");
    }

    private char Peek => _position < Text.Length ? Text[_position] : throw new TemplateFault("incomplete format");

    private void ReadDirective()
    {
        Value? named = Peek == '(' ? ReadName() : null;
        string flags = "";
        while ("-+ #0".Contains(Peek, StringComparison.Ordinal))
            flags += Text[_position++];
        int width = ReadNumber() ?? 0;
        if (width < 0)
            (flags, width) = (flags + "-", -width);
        int? precision = null;
        if (Peek == '.')
        {
            _position++;
            precision = Math.Max(0, ReadNumber() ?? 0);
        }
        if (Peek is 'h' or 'l' or 'L')
            _position++;
        char type = Peek;
        _position++;
        if (type == '%')
            _output.Append('%');
        else
            Append(Convert(type, named ?? Next(), flags, precision), flags, width, type);
    }

    private Value ReadName()
    {
        if (_values is not DictValue dict)
            throw new TemplateFault("format requires a mapping");
        int start = ++_position, depth = 1;
        for (; depth > 0; _position++)
            depth += Peek == '(' ? 1 : Peek == ')' ? -1 : 0;
        string name = Text[start..(_position - 1)];
        return dict[name] ?? throw new TemplateFault($"the format names '{name}', which the values do not have");
    }

    private int? ReadNumber()
    {
        if (Peek == '*')
        {
            _position++;
            return Next() is IntValue or BoolValue ? Numbers.ToInt32(_items[_next - 1]) : throw new TemplateFault("* wants int");
        }
        int start = _position;
        while (char.IsAsciiDigit(Peek))
            _position++;
        if (start == _position)
            return null;
        return int.TryParse(Text.AsSpan(start, _position - start), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new TemplateFault("width or precision of a format is too big");
    }

    private Value Next() => _next < _items.Count ? _items[_next++] : throw new TemplateFault("not enough arguments for format string");

    private (string Sign, string Body) Convert(char type, Value value, string flags, int? precision)
    {
        switch (type)
        {
            case 's' or 'r' or 'a':
                string text = type switch
                {
                    's' => _state.Str(value),
                    'r' => ValueText.Repr(value, _state.Budget),
                    _ => ValueText.Ascii(value, _state.Budget),
                };
                if (_format.IsMarkup && value is not TextValue { IsMarkup: true })
                    text = Html.Escape(text);
                return ("", precision is { } most && most < CodePoints.Count(text) ? text[..CodePoints.Unit(text, most)] : text);
            case 'c':
                return ("", Character(value));
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o':
                return Integer(type, value, flags, precision ?? 0);
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                double number = Numbers.AsDouble(value) ?? throw Refuse(value, "must be real number, not");
                string body = NumberSpec.Float(Math.Abs(number), type, precision ?? 6, flags.Contains('#', StringComparison.Ordinal));
                return (Sign(double.IsNegative(number) && !double.IsNaN(number), flags), body);
            default:
                throw new TemplateFault($"unsupported format character '{type}'");
        }
    }

    private (string, string) Integer(char type, Value value, string flags, int precision)
    {
        bool isDecimal = type is 'd' or 'i' or 'u';
        BigInteger number = Numbers.AsInteger(value)
            ?? (isDecimal && value is FloatValue { Number: var real } && double.IsFinite(real) ? new BigInteger(real) : default(BigInteger?))
            ?? throw Refuse(value, $"%{type} format: {(isDecimal ? "a real number" : "an integer")} is required, not");
        string digits = NumberSpec.Integer(_state.Budget, BigInteger.Abs(number), type);
        if (precision > digits.Length)
            digits = TextPadding.Fill(_state.Budget, "0", precision - digits.Length) + digits;
        string prefix = type is ('x' or 'X' or 'o') && flags.Contains('#', StringComparison.Ordinal) ? $"0{type}" : "";
        return (Sign(number.Sign < 0, flags) + prefix, digits);
    }

    private static string Character(Value value)
    {
        if (value is TextValue text && CodePoints.Count(text.Text) == 1)
            return text.Text;
        var built = new StringBuilder();
        if (Numbers.AsInteger(value) is not { } scalar || scalar < 0 || scalar > 0x10FFFF)
            throw Refuse(value, "%c requires int or char, not");
        CodePoints.Append(built, (int)scalar);
        return built.ToString();
    }

    private static string Sign(bool isNegative, string flags) =>
        isNegative ? "-" : flags.Contains('+', StringComparison.Ordinal) ? "+" : flags.Contains(' ', StringComparison.Ordinal) ? " " : "";

    private void Append((string Sign, string Body) converted, string flags, int width, char type)
    {
        (string sign, string body) = converted;
        string Padding(string with) => TextPadding.Fill(_state.Budget, with, width - CodePoints.Count(sign) - CodePoints.Count(body));
        if (flags.Contains('-', StringComparison.Ordinal))
            _output.Append(sign).Append(body).Append(Padding(" "));
        else if (flags.Contains('0', StringComparison.Ordinal) && !"sracSRAC".Contains(type, StringComparison.Ordinal))
            _output.Append(sign).Append(Padding("0")).Append(body);
        else
            _output.Append(Padding(" ")).Append(sign).Append(body);
    }

    private static TemplateFault Refuse(Value value, string message) => value is UndefinedValue undefined ? undefined.Fault() : new($"{message} {value.TypeName}");
}
