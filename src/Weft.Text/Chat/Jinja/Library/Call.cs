using Weft.Text.Chat.Jinja.Evaluation;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>One call of a <see cref="Routine"/>; arguments are asked for by the position of their parameter.</summary>
internal sealed class Call(RenderState state, Value self, Value?[] given)
{
    public RenderState State => state;

    public Budget Budget => state.Budget;

    public Value Self => self;

    /// <summary>Values beyond the parameters.</summary>
    public required IReadOnlyList<Value> Rest { get; init; }

    /// <summary>Named values that no parameter has.</summary>
    public required IReadOnlyList<KeyValuePair<string, Value>> Named { get; init; }

    /// <summary>The text of a value that is filtered, whatever kind it has; None is "None".</summary>
    public string Str => state.Str(self);

    /// <summary>The text whose method is called.</summary>
    public string SelfText => ((TextValue)self).Text;

    /// <summary>An argument, or null where it was not given.</summary>
    public Value? this[int index] => given[index];

    /// <summary>An argument, or null where it was not given or is None.</summary>
    public Value? NotNone(int index) => given[index] is NoneValue ? null : given[index];

    public string Text(int index, string? byDefault = null) => given[index] switch
    {
        null when byDefault is not null => byDefault,
        TextValue text => text.Text,
        var other => throw WrongType(other, "a text"),
    };

    public int Integer(int index, int byDefault = 0) => given[index] is { } value ? Numbers.ToInt32(value) : byDefault;

    public bool Flag(int index, bool byDefault = false) => given[index]?.IsTrue ?? byDefault;

    /// <summary>The items of the value that is filtered.</summary>
    public IEnumerable<Value> Items => state.Iterate(self);

    /// <summary>A text as a result; it stays HTML where the filtered value was.</summary>
    public TextValue Result(string text)
    {
        state.Budget.SpendText(text.Length);
        return new TextValue(text, self is TextValue { IsMarkup: true });
    }

    private static TemplateFault WrongType(Value? value, string expected) => value is UndefinedValue undefined
        ? undefined.Fault()
        : new TemplateFault($"an argument has the type '{value?.TypeName}' where {expected} must stand");
}
