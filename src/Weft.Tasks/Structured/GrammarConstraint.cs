using System.Text;
using Weft.Inference;

namespace Weft.Tasks;

/// <summary>
/// Lets a model write only what a grammar has. The tokens that may come next are found by walking the vocabulary's trie with the automaton, once for each state. Safe to use from several
/// threads.
/// </summary>
internal sealed class GrammarConstraint : ITokenConstraint
{
    private const int Bits = 64;

    /// <summary>Beyond this much memory, states and what they allow are made anew.</summary>
    private const int MostStates = 1 << 16, MostMaskBytes = 1 << 26;

    private readonly Lock _lock = new();
    private readonly TokenBytes _tokens;
    private readonly GrammarAutomaton _automaton;
    private readonly int[] _endIds;
    private readonly int _words;
    private int _masks;

    /// <param name="tokens">The vocabulary.</param>
    /// <param name="grammar">What a text is.</param>
    /// <param name="endIds">Ids that end a text, whatever else they stand for.</param>
    public GrammarConstraint(TokenBytes tokens, ByteGrammar grammar, IEnumerable<int> endIds)
    {
        _tokens = tokens;
        _automaton = new(grammar);
        _endIds = [.. endIds.Where(id => id >= 0)];
        _words = (Math.Max(tokens.Count, _endIds.DefaultIfEmpty(-1).Max() + 1) + Bits - 1) / Bits;
    }

    /// <summary>The grammar has a text.</summary>
    public bool IsSatisfiable => !_automaton.Start.IsDead;

    /// <inheritdoc/>
    public ITokenConstraintState Begin()
    {
        lock (_lock)
            return new TextState(this, _automaton.Start);
    }

    private ulong[] AllowedIds(GrammarState state)
    {
        lock (_lock)
            return state.AllowedIds ??= FindAllowedIds(state);
    }

    private ulong[] FindAllowedIds(GrammarState state)
    {
        if (_automaton.StateCount > MostStates || (long)++_masks * _words * sizeof(ulong) > MostMaskBytes)
        {
            _automaton.Forget();
            // Or else the text would go on among the states that are to be forgotten.
            Array.Clear(state.Successors);
            _masks = 0;
        }
        ulong[] allowed = new ulong[_words];
        bool any = !state.IsLast && _tokens.FindAllowed(_automaton, state, allowed);
        foreach (int id in _endIds)
        {
            ulong bit = 1UL << (id % Bits);
            allowed[id / Bits] = state.IsComplete ? allowed[id / Bits] | bit : allowed[id / Bits] & ~bit;
        }
        if (!state.IsComplete && (!any || allowed.AsSpan().IndexOfAnyExcept(0UL) < 0))
            throw new NotSupportedException($"the grammar demands one of {Expected(state)} here, but no token of the vocabulary begins so; give a model whose tokenizer covers all bytes");
        return allowed;
    }

    /// <returns>Null where the token ends the text.</returns>
    private GrammarState? After(GrammarState state, int id)
    {
        bool ends = _endIds.Contains(id);
        if (ends && state.IsComplete)
            return null;
        lock (_lock)
            return !ends && (uint)id < (uint)_tokens.Count && _tokens[id].Length > 0 && _automaton.Next(state, _tokens[id]) is { IsDead: false } next ? next
                : throw new ArgumentException($"token {id} is not allowed here; ask which are before one is chosen", nameof(id));
    }

    /// <summary>The bytes that may come next, as far as they are few and can be shown.</summary>
    private string Expected(GrammarState state)
    {
        const int Most = 8;
        string[] expected = [.. Enumerable.Range(0, 256).Where(value => !_automaton.Next(state, (byte)value).IsDead)
            .Select(value => value is > ' ' and <= '~' ? $"'{(char)value}'" : $"0x{value:X2}")];
        return new StringBuilder().AppendJoin(", ", expected.Take(Most)).Append(expected.Length > Most ? ", …" : "").ToString();
    }

    /// <summary>One text.</summary>
    private sealed class TextState(GrammarConstraint constraint, GrammarState start) : ITokenConstraintState
    {
        private GrammarState _state = start;
        private bool _isEnded;

        public bool MayEnd => _state.IsComplete;

        public bool MustEnd => _isEnded || _state is { IsComplete: true, IsLast: true };

        public ReadOnlySpan<ulong> GetAllowedIds() => constraint.AllowedIds(_state);

        public void Accept(int id)
        {
            GrammarState? next = constraint.After(_state, id);
            _isEnded = next is null;
            _state = next ?? _state;
        }
    }
}
