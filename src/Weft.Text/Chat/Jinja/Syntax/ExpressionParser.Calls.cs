using Weft.Text.Chat.Jinja.Library;

namespace Weft.Text.Chat.Jinja.Syntax;

/// <content>Arguments, filters and tests.</content>
internal sealed partial class ExpressionParser
{
    /// <summary>Arguments in parentheses.</summary>
    public ArgumentList ParseArguments()
    {
        stream.ExpectOperator("(");
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        Expression? spread = null, spreadNamed = null;
        void Ensure(bool allowed, string problem)
        {
            if (!allowed)
                throw stream.Fault($"{problem}; write positional arguments, then named ones, then **");
        }
        while (!stream.IsOperator(")"))
        {
            if (stream.SkipOperator("*"))
            {
                Ensure(spread is null && spreadNamed is null, "a second * or one after ** stands in a call");
                spread = Parse();
            }
            else if (stream.SkipOperator("**"))
            {
                Ensure(spreadNamed is null, "a second ** stands in a call");
                spreadNamed = Parse();
            }
            else if (stream.Current.Kind == TokenKind.Name && stream.Look is { Kind: TokenKind.Operator, Text: "=" })
            {
                Ensure(spreadNamed is null, "a named argument stands after **");
                string name = stream.Next().Text;
                stream.Next();
                if (named.Exists(other => other.Item1 == name))
                    throw stream.Fault($"the argument '{name}' is given twice; give it once");
                named.Add((name, Parse()));
            }
            else
            {
                Ensure(spread is null && spreadNamed is null && named.Count == 0, "a positional argument stands after another kind");
                positional.Add(Parse());
            }
            if (!stream.SkipOperator(","))
                break;
        }
        stream.ExpectOperator(")");
        return new ArgumentList(positional, named, spread, spreadNamed);
    }

    private Expression ParseFiltersAndTests(Expression parsed)
    {
        while (true)
            if (stream.IsOperator("|"))
                parsed = ParseFilters(parsed)!;
            else if (stream.IsName("is"))
                parsed = ParseTest(parsed);
            else if (stream.IsOperator("("))
                parsed = new CallExpression(parsed, ParseArguments(), stream.Line);
            else
                return parsed;
    }

    /// <summary>Filters with bars before them.</summary>
    /// <param name="target">What they filter; null for the body of a statement.</param>
    /// <param name="startsWithoutBar">Whether the first one has no bar: in <c>{% filter upper %}</c>.</param>
    public FilterExpression? ParseFilters(Expression? target, bool startsWithoutBar = false)
    {
        FilterExpression? filter = null;
        while (startsWithoutBar || stream.SkipOperator("|"))
        {
            (string name, int line) = ParseDottedName();
            CheckKnown(Filters.Find(name) is not null, () => Filters.Unknown(name), line);
            ArgumentList arguments = stream.IsOperator("(") ? ParseArguments() : ArgumentList.None;
            target = filter = new FilterExpression(target, name, arguments, line);
            startsWithoutBar = false;
        }
        return filter;
    }

    private Expression ParseTest(Expression target)
    {
        stream.Next();
        bool isNegated = stream.SkipName("not");
        (string name, int line) = ParseDottedName();
        CheckKnown(Tests.Find(name) is not null, () => Tests.Unknown(name), line);
        ArgumentList arguments = ArgumentList.None;
        if (stream.IsOperator("("))
            arguments = ParseArguments();
        else if (BeginsTestArgument())
            arguments = new ArgumentList([ParsePostfix(ParsePrimary())], [], null, null);
        Expression test = new TestExpression(target, name, arguments, line);
        return isNegated ? new NotExpression(test, line) : test;
    }

    private bool BeginsTestArgument()
    {
        if (stream.IsName("is"))
            throw stream.Fault("two tests follow each other; join them with 'and'");
        return stream.Current.Kind switch
        {
            TokenKind.Name => !stream.IsName("else") && !stream.IsName("or") && !stream.IsName("and"),
            TokenKind.Text or TokenKind.Integer or TokenKind.Float => true,
            TokenKind.Operator => stream.Current.Text is "[" or "{",
            _ => false,
        };
    }

    private (string Name, int Line) ParseDottedName()
    {
        Token first = stream.ExpectName();
        string name = first.Text;
        while (stream.SkipOperator("."))
            name += $".{stream.ExpectName().Text}";
        return (name, first.Line);
    }

    private void CheckKnown(bool isKnown, Func<TemplateFault> unknown, int line)
    {
        if (!isKnown && !MayNotRun)
            throw new TemplateFault(unknown().Message) { Line = line };
    }
}
