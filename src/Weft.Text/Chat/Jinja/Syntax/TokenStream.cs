namespace Weft.Text.Chat.Jinja.Syntax;

/// <summary>Tokens in order, and what both parsers share.</summary>
internal sealed class TokenStream(List<Token> tokens)
{
    /// <summary>Brackets, operators and blocks inside each other; Python gives up at a similar depth.</summary>
    private const int MaxDepth = 200;

    private int _position;
    private int _depth;

    public Token Current => tokens[_position];

    public int Line => Current.Line;

    public Token Look => tokens[Math.Min(_position + 1, tokens.Count - 1)];

    public Token Next()
    {
        Token token = Current;
        if (token.Kind != TokenKind.End)
            _position++;
        return token;
    }

    public bool IsOperator(string symbol) => Current.Kind == TokenKind.Operator && Current.Text == symbol;

    public bool IsName(string name) => IsName(Current, name);

    public static bool IsName(Token token, string name) => token.Kind == TokenKind.Name && token.Text == name;

    public bool SkipOperator(string symbol)
    {
        bool found = IsOperator(symbol);
        if (found)
            Next();
        return found;
    }

    public bool SkipName(string name)
    {
        bool found = IsName(name);
        if (found)
            Next();
        return found;
    }

    public void ExpectOperator(string symbol)
    {
        if (!SkipOperator(symbol))
            throw Unexpected($"'{symbol}'");
    }

    public void ExpectWord(string name)
    {
        if (!SkipName(name))
            throw Unexpected($"'{name}'");
    }

    public Token ExpectName() => Current.Kind == TokenKind.Name ? Next() : throw Unexpected("a name");

    public Token Expect(TokenKind kind, string shown) => Current.Kind == kind ? Next() : throw Unexpected(shown);

    public TemplateFault Unexpected(string expected) => Fault($"{Current.Shown} is written where {expected} must stand");

    public TemplateFault Fault(string message, int? line = null) => new(message) { Line = line ?? Line };

    /// <summary>Parses one level deeper.</summary>
    public T Nested<T>(Func<T> parse)
    {
        if (++_depth > MaxDepth)
            throw Fault($"expressions or blocks are nested deeper than {MaxDepth} levels; nest them less");
        Budget.CheckStack();
        T parsed = parse();
        _depth--;
        return parsed;
    }
}
