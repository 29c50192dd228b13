using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Evaluation;

/// <summary>Arguments of a call, evaluated.</summary>
/// <param name="Positional">By position.</param>
/// <param name="Named">By name, in the order written.</param>
internal readonly record struct CallArguments(IReadOnlyList<Value> Positional, IReadOnlyList<KeyValuePair<string, Value>> Named)
{
    public static CallArguments None { get; } = new([], []);
}

/// <summary>What can be called.</summary>
internal abstract class CallableValue : Value
{
    public abstract Value Invoke(RenderState state, CallArguments arguments);

    /// <summary>An attribute of this kind of value, or null.</summary>
    public virtual Value? Attribute(string name) => null;
}
