using System.Text;
using Weft.Text.Chat.Jinja.Syntax;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Evaluation;

/// <summary>Runs statements, which write text.</summary>
internal sealed class StatementRunner(RenderState state)
{
    /// <summary>Where to go on after a statement.</summary>
    public enum Flow
    {
        Next,
        Break,
        Continue,
    }

    /// <summary>The text of a body.</summary>
    public string RenderBody(IReadOnlyList<Statement> body, Scope scope)
    {
        var output = new StringBuilder();
        Run(body, scope, output);
        state.Budget.SpendText(output.Length);
        return output.ToString();
    }

    /// <summary>Runs a body.</summary>
    public Flow Run(IReadOnlyList<Statement> body, Scope scope, StringBuilder output)
    {
        state.Budget.Enter();
        var flow = Flow.Next;
        for (int i = 0; i < body.Count && flow == Flow.Next; i++)
            flow = Run(body[i], scope, output);
        state.Budget.Leave();
        return flow;
    }

    private Flow Run(Statement statement, Scope scope, StringBuilder output)
    {
        state.Budget.Spend();
        state.Line = statement.Line;
        switch (statement)
        {
            case DataStatement data:
                Write(output, data.Text);
                return Flow.Next;
            case OutputStatement print:
                foreach (Expression value in print.Values)
                    Write(output, state.Str(state.Evaluator.Evaluate(value, scope)));
                return Flow.Next;
            case IfStatement branches:
                foreach ((Expression test, IReadOnlyList<Statement> body) in branches.Branches)
                    if (state.Evaluator.Evaluate(test, scope).IsTrue)
                        return Run(body, scope, output);
                return Run(branches.Else, scope, output);
            case ForStatement loop:
                return RunLoop(loop, state.Evaluator.Evaluate(loop.Items, scope), 0, scope, output);
            case WithStatement with:
                return RunWith(with, scope, output);
            case BreakStatement:
                return Flow.Break;
            case ContinueStatement:
                return Flow.Continue;
            default:
                RunSimple(statement, scope, output);
                return Flow.Next;
        }
    }

    private void RunSimple(Statement statement, Scope scope, StringBuilder output)
    {
        switch (statement)
        {
            case SetStatement set:
                Assign(set.Target, state.Evaluator.Evaluate(set.Value, scope), scope);
                break;
            case SetBlockStatement block:
                Value text = new TextValue(RenderBody(block.Body, new Scope(scope)));
                Assign(block.Target, block.Filter is { } filter ? FilterText(filter, text, scope) : text, scope);
                break;
            case MacroStatement macro:
                scope.Set(macro.Definition.Name!, new Macro(macro.Definition, scope));
                break;
            case CallStatement call:
                Write(output, state.Str(state.Evaluator.Call(call.Call, scope, new Macro(call.Caller, scope))));
                break;
            case FilterStatement filtered:
                Value body = new TextValue(RenderBody(filtered.Body, new Scope(scope)));
                Write(output, state.Str(FilterText(filtered.Filter, body, scope)));
                break;
            case ScopeStatement inner:
                int start = output.Length;
                Write(output, RenderBody(inner.Body, new Scope(scope)));
                // Where the text of a macro or block will stand is not known yet.
                if (inner.IsAnswer && output == state.Output)
                    state.Answers.Add(start..output.Length);
                break;
            default:
                throw new InvalidOperationException($"no rule for {statement.GetType().Name}");
        }
    }

    /// <summary>Applies a chain of filters whose innermost has no target.</summary>
    private Value FilterText(FilterExpression filter, Value text, Scope scope) =>
        state.Evaluator.Filter(filter, filter.Target is FilterExpression inner ? FilterText(inner, text, scope) : text, scope);

    private Flow RunWith(WithStatement with, Scope scope, StringBuilder output)
    {
        var inner = new Scope(scope);
        foreach ((Target target, Expression value) in with.Variables)
            Assign(target, state.Evaluator.Evaluate(value, scope), inner);
        return Run(with.Body, inner, output);
    }

    private Flow RunLoop(ForStatement statement, Value items, int depth, Scope scope, StringBuilder output)
    {
        state.Line = statement.Line;
        if (statement.Filter is not null)
            items = new IteratorValue(Filtered(statement, items, scope));
        var loop = new Loop(state, items, depth, statement.IsRecursive ? (inner, level) => Recurse(statement, inner, level, scope) : null);
        // As in Jinja2, a round that break or continue cuts short does not count for else.
        bool anyWhole = false;
        while (loop.MoveNext() is { } item)
        {
            var inner = new Scope(scope);
            inner.Set("loop", loop);
            Assign(statement.Target, item, inner);
            Flow flow = Run(statement.Body, inner, output);
            if (flow == Flow.Break)
                break;
            anyWhole |= flow == Flow.Next;
        }
        return anyWhole ? Flow.Next : Run(statement.Else, new Scope(scope), output);
    }

    private TextValue Recurse(ForStatement statement, Value items, int depth, Scope scope)
    {
        var output = new StringBuilder();
        state.Budget.Enter();
        RunLoop(statement, items, depth, scope, output);
        state.Budget.Leave();
        state.Budget.SpendText(output.Length);
        return new TextValue(output.ToString());
    }

    private IEnumerable<Value> Filtered(ForStatement statement, Value items, Scope scope)
    {
        foreach (Value item in state.Iterate(items))
        {
            var inner = new Scope(scope);
            Assign(statement.Target, item, inner);
            if (state.Evaluator.Evaluate(statement.Filter!, inner).IsTrue)
                yield return item;
        }
    }

    private void Assign(Target target, Value value, Scope scope)
    {
        switch (target)
        {
            case NameTarget name:
                scope.Set(name.Name, value);
                break;
            case AttributeTarget attribute:
                if (scope.Find(attribute.Space) is not NamespaceValue space)
                    throw new TemplateFault($"cannot assign attribute on non-namespace object '{attribute.Space}'; make it with namespace()");
                space.Attributes[attribute.Name] = value;
                break;
            case TupleTarget tuple:
                List<Value> items = [.. state.Iterate(value).Take(tuple.Items.Count + 1)];
                if (items.Count < tuple.Items.Count)
                    throw new TemplateFault($"not enough values to unpack (expected {tuple.Items.Count}, got {items.Count})");
                if (items.Count > tuple.Items.Count)
                    throw new TemplateFault($"too many values to unpack (expected {tuple.Items.Count})");
                for (int i = 0; i < items.Count; i++)
                    Assign(tuple.Items[i], items[i], scope);
                break;
        }
    }

    private void Write(StringBuilder output, string text)
    {
        state.Budget.CheckOutput((long)output.Length + text.Length);
        state.Budget.Spend(text.Length / 8);
        output.Append(text);
    }
}
