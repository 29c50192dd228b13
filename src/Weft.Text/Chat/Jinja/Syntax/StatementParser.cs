namespace Weft.Text.Chat.Jinja.Syntax;

/// <summary>Parses the tags of a template and what stands between them.</summary>
internal sealed class StatementParser
{
    private static readonly string[] OtherTemplates = ["include", "import", "from", "extends"];

    private readonly TokenStream _stream;
    private readonly ExpressionParser _expressions;
    private readonly TargetParser _targets;

    /// <summary>Loops around the statement, as far as break reaches.</summary>
    private int _loops;

    private StatementParser(TokenStream stream)
    {
        _stream = stream;
        _expressions = new(stream);
        _targets = new(stream);
    }

    /// <summary>Parses a whole template.</summary>
    /// <exception cref="TemplateFault">With its line.</exception>
    public static IReadOnlyList<Statement> Parse(List<Token> tokens)
    {
        var parser = new StatementParser(new TokenStream(tokens));
        return parser.ParseUntil([], opening: null);
    }

    /// <summary>Parses until a tag with one of the names, which stays unread.</summary>
    private List<Statement> ParseUntil(string[] ends, Token? opening)
    {
        var body = new List<Statement>();
        while (true)
        {
            Token token = _stream.Current;
            switch (token.Kind)
            {
                case TokenKind.Data:
                    body.Add(new DataStatement(_stream.Next().Text, token.Line));
                    break;
                case TokenKind.OutputBegin:
                    _stream.Next();
                    body.Add(new OutputStatement([_expressions.ParseTuple()], token.Line));
                    _stream.Expect(TokenKind.OutputEnd, "'}}'");
                    break;
                case TokenKind.BlockBegin:
                    _stream.Next();
                    if (_stream.Current.Kind == TokenKind.Name && ends.Contains(_stream.Current.Text))
                        return body;
                    body.Add(_stream.Nested(() => ParseStatement(ends, opening)));
                    _stream.Expect(TokenKind.BlockEnd, "'%}'");
                    break;
                default:
                    return opening is { } tag
                        ? throw _stream.Fault($"the tag '{tag.Text}' of line {tag.Line} does not end; add '{{% {ends[^1]} %}}'")
                        : body;
            }
        }
    }

    private Statement ParseStatement(string[] ends, Token? opening)
    {
        Token tag = _stream.Current.Kind == TokenKind.Name ? _stream.Next() : throw _stream.Unexpected("the name of a tag");
        return tag.Text switch
        {
            "if" => ParseIf(tag),
            "for" => ParseFor(tag),
            "set" => ParseSet(tag),
            "macro" => ParseMacro(tag),
            "call" => ParseCall(tag),
            "filter" => ParseFilter(tag),
            "with" => ParseWith(tag),
            "print" => ParsePrint(tag),
            "block" => ParseBlock(tag),
            "generation" => new ScopeStatement(ParseIsolated(tag, "endgeneration"), tag.Line) { IsAnswer = true },
            "break" when _loops > 0 => new BreakStatement(tag.Line),
            "continue" when _loops > 0 => new ContinueStatement(tag.Line),
            "break" or "continue" => throw _stream.Fault($"'{tag.Text}' stands outside a loop; move it into one", tag.Line),
            var other when OtherTemplates.Contains(other) =>
                throw _stream.Fault($"the tag '{other}' loads another template, which a chat template does not have; copy it here", tag.Line),
            "autoescape" => throw _stream.Fault("the tag 'autoescape' is not offered: a chat template is no HTML; use the filter 'escape'", tag.Line),
            var unknown => throw _stream.Fault(
                $"the tag '{unknown}' {(opening is { } open ? $"is not known inside '{open.Text}' of line {open.Line}, which ends with {ends[^1]}" : "is not known")}; "
                + "known are if, for, set, macro, call, filter, with, print, block, raw, generation, break, continue", tag.Line),
        };
    }

    /// <summary>The rest of an opening tag, and the body up to a tag of one of the names.</summary>
    private List<Statement> ParseBody(Token tag, params string[] ends)
    {
        _stream.SkipOperator(":");
        _stream.Expect(TokenKind.BlockEnd, "'%}'");
        return ParseUntil(ends, tag);
    }

    /// <summary>The same with the end read.</summary>
    private List<Statement> ParseWholeBody(Token tag, string end)
    {
        List<Statement> body = ParseBody(tag, end);
        _stream.Next();
        return body;
    }

    /// <summary>A body of its own, where what is true of the surroundings is not: break reaches no loop, everything may run.</summary>
    private List<Statement> ParseIsolated(Token tag, string end)
    {
        (int loops, bool mayNotRun) = (_loops, _expressions.MayNotRun);
        (_loops, _expressions.MayNotRun) = (0, false);
        List<Statement> body = ParseWholeBody(tag, end);
        (_loops, _expressions.MayNotRun) = (loops, mayNotRun);
        return body;
    }

