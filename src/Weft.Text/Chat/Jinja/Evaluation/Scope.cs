using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Evaluation;

/// <summary>Variables of a part of the template. Loops, macros, with and blocks have their own; if has not.</summary>
internal sealed class Scope(Scope? outer)
{
    private readonly Dictionary<string, Value> _variables = new(StringComparer.Ordinal);

    public Value? Find(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Outer)
            if (scope._variables.TryGetValue(name, out Value? value))
                return value;
        return null;
    }

    public void Set(string name, Value value) => _variables[name] = value;

    private Scope? Outer => outer;
}
