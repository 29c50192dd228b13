using System.Text;
using Weft.Text.Chat.Jinja.Library;
using Weft.Text.Chat.Jinja.Syntax;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Evaluation;

/// <summary>Computes expressions.</summary>
internal sealed class ExpressionEvaluator(RenderState state)
{
    /// <summary>The value of an expression.</summary>
    /// <exception cref="TemplateFault">It has none, or a limit is reached; <see cref="RenderState.Line"/> says where.</exception>
    public Value Evaluate(Expression expression, Scope scope)
    {
        state.Budget.Spend();
        switch (expression)
        {
            case Literal literal:
                return literal.Value;
            case NameExpression name:
                return scope.Find(name.Name) ?? new UndefinedValue($"'{name.Name}' is undefined");
        }
        state.Budget.Enter();
        Value value = EvaluateCompound(expression, scope);
        state.Budget.Leave();
        return value;
    }

    /// <summary>Applies a filter to a value.</summary>
    public Value Filter(FilterExpression filter, Value target, Scope scope)
    {
        CallArguments arguments = EvaluateArguments(filter.Arguments, scope);
        state.Line = filter.Line;
        return (Filters.Find(filter.Name) ?? throw Filters.Unknown(filter.Name)).Invoke(state, target, arguments);
    }

    /// <summary>Calls what an expression gives.</summary>
    /// <param name="call">The call.</param>
    /// <param name="scope">Variables around it.</param>
    /// <param name="caller">What a call block adds.</param>
    public Value Call(CallExpression call, Scope scope, Macro? caller = null)
    {
        Value callee = Evaluate(call.Callee, scope);
        CallArguments arguments = EvaluateArguments(call.Arguments, scope);
        if (caller is not null)
            arguments = arguments with { Named = [.. arguments.Named, KeyValuePair.Create("caller", (Value)caller)] };
        state.Line = call.Line;
        return callee switch
        {
            CallableValue callable => callable.Invoke(state, arguments),
            UndefinedValue undefined => throw undefined.Fault(),
            _ => throw new TemplateFault($"'{callee.TypeName}' object is not callable"),
        };
    }

    private Value EvaluateCompound(Expression expression, Scope scope)
    {
        switch (expression)
        {
            case AttributeExpression attribute:
                Value owner = Evaluate(attribute.Target, scope);
                state.Line = attribute.Line;
                return Attributes.Get(state, owner, attribute.Name);
            case ItemExpression item:
                Value container = Evaluate(item.Target, scope), index = Evaluate(item.Index, scope);
                state.Line = item.Line;
                return Attributes.GetItem(state, container, index);
            case FilterExpression filter:
                return Filter(filter, Evaluate(filter.Target!, scope), scope);
            case TestExpression test:
                return BoolValue.Of(Test(test, scope));
            case CallExpression call:
                return Call(call, scope);
            case Comparison comparison:
                return BoolValue.Of(Compare(comparison, scope));
            case Choice choice:
                Value left = Evaluate(choice.Left, scope);
                return left.IsTrue == choice.IsAnd ? Evaluate(choice.Right, scope) : left;
            case NotExpression not:
                return BoolValue.Of(!Evaluate(not.Operand, scope).IsTrue);
            case Arithmetic arithmetic:
                Value a = Evaluate(arithmetic.Left, scope), b = Evaluate(arithmetic.Right, scope);
                state.Line = arithmetic.Line;
                return Operators.Apply(state, arithmetic.Symbol, a, b);
            default:
                return EvaluateOther(expression, scope);
        }
    }