    private IfStatement ParseIf(Token tag)
    {
        bool mayNotRun = _expressions.MayNotRun;
        _expressions.MayNotRun = true;
        var branches = new List<(Expression, IReadOnlyList<Statement>)>();
        List<Statement> otherwise = [];
        do
            branches.Add((_expressions.ParseTuple(withConditional: false), ParseBody(tag, "elif", "else", "endif")));
        while (_stream.SkipName("elif"));
        if (_stream.Next().Text == "else")
            otherwise = ParseWholeBody(tag, "endif");
        _expressions.MayNotRun = mayNotRun;
        return new IfStatement(branches, otherwise, tag.Line);
    }

    private ForStatement ParseFor(Token tag)
    {
        Target target = _targets.Parse(isEnd: () => _stream.IsName("in"));
        _stream.ExpectWord("in");
        Expression items = _expressions.ParseTuple(withConditional: false, () => _stream.IsName("recursive"));
        bool mayNotRun = _expressions.MayNotRun;
        _expressions.MayNotRun = false;
        Expression? filter = _stream.SkipName("if") ? _expressions.Parse() : null;
        bool isRecursive = _stream.SkipName("recursive");
        _loops++;
        List<Statement> body = ParseBody(tag, "endfor", "else");
        _loops--;
        List<Statement> otherwise = _stream.Next().Text == "else" ? ParseWholeBody(tag, "endfor") : [];
        _expressions.MayNotRun = mayNotRun;
        return new ForStatement(target, items, filter, tag.Line) { IsRecursive = isRecursive, Body = body, Else = otherwise };
    }

    private Statement ParseSet(Token tag)
    {
        Target target = _targets.Parse(withAttributes: true);
        if (_stream.SkipOperator("="))
            return new SetStatement(target, _expressions.ParseTuple(), tag.Line);
        FilterExpression? filter = _expressions.ParseFilters(null);
        return new SetBlockStatement(target, filter, ParseIsolated(tag, "endset"), tag.Line);
    }

    private MacroStatement ParseMacro(Token tag)
    {
        string name = _targets.ParseName().Name;
        return new MacroStatement(ParseDefinition(tag, name, "endmacro", () => { }), tag.Line);
    }

    private CallStatement ParseCall(Token tag)
    {
        Expression? call = null;
        MacroDefinition caller = ParseDefinition(tag, null, "endcall", () => call = _expressions.Parse());
        return call is CallExpression called
            ? new CallStatement(called, caller, tag.Line)
            : throw _stream.Fault("a call block needs the call of a macro, such as {% call f() %}", tag.Line);
    }

    private MacroDefinition ParseDefinition(Token tag, string? name, string end, Action parseMore)
    {
        IReadOnlyList<(string, Expression?)> parameters = name is not null || _stream.IsOperator("(") ? ParseParameters() : [];
        parseMore();
        HashSet<string> outer = _expressions.NamesRead;
        _expressions.NamesRead = new(StringComparer.Ordinal);
        List<Statement> body = ParseIsolated(tag, end);
        var definition = new MacroDefinition(name, parameters, body) { Reads = _expressions.NamesRead };
        outer.UnionWith(_expressions.NamesRead);
        _expressions.NamesRead = outer;
        return definition;
    }

    private List<(string, Expression?)> ParseParameters()
    {
        var parameters = new List<(string Name, Expression? Default)>();
        _stream.ExpectOperator("(");
        while (!_stream.IsOperator(")"))
        {
            if (parameters.Count > 0)
                _stream.ExpectOperator(",");
            string name = _targets.ParseName().Name;
            if (parameters.Exists(parameter => parameter.Name == name))
                throw _stream.Fault($"the parameter '{name}' is named twice; name it once");
            bool hasDefault = _stream.SkipOperator("=");
            if (!hasDefault && parameters.Count > 0 && parameters[^1].Default is not null)
                throw _stream.Fault($"the parameter '{name}' has no default but follows one that has; give it one");
            parameters.Add((name, hasDefault ? _expressions.Parse() : null));
        }
        _stream.Next();
        return parameters;
    }

    private FilterStatement ParseFilter(Token tag)
    {
        FilterExpression filter = _expressions.ParseFilters(null, startsWithoutBar: true)!;
        return new FilterStatement(filter, ParseIsolated(tag, "endfilter"), tag.Line);
    }

    private WithStatement ParseWith(Token tag)
    {
        var variables = new List<(Target, Expression)>();
        while (_stream.Current.Kind != TokenKind.BlockEnd)
        {
            if (variables.Count > 0)
                _stream.ExpectOperator(",");
            Target target = _targets.Parse();
            _stream.ExpectOperator("=");
            variables.Add((target, _expressions.Parse()));
        }
        return new WithStatement(variables, ParseWholeBody(tag, "endwith"), tag.Line);
    }

    private OutputStatement ParsePrint(Token tag)
    {
        var values = new List<Expression>();
        while (_stream.Current.Kind != TokenKind.BlockEnd)
        {
            if (values.Count > 0)
                _stream.ExpectOperator(",");
            values.Add(_expressions.Parse());
        }
        return new OutputStatement(values, tag.Line);
    }

    private ScopeStatement ParseBlock(Token tag)
    {
        string name = _stream.ExpectName().Text;
        _stream.SkipName("scoped");
        var block = new ScopeStatement(ParseIsolated(tag, "endblock"), tag.Line);
        _stream.SkipName(name);
        return block;
    }
}
