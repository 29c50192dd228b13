using System.Globalization;
using System.Numerics;
using Weft.Text.Chat.Jinja.Evaluation;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>Python's format specification: <c>[[fill]align][sign][#][0][width][,][.precision][type]</c>.</summary>
internal sealed class FormatSpec
{
    private readonly string _fill = " ";
    private readonly char _align;
    private readonly char _sign = '-';
    private readonly bool _isAlternate;
    private readonly int _width;
    private readonly char _grouping;
    private readonly int? _precision;
    private readonly char _type;
    private readonly string _text;
    private int _position;

    private FormatSpec(string text)
    {
        _text = text;
        int fillWidth = text.Length > 0 ? CodePoints.WidthAt(text, 0) : 0;
        if (fillWidth < text.Length && IsAlign(text[fillWidth]))
        {
            (_fill, _align) = (text[..fillWidth], text[fillWidth]);
            _position = fillWidth + 1;
        }
        else if (text.Length > 0 && IsAlign(text[0]))
            _align = text[_position++];
        if (Peek is '+' or '-' or ' ')
            _sign = text[_position++];
        _isAlternate = Skip('#');
        if (Peek == '0')
        {
            _position++;
            if (_align == 0)
                (_fill, _align) = ("0", '=');
            else if (_position == 1 + fillWidth)
                _fill = "0";
        }
        _width = Number() ?? 0;
        if (Peek is ',' or '_')
            _grouping = text[_position++];
        if (Skip('.'))
            _precision = Number() ?? throw new TemplateFault("Format specifier missing precision");
        if (Peek != 0)
            _type = text[_position++];
        if (_position < text.Length)
            throw new TemplateFault($"Invalid format specifier '{text}'");
    }

    private char Peek => _position < _text.Length ? _text[_position] : '\0';

    /// <summary><c>format(value, specification)</c>.</summary>
    /// <exception cref="TemplateFault">The specification is wrong, or not for this kind of value.</exception>
    public static string Format(RenderState state, Value value, string specification)
    {
        if (specification.Length == 0)
            return state.Str(value);
        var spec = new FormatSpec(specification);
        return value switch
        {
            TextValue text => spec.FormatText(state.Budget, text.Text),
            FloatValue real => spec.FormatFloat(state.Budget, real.Number, value),
            _ when Numbers.AsInteger(value) is { } integer => "eEfFgG%".Contains(spec._type, StringComparison.Ordinal) && spec._type != 0
                ? spec.FormatFloat(state.Budget, Numbers.ToDouble(integer), value)
                : spec.FormatInteger(state.Budget, integer, value),
            _ => throw new TemplateFault($"unsupported format string passed to {value.TypeName}.__format__"),
        };
    }

    private static bool IsAlign(char c) => c is '<' or '>' or '^' or '=';

    private bool Skip(char c)
    {
        bool found = Peek == c;
        _position += found ? 1 : 0;
        return found;
    }

