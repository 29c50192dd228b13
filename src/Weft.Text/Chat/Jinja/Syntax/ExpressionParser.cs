using System.Globalization;
using System.Numerics;
using Weft.Text.Chat.Jinja.Library;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Syntax;

/// <summary>
/// Parses expressions. From loosest to tightest: inline if, or, and, not, comparisons, + -, ~, * / // %, ** (which groups to
/// the left, as in Jinja2), signs, then filters and tests, then calls, attributes and items.
/// </summary>
internal sealed partial class ExpressionParser(TokenStream stream)
{
    private static readonly string[] ComparisonSymbols = ["==", "!=", "<", "<=", ">", ">="];

    /// <summary>Names read so far, which says whether a macro's body uses <c>caller</c> and its like.</summary>
    public HashSet<string> NamesRead { get; set; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Whether what is parsed may never run, so that an unknown filter or test is no mistake yet: inside if, as in Jinja2.
    /// </summary>
    public bool MayNotRun { get; set; }

    public Expression Parse() => stream.Nested(ParseConditional);

    public Expression ParseWithoutConditional() => stream.Nested(ParseOr);

    /// <summary>One expression, or several with commas between them as a tuple.</summary>
    /// <param name="withConditional">Whether an inline if may follow.</param>
    /// <param name="isEnd">Tells that nothing follows a comma.</param>
    /// <param name="mayBeEmpty">Whether nothing at all is the empty tuple: between parentheses.</param>
    public Expression ParseTuple(bool withConditional = true, Func<bool>? isEnd = null, bool mayBeEmpty = false)
    {
        int line = stream.Line;
        var items = new List<Expression>();
        bool isTuple = false;
        while (!IsTupleEnd(isEnd))
        {
            items.Add(withConditional ? Parse() : ParseWithoutConditional());
            if (!stream.SkipOperator(","))
                break;
            isTuple = true;
        }
        if (!isTuple && items.Count == 1)
            return items[0];
        return isTuple || mayBeEmpty ? new TupleDisplay(items, line) : throw stream.Unexpected("an expression");
    }

    private bool IsTupleEnd(Func<bool>? isEnd) =>
        stream.Current.Kind is TokenKind.OutputEnd or TokenKind.BlockEnd || stream.IsOperator(")") || isEnd is not null && isEnd();

    private Expression ParseConditional()
    {
        int line = stream.Line;
        Expression value = ParseOr();
        while (stream.SkipName("if"))
        {
            Expression test = ParseOr();
            Expression? otherwise = stream.SkipName("else") ? stream.Nested(ParseConditional) : null;
            value = new Conditional(test, value, otherwise, line);
        }
        return value;
    }

    private Expression ParseOr()
    {
        Expression left = ParseAnd();
        for (int line = stream.Line; stream.SkipName("or"); line = stream.Line)
            left = new Choice(IsAnd: false, left, ParseAnd(), line);
        return left;
    }

    private Expression ParseAnd()
    {
        Expression left = ParseNot();
        for (int line = stream.Line; stream.SkipName("and"); line = stream.Line)
            left = new Choice(IsAnd: true, left, ParseNot(), line);
        return left;
    }

    private Expression ParseNot()
    {
        int line = stream.Line;
        return stream.SkipName("not") ? new NotExpression(stream.Nested(ParseNot), line) : ParseComparison();
    }

    private Expression ParseComparison()
    {
        int line = stream.Line;
        Expression first = ParseSum();
        var rest = new List<(string, Expression)>();
        while (true)
            if (stream.Current.Kind == TokenKind.Operator && ComparisonSymbols.Contains(stream.Current.Text))
                rest.Add((stream.Next().Text, ParseSum()));
            else if (stream.SkipName("in"))
                rest.Add(("in", ParseSum()));
            else if (stream.IsName("not") && TokenStream.IsName(stream.Look, "in"))
            {
                stream.Next();
                stream.Next();
                rest.Add(("notin", ParseSum()));
            }
            else
                return rest.Count == 0 ? first : new Comparison(first, rest, line);
    }

    private Expression ParseSum() => ParseLeft(ParseConcatenation, "+", "-");

    private Expression ParseConcatenation()
    {
        int line = stream.Line;
        var parts = new List<Expression> { ParseProduct() };
        while (stream.SkipOperator("~"))
            parts.Add(ParseProduct());
        return parts.Count == 1 ? parts[0] : new Concatenation(parts, line);
    }

    private Expression ParseProduct() => ParseLeft(() => ParseLeft(() => ParseSign(withFilters: true), "**"), "*", "/", "//", "%");

    private Expression ParseLeft(Func<Expression> parseOperand, params ReadOnlySpan<string> symbols)
    {
        Expression left = parseOperand();
        while (stream.Current.Kind == TokenKind.Operator && symbols.Contains(stream.Current.Text))
        {
            Token symbol = stream.Next();
            left = new Arithmetic(symbol.Text, left, parseOperand(), symbol.Line);
        }
        return left;
    }

    // A filter after -x takes -x, an attribute x.
    private Expression ParseSign(bool withFilters)
    {
        int line = stream.Line;
        Expression parsed = stream.IsOperator("-") || stream.IsOperator("+")
            ? new SignExpression(stream.Next().Text == "-", stream.Nested(() => ParseSign(withFilters: false)), line)
            : ParsePrimary();
        parsed = ParsePostfix(parsed);
        return withFilters ? ParseFiltersAndTests(parsed) : parsed;
    }

    private Expression ParsePrimary()
    {
        Token token = stream.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                stream.Next();
                return NameOrConstant(token);
            case TokenKind.Text:
                return ParseTexts();
            case TokenKind.Integer or TokenKind.Float:
                stream.Next();
                return new Literal(Number(token), token.Line);
            case TokenKind.Operator when token.Text == "(":
                stream.Next();
                Expression inner = stream.Nested(() => ParseTuple(mayBeEmpty: true));
                stream.ExpectOperator(")");
                return inner;
            case TokenKind.Operator when token.Text == "[":
                return ParseList();
            case TokenKind.Operator when token.Text == "{":
                return ParseDict();
            default:
                throw stream.Unexpected("a value");
        }
    }

