namespace Weft.Text.Chat.Jinja.Values;

/// <summary>
/// A value of a template. The set of its kinds is closed and all are plain data of this interpreter, so a template reaches
/// nothing else of the process. They behave and print as Python's values do.
/// </summary>
internal abstract class Value
{
    private protected Value() { }

    /// <summary>Python's name of the type, for messages.</summary>
    public abstract string TypeName { get; }

    /// <summary>Whether a condition takes it as true.</summary>
    public virtual bool IsTrue => true;
}

/// <summary><c>None</c>.</summary>
internal sealed class NoneValue : Value
{
    public static NoneValue Instance { get; } = new();

    public override string TypeName => "NoneType";

    public override bool IsTrue => false;
}

/// <summary>What a name, attribute or item is that does not exist: prints as nothing, everything else about it fails.</summary>
/// <param name="problem">The message of that failure.</param>
internal sealed class UndefinedValue(string problem) : Value
{
    public override string TypeName => "Undefined";

    public override bool IsTrue => false;

    public TemplateFault Fault() => new(problem);
}

/// <summary>The bounds of <c>x[start:stop:step]</c>; each is None where absent.</summary>
internal sealed class SliceValue(Value start, Value stop, Value step) : Value
{
    public Value Start => start;

    public Value Stop => stop;

    public Value Step => step;

    public override string TypeName => "slice";
}

/// <summary><c>namespace()</c>: the one value whose attributes a template may set.</summary>
internal sealed class NamespaceValue : Value
{
    public OrderedDictionary<string, Value> Attributes { get; } = new(StringComparer.Ordinal);

    public override string TypeName => "Namespace";
}