    private int? Number()
    {
        int start = _position;
        while (char.IsAsciiDigit(Peek))
            _position++;
        if (start == _position)
            return null;
        return int.TryParse(_text.AsSpan(start, _position - start), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new TemplateFault("Too many decimal digits in format string");
    }

    private string FormatText(Budget budget, string text)
    {
        if (_type is not ('\0' or 's') || _sign != '-' || _isAlternate || _grouping != 0 || _align == '=' && _fill != "0")
            throw new TemplateFault($"the format '{_text}' is not for texts");
        if (_precision is { } most && most < CodePoints.Count(text))
            text = text[..CodePoints.Unit(text, most)];
        return Pad(budget, "", text, _align is '\0' or '=' ? '<' : _align);
    }

    private string FormatInteger(Budget budget, BigInteger number, Value value)
    {
        if (_type == 'c')
            return Pad(budget, "", number >= 0 && number <= 0x10FFFF ? Character((int)number) : throw new TemplateFault("%c arg not in range(0x110000)"), _align == 0 ? '<' : _align);
        if (_type is not ('\0' or 'd' or 'n' or 'x' or 'X' or 'o' or 'b') || _precision is not null)
            throw new TemplateFault($"the format '{_text}' is not for '{value.TypeName}'");
        string digits = NumberSpec.Integer(budget, BigInteger.Abs(number), _type);
        bool isDecimal = _type is '\0' or 'd' or 'n';
        string prefix = _isAlternate && !isDecimal ? $"0{_type}" : "";
        return PadNumber(budget, Sign(number.Sign < 0) + prefix, digits, "", isDecimal ? 3 : 4);
    }

    private string FormatFloat(Budget budget, double number, Value value)
    {
        if (_type is not ('\0' or 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or 'n' or '%'))
            throw new TemplateFault($"Unknown format code '{_type}' for object of type '{value.TypeName}'");
        double magnitude = Math.Abs(number);
        string body = _type == 0 ? ShortFloat(magnitude) : NumberSpec.Float(magnitude, _type, _precision ?? 6, _isAlternate);
        int whole = body.AsSpan().IndexOfAnyExceptInRange('0', '9');
        string digits = whole < 0 ? body : body[..whole], rest = whole < 0 ? "" : body[whole..];
        return PadNumber(budget, Sign(double.IsNegative(number) && !double.IsNaN(number)), digits, rest, 3);
    }

    // Without a type: as repr, or with a precision as g with at least one digit after the point.
    private string ShortFloat(double magnitude)
    {
        if (_precision is not { } precision || !double.IsFinite(magnitude))
            return FloatText.Repr(magnitude);
        (string digits, int exponent) = FloatText.Significant(magnitude, Math.Max(1, precision));
        if (exponent >= -4 && exponent < Math.Max(1, precision) - 1 || magnitude == 0 && precision > 1)
        {
            string general = NumberSpec.Float(magnitude, 'g', precision, _isAlternate);
            return general.Contains('.', StringComparison.Ordinal) ? general : general + ".0";
        }
        string trimmed = digits.TrimEnd('0');
        return exponent is < -4 || exponent >= Math.Max(1, precision) - 1 && exponent >= 0
            ? FloatText.Exponential(trimmed.Length == 0 ? "0" : trimmed, exponent, 'e')
            : NumberSpec.Float(magnitude, 'g', precision, _isAlternate);
    }

    private string Sign(bool isNegative) => isNegative ? "-" : _sign == '-' ? "" : _sign.ToString();

    /// <summary>Groups digits and fills up; zeros that fill up are grouped too.</summary>
    private string PadNumber(Budget budget, string sign, string digits, string rest, int groupSize)
    {
        if (_grouping != 0)
        {
            int width = _fill == "0" && _align == '=' ? _width - sign.Length - rest.Length : 0;
            budget.SpendText(Math.Max(width, 0));
            while (Grouped(digits, groupSize).Length < width)
                digits = digits.PadLeft(Math.Max(digits.Length + 1, width - width / (groupSize + 1) - 1), '0');
            digits = Grouped(digits, groupSize);
        }
        return Pad(budget, sign, digits + rest, _align == 0 ? '>' : _align);
    }

    private string Grouped(string digits, int size)
    {
        int first = (digits.Length - 1) % size + 1;
        IEnumerable<string> groups = digits.Length == 0 ? [] : Enumerable.Range(0, (digits.Length - first) / size).Select(i => digits.Substring(first + i * size, size)).Prepend(digits[..first]);
        return string.Join(_grouping, groups);
    }

    private string Pad(Budget budget, string sign, string body, char align)
    {
        int missing = TextPadding.Missing(sign + body, _width);
        string Fill(int count) => TextPadding.Fill(budget, _fill, count);
        return align switch
        {
            '<' => sign + body + Fill(missing),
            '^' => Fill(missing / 2) + sign + body + Fill(missing - missing / 2),
            '=' => sign + Fill(missing) + body,
            _ => Fill(missing) + sign + body,
        };
    }

    private static string Character(int scalar)
    {
        var built = new System.Text.StringBuilder();
        CodePoints.Append(built, scalar);
        return built.ToString();
    }
}