    private Value EvaluateOther(Expression expression, Scope scope)
    {
        switch (expression)
        {
            case Concatenation concatenation:
                return Concatenate(concatenation, scope);
            case Conditional conditional:
                if (Evaluate(conditional.Test, scope).IsTrue)
                    return Evaluate(conditional.WhenTrue, scope);
                return conditional.WhenFalse is { } otherwise
                    ? Evaluate(otherwise, scope)
                    : new UndefinedValue($"the inline if-expression on line {conditional.Line} evaluated to false and no else section was defined.");
            case SignExpression sign:
                Value operand = Evaluate(sign.Operand, scope);
                state.Line = sign.Line;
                return Operators.Sign(sign.IsMinus, operand);
            case ListDisplay list:
                return new ListValue(EvaluateAll(list.Items, scope));
            case TupleDisplay tuple:
                return new TupleValue(EvaluateAll(tuple.Items, scope));
            case DictDisplay display:
                var dict = new DictValue(state.Budget);
                foreach ((Expression key, Expression value) in display.Entries)
                {
                    Value evaluatedKey = Evaluate(key, scope);
                    dict.Entries[evaluatedKey] = Evaluate(value, scope);
                }
                return dict;
            case SliceExpression slice:
                return new SliceValue(Bound(slice.Start, scope), Bound(slice.Stop, scope), Bound(slice.Step, scope));
            default:
                throw new InvalidOperationException($"no rule for {expression.GetType().Name}");
        }
    }

    private Value Bound(Expression? bound, Scope scope) => bound is null ? NoneValue.Instance : Evaluate(bound, scope);

    private Value[] EvaluateAll(IReadOnlyList<Expression> expressions, Scope scope)
    {
        var values = new Value[expressions.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = Evaluate(expressions[i], scope);
        return values;
    }

    private TextValue Concatenate(Concatenation concatenation, Scope scope)
    {
        var text = new StringBuilder();
        foreach (Value part in EvaluateAll(concatenation.Parts, scope))
        {
            state.Line = concatenation.Line;
            string printed = state.Str(part);
            state.Budget.SpendText((long)text.Length + printed.Length);
            text.Append(printed);
        }
        return new TextValue(text.ToString());
    }

    private bool Test(TestExpression test, Scope scope)
    {
        Value target = Evaluate(test.Target, scope);
        CallArguments arguments = EvaluateArguments(test.Arguments, scope);
        state.Line = test.Line;
        return (Tests.Find(test.Name) ?? throw Tests.Unknown(test.Name)).Invoke(state, target, arguments).IsTrue;
    }

    private bool Compare(Comparison comparison, Scope scope)
    {
        Value left = Evaluate(comparison.First, scope);
        foreach ((string symbol, Expression operand) in comparison.Rest)
        {
            Value right = Evaluate(operand, scope);
            state.Line = comparison.Line;
            bool holds = symbol switch
            {
                "==" => state.Comparer.Equals(left, right),
                "!=" => !state.Comparer.Equals(left, right),
                "in" => Iteration.Contains(state, right, left),
                "notin" => !Iteration.Contains(state, right, left),
                _ => state.Order.Holds(symbol, left, right),
            };
            if (!holds)
                return false;
            left = right;
        }
        return true;
    }

    private CallArguments EvaluateArguments(ArgumentList arguments, Scope scope)
    {
        if (ReferenceEquals(arguments, ArgumentList.None))
            return CallArguments.None;
        var positional = new List<Value>(EvaluateAll(arguments.Positional, scope));
        if (arguments.Spread is { } spread)
            positional.AddRange(state.Iterate(Evaluate(spread, scope)));
        var named = new List<KeyValuePair<string, Value>>();
        foreach ((string name, Expression value) in arguments.Named)
            named.Add(KeyValuePair.Create(name, Evaluate(value, scope)));
        if (arguments.SpreadNamed is { } spreadNamed)
            AddSpread(named, Evaluate(spreadNamed, scope));
        return new CallArguments(positional, named);
    }

    private static void AddSpread(List<KeyValuePair<string, Value>> named, Value spread)
    {
        if (spread is not DictValue dict)
            throw new TemplateFault($"argument after ** must be a mapping, not {spread.TypeName}");
        var given = named.Select(argument => argument.Key).ToHashSet(StringComparer.Ordinal);
        foreach ((Value key, Value value) in dict.Entries)
        {
            if (key is not TextValue name)
                throw new TemplateFault("keywords must be strings");
            if (!given.Add(name.Text))
                throw new TemplateFault($"got multiple values for keyword argument '{name.Text}'");
            named.Add(KeyValuePair.Create(name.Text, value));
        }
    }
}
