using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Syntax;

/// <summary>
/// Cuts a template into tokens, with white space as transformers sets it: the line break after a block tag or comment goes
/// (trim_blocks), and so do the blanks before one that begins its line (lstrip_blocks). A minus inside a tag takes all white
/// space beside it, a plus keeps it.
/// </summary>
internal sealed class Lexer
{
    private readonly string _source;
    private readonly bool _trims;
    private readonly List<Token> _tokens = [];
    private int _position;
    private int _line = 1;

    /// <summary>Whether what was read last ended a line, so that blanks before the next tag begin theirs.</summary>
    private bool _atLineStart = true;

    private Lexer(string source, bool trims)
    {
        // One line break at the very end is dropped, as in Jinja2's default.
        string normalized = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        _source = normalized.EndsWith('\n') ? normalized[..^1] : normalized;
        _trims = trims;
    }

    /// <summary>Reads a whole template.</summary>
    /// <param name="source">Its text.</param>
    /// <param name="trims">Whether trim_blocks and lstrip_blocks are on.</param>
    /// <exception cref="TemplateFault">A tag, text or comment does not end, or holds a character that means nothing.</exception>
    public static List<Token> Read(string source, bool trims)
    {
        var lexer = new Lexer(source, trims);
        while (lexer._position < lexer._source.Length)
            lexer.ReadDataAndTag();
        lexer.Add(TokenKind.End, "");
        return lexer._tokens;
    }

    private void ReadDataAndTag()
    {
        int open = FindTag();
        if (open < 0)
        {
            AddData(_source[_position..]);
            _position = _source.Length;
            return;
        }
        string data = _source[_position..open];
        char kind = _source[open + 1];
        int after = open + 2;
        char sign = after < _source.Length && _source[after] is '-' or '+' ? _source[after++] : ' ';
        int lineOfData = _line;
        _line += data.AsSpan().Count('\n');
        AddData(Stripped(data, sign, kind != '{'), lineOfData);
        _position = after;
        if (kind == '#')
            SkipComment();
        else if (kind == '%' && RawBodyStart() is { } body)
            ReadRaw(body);
        else
            ReadTag(kind);
    }

    private int FindTag()
    {
        for (int i = _position; (i = _source.IndexOf('{', i)) >= 0 && i + 1 < _source.Length; i++)
            if (_source[i + 1] is '{' or '%' or '#')
                return i;
        return -1;
    }

    private string Stripped(string data, char sign, bool isBlock)
    {
        if (sign == '-')
            return TrimEnd(data);
        if (sign == '+' || !_trims || !isBlock)
            return data;
        int lineStart = data.LastIndexOf('\n') + 1;
        bool blank = data.AsSpan(lineStart).IndexOfAnyExcept(SpaceSet) < 0;
        return (lineStart > 0 || _atLineStart) && blank ? data[..lineStart] : data;
    }

    private static string TrimEnd(string text)
    {
        int end = text.Length;
        while (end > 0 && CodePoints.IsSpace(text[end - 1]))
            end--;
        return text[..end];
    }

    private static readonly System.Buffers.SearchValues<char> SpaceSet = System.Buffers.SearchValues.Create(
        [.. Enumerable.Range(0, char.MaxValue + 1).Select(c => (char)c).Where(CodePoints.IsSpace)]);

    private void SkipComment()
    {
        int close = _source.IndexOf("#}", _position, StringComparison.Ordinal);
        if (close < 0)
            throw Fault("a comment does not end; add '#}'");
        char sign = close > _position && _source[close - 1] is '-' or '+' ? _source[close - 1] : ' ';
        Advance(close + 2);
        SkipAfterTag(sign, trims: true);
    }

    /// <summary>Where the text inside <c>{% raw %}</c> begins, when the tag at the position is one.</summary>
    private int? RawBodyStart()
    {
        int i = SkipSpace(_position);
        if (string.CompareOrdinal(_source, i, "raw", 0, 3) != 0)
            return null;
        i = SkipSpace(i + 3);
        if (string.CompareOrdinal(_source, i, "-%}", 0, 3) == 0)
            return SkipSpace(i + 3);
        return string.CompareOrdinal(_source, i, "%}", 0, 2) == 0 ? i + 2 : null;
    }

    private void ReadRaw(int body)
    {
        int lineOfRaw = _line;
        Advance(body);
        for (int i = body; (i = _source.IndexOf("{%", i, StringComparison.Ordinal)) >= 0; i++)
        {
            int after = i + 2;
            char sign = after < _source.Length && _source[after] is '-' or '+' ? _source[after++] : ' ';
            after = SkipSpace(after);
            if (string.CompareOrdinal(_source, after, "endraw", 0, 6) != 0)
                continue;
            after = SkipSpace(after + 6);
            char closing = after < _source.Length && _source[after] is '-' or '+' ? _source[after++] : ' ';
            if (string.CompareOrdinal(_source, after, "%}", 0, 2) != 0)
                continue;
            AddData(Stripped(_source[body..i], sign, isBlock: true));
            Advance(after + 2);
            SkipAfterTag(closing, trims: true);
            return;
        }
        _line = lineOfRaw;
        throw Fault("a raw block does not end; add '{% endraw %}'");
    }