    private Expression NameOrConstant(Token token)
    {
        switch (token.Text)
        {
            case "true" or "True":
                return new Literal(BoolValue.True, token.Line);
            case "false" or "False":
                return new Literal(BoolValue.False, token.Line);
            case "none" or "None":
                return new Literal(NoneValue.Instance, token.Line);
        }
        if (!char.IsLetter(token.Text[0]) && token.Text[0] != '_' && !char.IsSurrogate(token.Text[0]))
            throw stream.Fault($"'{token.Text}' is no name; begin names with a letter", token.Line);
        NamesRead.Add(token.Text);
        return new NameExpression(token.Text, token.Line);
    }

    private Literal ParseTexts()
    {
        int line = stream.Line;
        string text = stream.Next().Text;
        while (stream.Current.Kind == TokenKind.Text)
            text += stream.Next().Text;
        return new Literal(new TextValue(text), line);
    }

    private static Value Number(Token token)
    {
        if (token.Kind == TokenKind.Float)
            return new FloatValue(double.Parse(token.Text, CultureInfo.InvariantCulture));
        // Python reads no longer ones either.
        if (token.Text.Length > 4300)
            throw new TemplateFault($"a number has {token.Text.Length} digits; write at most 4300") { Line = token.Line };
        return new IntValue(IntegerText.Parse(token.Text, 0) ?? BigInteger.Zero);
    }

    private ListDisplay ParseList()
    {
        int line = stream.Next().Line;
        var items = new List<Expression>();
        while (!stream.IsOperator("]"))
        {
            items.Add(Parse());
            if (!stream.SkipOperator(","))
                break;
        }
        stream.ExpectOperator("]");
        return new ListDisplay(items, line);
    }

    private DictDisplay ParseDict()
    {
        int line = stream.Next().Line;
        var entries = new List<(Expression, Expression)>();
        while (!stream.IsOperator("}"))
        {
            Expression key = Parse();
            stream.ExpectOperator(":");
            entries.Add((key, Parse()));
            if (!stream.SkipOperator(","))
                break;
        }
        stream.ExpectOperator("}");
        return new DictDisplay(entries, line);
    }

    private Expression ParsePostfix(Expression parsed)
    {
        while (stream.Current.Kind == TokenKind.Operator)
        {
            int line = stream.Line;
            switch (stream.Current.Text)
            {
                case ".":
                    stream.Next();
                    parsed = ParseAttribute(parsed, line);
                    break;
                case "[":
                    stream.Next();
                    parsed = new ItemExpression(parsed, ParseIndex(), line);
                    break;
                case "(":
                    parsed = new CallExpression(parsed, ParseArguments(), line);
                    break;
                default:
                    return parsed;
            }
        }
        return parsed;
    }

    private Expression ParseAttribute(Expression target, int line) => stream.Current.Kind switch
    {
        TokenKind.Name => new AttributeExpression(target, stream.Next().Text, line),
        TokenKind.Integer => new ItemExpression(target, new Literal(Number(stream.Next()), line), line),
        _ => throw stream.Unexpected("a name or number"),
    };

    private Expression ParseIndex()
    {
        int line = stream.Line;
        var parts = new List<Expression>();
        while (!stream.IsOperator("]"))
        {
            parts.Add(ParseSlice());
            if (!stream.SkipOperator(","))
                break;
        }
        stream.ExpectOperator("]");
        return parts.Count == 1 ? parts[0] : new TupleDisplay(parts, line);
    }

    private Expression ParseSlice()
    {
        int line = stream.Line;
        Expression? start = stream.IsOperator(":") ? null : Parse();
        if (!stream.SkipOperator(":"))
            return start!;
        Expression? Bound() => stream.IsOperator(":") || stream.IsOperator("]") || stream.IsOperator(",") ? null : Parse();
        Expression? stop = Bound();
        Expression? step = stream.SkipOperator(":") ? Bound() : null;
        return new SliceExpression(start, stop, step, line);
    }
}
