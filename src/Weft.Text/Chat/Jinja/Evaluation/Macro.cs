using Weft.Text.Chat.Jinja.Syntax;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Evaluation;

/// <summary>A macro, or the body of a call block, together with the variables around its definition.</summary>
internal sealed class Macro(MacroDefinition definition, Scope around) : CallableValue, IPrintable
{
    private const string Caller = "caller", VarArgs = "varargs", KwArgs = "kwargs";

    public override string TypeName => "Macro";

    private string Name => definition.Name ?? Caller;

    public string Print() => definition.Name is { } name ? $"<Macro '{name}'>" : "<Macro anonymous>";

    public override Value? Attribute(string name) => name switch
    {
        "name" => definition.Name is { } own ? new TextValue(own) : NoneValue.Instance,
        "arguments" => new TupleValue([.. definition.Parameters.Select(parameter => new TextValue(parameter.Name))]),
        "caller" => BoolValue.Of(Uses(Caller)),
        "catch_varargs" => BoolValue.Of(Uses(VarArgs)),
        "catch_kwargs" => BoolValue.Of(Uses(KwArgs)),
        _ => null,
    };

    public override Value Invoke(RenderState state, CallArguments arguments)
    {
        var scope = new Scope(around);
        var named = new OrderedDictionary<string, Value>(arguments.Named, StringComparer.Ordinal);
        BindParameters(state, scope, arguments.Positional, named);
        BindRest(state, scope, arguments.Positional, named);
        return new TextValue(state.Runner.RenderBody(definition.Body, scope));
    }

    private bool Uses(string special) => definition.Reads.Contains(special) && definition.Parameters.All(parameter => parameter.Name != special);

    private void BindParameters(RenderState state, Scope scope, IReadOnlyList<Value> positional, OrderedDictionary<string, Value> named)
    {
        for (int i = 0; i < definition.Parameters.Count; i++)
        {
            (string name, Expression? byDefault) = definition.Parameters[i];
            if (i < positional.Count)
                scope.Set(name, positional[i]);
            else if (named.Remove(name, out Value? value))
                scope.Set(name, value);
            else if (byDefault is not null)
                scope.Set(name, state.Evaluator.Evaluate(byDefault, scope));
            else
                scope.Set(name, new UndefinedValue($"parameter '{name}' was not provided"));
        }
    }

    private void BindRest(RenderState state, Scope scope, IReadOnlyList<Value> positional, OrderedDictionary<string, Value> named)
    {
        if (Uses(Caller))
            scope.Set(Caller, named.Remove(Caller, out Value? caller) ? caller : new UndefinedValue("No caller defined"));
        if (Uses(KwArgs))
        {
            var rest = new DictValue(state.Budget);
            foreach ((string name, Value value) in named)
                rest.Entries[new TextValue(name)] = value;
            scope.Set(KwArgs, rest);
        }
        else if (named.Count > 0)
            throw new TemplateFault($"macro '{Name}' takes no keyword argument '{named.GetAt(0).Key}'");
        if (Uses(VarArgs))
            scope.Set(VarArgs, new TupleValue([.. positional.Skip(definition.Parameters.Count)]));
        else if (positional.Count > definition.Parameters.Count)
            throw new TemplateFault($"macro '{Name}' takes not more than {definition.Parameters.Count} argument(s)");
    }
}