    private void ReadTag(char kind)
    {
        bool isBlock = kind == '%';
        Add(isBlock ? TokenKind.BlockBegin : TokenKind.OutputBegin, isBlock ? "{%" : "{{");
        string close = isBlock ? "%}" : "}}";
        var brackets = new Stack<char>();
        int lineOfTag = _line;
        while (true)
        {
            Advance(SkipSpace(_position));
            if (_position >= _source.Length)
            {
                _line = lineOfTag;
                throw Fault($"a tag does not end; add '{close}'");
            }
            if (brackets.Count == 0 && ClosingSign(close, isBlock) is { } sign)
            {
                Add(isBlock ? TokenKind.BlockEnd : TokenKind.OutputEnd, close);
                Advance(_position + (sign == ' ' ? 2 : 3));
                SkipAfterTag(sign, trims: isBlock);
                return;
            }
            ReadWord(brackets);
        }
    }

    private char? ClosingSign(string close, bool isBlock)
    {
        if (string.CompareOrdinal(_source, _position, close, 0, 2) == 0)
            return ' ';
        char sign = _source[_position];
        return (sign == '-' || sign == '+' && isBlock) && string.CompareOrdinal(_source, _position + 1, close, 0, 2) == 0 ? sign : null;
    }

    private void ReadWord(Stack<char> brackets)
    {
        char next = _source[_position];
        if (next is '\'' or '"')
        {
            int end = StringLiteral.End(_source, _position);
            if (end < 0)
                throw Fault($"a text does not end; add {next}");
            Add(TokenKind.Text, StringLiteral.Unescape(_source[(_position + 1)..(end - 1)], _line));
            Advance(end);
            return;
        }
        if (NumberLiteral.Read(_source, _position) is { } number)
        {
            Add(number.IsFloat ? TokenKind.Float : TokenKind.Integer, _source.Substring(_position, number.Length).Replace("_", "", StringComparison.Ordinal));
            _position += number.Length;
            return;
        }
        int nameEnd = _position;
        while (nameEnd < _source.Length && (char.IsLetterOrDigit(_source[nameEnd]) || _source[nameEnd] == '_' || char.IsSurrogate(_source[nameEnd])))
            nameEnd++;
        if (nameEnd > _position)
        {
            Add(TokenKind.Name, _source[_position..nameEnd]);
            _position = nameEnd;
            return;
        }
        ReadOperator(brackets);
    }

    private void ReadOperator(Stack<char> brackets)
    {
        string two = _source.Substring(_position, Math.Min(2, _source.Length - _position));
        string symbol = two is "//" or "**" or "==" or "!=" or ">=" or "<=" ? two : two[..1];
        if (!"+-/*%~[](){}><=.:|,;".Contains(symbol[0], StringComparison.Ordinal) && symbol.Length == 1)
            throw Fault($"'{symbol}' means nothing here; remove it");
        switch (symbol)
        {
            case "(" or "[" or "{":
                brackets.Push(symbol switch { "(" => ')', "[" => ']', _ => '}' });
                break;
            case ")" or "]" or "}":
                if (!brackets.TryPop(out char expected) || expected != symbol[0])
                    throw Fault(expected == 0 ? $"'{symbol}' closes nothing; remove it" : $"'{symbol}' is written where '{expected}' must close the bracket");
                break;
        }
        Add(TokenKind.Operator, symbol);
        _position += symbol.Length;
    }

    private void SkipAfterTag(char sign, bool trims)
    {
        if (sign == '-')
            Advance(SkipSpace(_position));
        else if (sign != '+' && trims && _trims && _position < _source.Length && _source[_position] == '\n')
            Advance(_position + 1);
        _atLineStart = _position > 0 && _source[_position - 1] == '\n';
    }

    private int SkipSpace(int position)
    {
        while (position < _source.Length && CodePoints.IsSpace(_source[position]))
            position++;
        return position;
    }

    private void Advance(int to)
    {
        _line += _source.AsSpan(_position, to - _position).Count('\n');
        _position = to;
    }

    private void AddData(string data, int? line = null)
    {
        if (data.Length > 0)
            _tokens.Add(new Token(TokenKind.Data, data, line ?? _line));
    }

    private void Add(TokenKind kind, string text) => _tokens.Add(new Token(kind, text, _line));

    private TemplateFault Fault(string message) => new(message) { Line = _line };
}
