using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Syntax;

/// <summary>Part of a parsed template.</summary>
/// <param name="Line">Its line, from 1.</param>
internal abstract record Node(int Line);

/// <summary>What has a value.</summary>
internal abstract record Expression(int Line) : Node(Line);

internal sealed record Literal(Value Value, int Line) : Expression(Line);

internal sealed record NameExpression(string Name, int Line) : Expression(Line);

internal sealed record ListDisplay(IReadOnlyList<Expression> Items, int Line) : Expression(Line);

internal sealed record TupleDisplay(IReadOnlyList<Expression> Items, int Line) : Expression(Line);

internal sealed record DictDisplay(IReadOnlyList<(Expression Key, Expression Value)> Entries, int Line) : Expression(Line);

/// <summary><c>-x</c> or <c>+x</c>.</summary>
internal sealed record SignExpression(bool IsMinus, Expression Operand, int Line) : Expression(Line);

internal sealed record NotExpression(Expression Operand, int Line) : Expression(Line);

/// <summary><c>+ - * / // % **</c>.</summary>
internal sealed record Arithmetic(string Symbol, Expression Left, Expression Right, int Line) : Expression(Line);

/// <summary><c>a ~ b ~ c</c>.</summary>
internal sealed record Concatenation(IReadOnlyList<Expression> Parts, int Line) : Expression(Line);

/// <summary><c>a &lt; b &lt;= c</c>; symbols are <c>== != &lt; &lt;= &gt; &gt;= in notin</c>.</summary>
internal sealed record Comparison(Expression First, IReadOnlyList<(string Symbol, Expression Operand)> Rest, int Line) : Expression(Line);

/// <summary><c>a and b</c>, <c>a or b</c>: one of the two operands.</summary>
internal sealed record Choice(bool IsAnd, Expression Left, Expression Right, int Line) : Expression(Line);

/// <summary><c>a if c else b</c>.</summary>
internal sealed record Conditional(Expression Test, Expression WhenTrue, Expression? WhenFalse, int Line) : Expression(Line);

/// <summary><c>x.name</c>.</summary>
internal sealed record AttributeExpression(Expression Target, string Name, int Line) : Expression(Line);

/// <summary><c>x[index]</c>.</summary>
internal sealed record ItemExpression(Expression Target, Expression Index, int Line) : Expression(Line);

/// <summary><c>start:stop:step</c>, only as an index.</summary>
internal sealed record SliceExpression(Expression? Start, Expression? Stop, Expression? Step, int Line) : Expression(Line);

/// <summary>Arguments as written.</summary>
/// <param name="Positional">By position.</param>
/// <param name="Named">By name.</param>
/// <param name="Spread">What follows <c>*</c>.</param>
/// <param name="SpreadNamed">What follows <c>**</c>.</param>
internal sealed record ArgumentList(
    IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named, Expression? Spread, Expression? SpreadNamed)
{
    public static ArgumentList None { get; } = new([], [], null, null);
}

internal sealed record CallExpression(Expression Callee, ArgumentList Arguments, int Line) : Expression(Line);

/// <summary><c>x | name(…)</c>; without a target it takes the body of its statement.</summary>
internal sealed record FilterExpression(Expression? Target, string Name, ArgumentList Arguments, int Line) : Expression(Line);

/// <summary><c>x is name(…)</c>.</summary>
internal sealed record TestExpression(Expression Target, string Name, ArgumentList Arguments, int Line) : Expression(Line);

/// <summary>What does something.</summary>
internal abstract record Statement(int Line) : Node(Line);

internal sealed record DataStatement(string Text, int Line) : Statement(Line);

internal sealed record OutputStatement(IReadOnlyList<Expression> Values, int Line) : Statement(Line);

internal sealed record IfStatement(
    IReadOnlyList<(Expression Test, IReadOnlyList<Statement> Body)> Branches, IReadOnlyList<Statement> Else, int Line) : Statement(Line);

internal sealed record ForStatement(Target Target, Expression Items, Expression? Filter, int Line) : Statement(Line)
{
    public required bool IsRecursive { get; init; }

    public required IReadOnlyList<Statement> Body { get; init; }

    public required IReadOnlyList<Statement> Else { get; init; }
}

internal sealed record SetStatement(Target Target, Expression Value, int Line) : Statement(Line);

/// <summary><c>{% set x %}…{% endset %}</c>.</summary>
internal sealed record SetBlockStatement(Target Target, FilterExpression? Filter, IReadOnlyList<Statement> Body, int Line) : Statement(Line);

/// <summary><c>{% with a = 1 %}…{% endwith %}</c>.</summary>
internal sealed record WithStatement(IReadOnlyList<(Target Target, Expression Value)> Variables, IReadOnlyList<Statement> Body, int Line) : Statement(Line);

internal sealed record MacroStatement(MacroDefinition Definition, int Line) : Statement(Line);

/// <summary><c>{% call(x) f() %}…{% endcall %}</c>.</summary>
internal sealed record CallStatement(CallExpression Call, MacroDefinition Caller, int Line) : Statement(Line);

internal sealed record FilterStatement(FilterExpression Filter, IReadOnlyList<Statement> Body, int Line) : Statement(Line);

/// <summary>A body with a scope of its own: <c>{% generation %}</c> and <c>{% block %}</c>.</summary>
internal sealed record ScopeStatement(IReadOnlyList<Statement> Body, int Line) : Statement(Line)
{
    /// <summary>What it writes is an answer of the assistant.</summary>
    public bool IsAnswer { get; init; }
}

internal sealed record BreakStatement(int Line) : Statement(Line);

internal sealed record ContinueStatement(int Line) : Statement(Line);

/// <summary>A macro, or the body of a call block.</summary>
/// <param name="Name">Its name; null for a call block.</param>
/// <param name="Parameters">Their names, with defaults for the last ones.</param>
/// <param name="Body">What it renders.</param>
internal sealed record MacroDefinition(string? Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, IReadOnlyList<Statement> Body)
{
    /// <summary>Names the body reads without setting them; <c>caller</c>, <c>varargs</c> and <c>kwargs</c> mean something there.</summary>
    public required IReadOnlySet<string> Reads { get; init; }
}

/// <summary>What is assigned to.</summary>
internal abstract record Target(int Line) : Node(Line);

internal sealed record NameTarget(string Name, int Line) : Target(Line);

/// <summary><c>space.name</c>.</summary>
internal sealed record AttributeTarget(string Space, string Name, int Line) : Target(Line);

internal sealed record TupleTarget(IReadOnlyList<Target> Items, int Line) : Target(Line);
