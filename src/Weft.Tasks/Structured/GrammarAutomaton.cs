using System.Runtime.InteropServices;

namespace Weft.Tasks;

/// <summary>
/// Reads bytes and knows after each what may follow: a pushdown automaton whose states are sets of stacks, made when they are first reached and kept. A state that is not dead
/// always has a text that it begins. One thread at a time.
/// </summary>
internal sealed class GrammarAutomaton
{
    private readonly ByteGrammar _root;
    private readonly GrammarParts _parts;
    private readonly GrammarState _dead;
    private readonly Dictionary<(ByteGrammar Top, GrammarStack? Below), GrammarStack> _stacks = [];
    private readonly Dictionary<(ByteGrammar Part, int Minimum, int? Maximum), ByteGrammar> _repetitions = [];
    private readonly Dictionary<StateKey, GrammarState> _states = [];
    private int _lastNumber;

    /// <param name="root">What a text is.</param>
    public GrammarAutomaton(ByteGrammar root)
    {
        _root = root;
        _parts = new(root);
        _dead = new([], isComplete: false, 0);
        Start = MakeStart();
    }

    /// <summary>Before the first byte; dead where the grammar has no text at all.</summary>
    public GrammarState Start { get; private set; }

    /// <summary>States that are kept.</summary>
    public int StateCount => _states.Count;

    /// <summary>Forgets all states. Those that are held elsewhere stay valid.</summary>
    public void Forget()
    {
        _stacks.Clear();
        _repetitions.Clear();
        _states.Clear();
        Start = MakeStart();
    }

    /// <summary>The state after one more byte.</summary>
    public GrammarState Next(GrammarState state, byte value)
    {
        if (state.IsLast)
            return _dead;
        int index = _parts.Classes[value];
        return state.Successors[index] ??= FindNext(state, _parts.Representatives[index]);
    }

    /// <summary>The state after some bytes.</summary>
    public GrammarState Next(GrammarState state, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
            state = Next(state, value);
        return state;
    }

    private GrammarState MakeStart()
    {
        var reached = new Reached();
        if (_parts.IsProductive(_root))
            Expand(StackOf(_root, null), reached);
        return StateOf(reached);
    }

    private GrammarState FindNext(GrammarState state, byte value)
    {
        var reached = new Reached();
        foreach (GrammarStack stack in state.Stacks)
            if (((ByteGrammar.Bytes)stack.Top).Set.Contains(value))
                Expand(stack.Below, reached);
        return StateOf(reached);
    }

    /// <summary>Takes the top apart until it is a set of bytes.</summary>
    private void Expand(GrammarStack? stack, Reached reached)
    {
        if (stack is null)
        {
            reached.IsComplete = true;
            return;
        }
        if (!reached.Seen.Add(stack))
            return;
        switch (stack.Top)
        {
            case ByteGrammar.Bytes:
                reached.Stacks.Add(stack);
                break;
            case ByteGrammar.Sequence sequence:
                GrammarStack? rest = stack.Below;
                for (int i = sequence.Parts.Count - 1; i >= 0; i--)
                    rest = StackOf(sequence.Parts[i], rest);
                Expand(rest, reached);
                break;
            case ByteGrammar.Choice choice:
                foreach (ByteGrammar alternative in choice.Alternatives)
                    if (_parts.IsProductive(alternative))
                        Expand(StackOf(alternative, stack.Below), reached);
                break;
            case ByteGrammar.Repetition repetition:
                if (repetition.Minimum == 0)
                    Expand(stack.Below, reached);
                if (repetition.Maximum != 0 && _parts.IsProductive(repetition.Part))
                    Expand(StackOf(repetition.Part, AfterOne(repetition, stack.Below)), reached);
                break;
            case ByteGrammar.Rule rule:
                Expand(StackOf(rule.Body, stack.Below), reached);
                break;
        }
    }

    /// <summary>What is left of a repetition when its part has come once.</summary>
    private GrammarStack? AfterOne(ByteGrammar.Repetition repetition, GrammarStack? below)
    {
        if (repetition.Maximum == 1)
            return below;
        (ByteGrammar, int, int?) key = (repetition.Part, Math.Max(0, repetition.Minimum - 1), repetition.Maximum - 1);
        if (!_repetitions.TryGetValue(key, out ByteGrammar? rest))
            _repetitions[key] = rest = repetition is { Minimum: 0, Maximum: null } ? repetition : ByteGrammar.Repeat(key.Item1, key.Item2, key.Item3);
        return StackOf(rest, below);
    }

    private GrammarStack StackOf(ByteGrammar top, GrammarStack? below)
    {
        ref GrammarStack? stack = ref CollectionsMarshal.GetValueRefOrAddDefault(_stacks, (top, below), out _);
        return stack ??= new(top, below, ++_lastNumber);
    }

    private GrammarState StateOf(Reached reached)
    {
        if (reached.Stacks.Count == 0 && !reached.IsComplete)
            return _dead;
        reached.Stacks.Sort((a, b) => a.Number.CompareTo(b.Number));
        var key = new StateKey([.. reached.Stacks.Select(stack => stack.Number)], reached.IsComplete);
        if (!_states.TryGetValue(key, out GrammarState? state))
            _states[key] = state = new([.. reached.Stacks], reached.IsComplete, _parts.Representatives.Length);
        return state;
    }

    /// <summary>What one step has found.</summary>
    private sealed class Reached
    {
        public HashSet<GrammarStack> Seen { get; } = [];

        public List<GrammarStack> Stacks { get; } = [];

        public bool IsComplete { get; set; }
    }

    private readonly struct StateKey(int[] numbers, bool isComplete) : IEquatable<StateKey>
    {
        private readonly int[] _numbers = numbers;
        private readonly bool _isComplete = isComplete;

        public bool Equals(StateKey other) => _isComplete == other._isComplete && _numbers.AsSpan().SequenceEqual(other._numbers);

        public override bool Equals(object? obj) => obj is StateKey other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.AddBytes(MemoryMarshal.AsBytes(_numbers.AsSpan()));
            hash.Add(_isComplete);
            return hash.ToHashCode();
        }
    }
}
