using Weft.Text.Chat.Jinja.Library;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Evaluation;

/// <summary>The variable <c>loop</c>. Items are asked for one by one, at most one ahead.</summary>
internal sealed class Loop : CallableValue, IPrintable
{
    private static readonly Routine Cycle = new("cycle", "*", call => call.Rest.Count > 0
        ? call.Rest[((Loop)call.Self)._index % call.Rest.Count]
        : throw new TemplateFault("no items for cycling given"));

    private static readonly Routine Changed = new("changed", "*", call =>
    {
        var loop = (Loop)call.Self;
        var now = new TupleValue(call.Rest);
        bool isSame = loop._compared is { } before && call.State.Comparer.Equals(before, now);
        loop._compared = now;
        return BoolValue.Of(!isSame);
    });

    private readonly Value _items;
    private readonly Func<Value, int, Value>? _recurse;
    private readonly int _depth;
    private IEnumerator<Value> _rest;
    private int _index = -1;
    private int? _length;
    private Value? _current;
    private Value? _before;
    private Value? _after;
    private TupleValue? _compared;

    /// <param name="state">The rendering.</param>
    /// <param name="items">What is looped over.</param>
    /// <param name="depth">Loops of the same recursion around this one.</param>
    /// <param name="recurse">Renders the loop over other items at a depth; null where it is not recursive.</param>
    public Loop(RenderState state, Value items, int depth, Func<Value, int, Value>? recurse)
    {
        (_items, _depth, _recurse) = (items, depth, recurse);
        _rest = state.Iterate(items).GetEnumerator();
    }

    public override string TypeName => "LoopContext";

    /// <summary>Goes on to the next item; null after the last.</summary>
    public Value? MoveNext()
    {
        Value? next = Peek();
        _after = null;
        if (next is null)
            return null;
        _index++;
        (_before, _current) = (_current, next);
        return next;
    }

    public string Print() => $"<LoopContext {_index + 1}/{Length}>";

    public override Value Invoke(RenderState state, CallArguments arguments)
    {
        if (_recurse is null)
            throw new TemplateFault("The loop must have the 'recursive' marker to be called recursively.");
        return arguments is { Positional: [var items], Named.Count: 0 }
            ? _recurse(items, _depth + 1)
            : throw new TemplateFault("a recursive loop takes one argument, the items of the next level");
    }

    public override Value? Attribute(string name) => name switch
    {
        "index" => Number(_index + 1),
        "index0" => Number(_index),
        "revindex" => Number(Length - _index),
        "revindex0" => Number(Length - _index - 1),
        "length" => Number(Length),
        "first" => BoolValue.Of(_index == 0),
        "last" => BoolValue.Of(Peek() is null),
        "depth" => Number(_depth + 1),
        "depth0" => Number(_depth),
        "previtem" => _before ?? new UndefinedValue("there is no previous item"),
        "nextitem" => Peek() ?? new UndefinedValue("there is no next item"),
        "cycle" => new RoutineValue(Cycle, this),
        "changed" => new RoutineValue(Changed, this),
        _ => null,
    };

    private int Length => _length ??= Iteration.Count(_items) ?? CountRest();

    private static IntValue Number(int number) => new(number);

    private Value? Peek() => _after ??= _rest.MoveNext() ? _rest.Current : null;

    private int CountRest()
    {
        var rest = new List<Value>();
        while (_rest.MoveNext())
            rest.Add(_rest.Current);
        _rest = rest.GetEnumerator();
        return rest.Count + _index + 1 + (_after is null ? 0 : 1);
    }
}
