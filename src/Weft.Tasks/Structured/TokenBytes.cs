using System.Runtime.CompilerServices;
using Weft.Text;

namespace Weft.Tasks;

/// <summary>
/// The bytes of every token of a vocabulary, as a trie: what begins alike is walked once. Nodes stand in the order of a walk that goes down first, so that a walk is one pass over
/// arrays that leaps over what cannot come.
/// </summary>
internal sealed class TokenBytes
{
    private const int Bits = 64;

    private static readonly ConditionalWeakTable<Tokenizer, TokenBytes> Known = [];

    private readonly byte[] _bytes;
    private readonly int[] _starts;

    private readonly Node[] _nodes;

    /// <summary>Ids in the order of their nodes.</summary>
    private readonly int[] _tokens;
    private readonly int _longest;

    private TokenBytes(Tokenizer tokenizer)
    {
        byte[][] tokens = [.. Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.GetTokenBytes)];
        _starts = new int[tokens.Length + 1];
        for (int id = 0; id < tokens.Length; id++)
            _starts[id + 1] = _starts[id] + tokens[id].Length;
        _bytes = [.. tokens.SelectMany(token => token)];
        _longest = tokens.Select(token => token.Length).DefaultIfEmpty(0).Max();
        _tokens = [.. Enumerable.Range(0, tokens.Length).Where(id => tokens[id].Length > 0)];
        Array.Sort(_tokens, (a, b) => tokens[a].AsSpan().SequenceCompareTo(tokens[b]) is not 0 and var order ? order : a.CompareTo(b));
        _nodes = BuildNodes();
    }

    /// <summary>Ids of the vocabulary.</summary>
    public int Count => _starts.Length - 1;

    /// <summary>The bytes of a token; none for special ones.</summary>
    public ReadOnlySpan<byte> this[int id] => _bytes.AsSpan(_starts[id].._starts[id + 1]);

    /// <summary>That of a tokenizer, made once.</summary>
    /// <exception cref="NotSupportedException">Its tokens have no bytes of their own.</exception>
    public static TokenBytes Of(Tokenizer tokenizer) => Known.GetValue(tokenizer, static known => new(known));

    /// <summary>The tokens whose bytes may follow a state.</summary>
    /// <param name="automaton">The grammar.</param>
    /// <param name="state">The bytes so far.</param>
    /// <param name="allowed">A bit for each id, all of them off.</param>
    /// <returns>There is one.</returns>
    public bool FindAllowed(GrammarAutomaton automaton, GrammarState state, Span<ulong> allowed)
    {
        bool any = false;
        var path = new GrammarState[_longest + 1];
        path[0] = state;
        for (int index = 0; index < _nodes.Length;)
        {
            ref readonly Node node = ref _nodes[index];
            GrammarState next = automaton.Next(path[node.Depth - 1], node.Value);
            if (next.IsDead)
            {
                index = node.End;
                continue;
            }
            path[node.Depth] = next;
            for (int i = node.FirstToken; i < node.EndToken; i++)
            {
                allowed[_tokens[i] / Bits] |= 1UL << (_tokens[i] % Bits);
                any = true;
            }
            index++;
        }
        return any;
    }

    /// <summary>A token is at the node that was made last: in this order it comes after all that it begins with.</summary>
    private Node[] BuildNodes()
    {
        List<Node> nodes = [];
        var open = new Stack<int>();
        ReadOnlySpan<byte> previous = default;
        for (int i = 0; i < _tokens.Length; i++)
        {
            ReadOnlySpan<byte> bytes = this[_tokens[i]];
            int common = previous.CommonPrefixLength(bytes);
            Close(common);
            for (int depth = common; depth < bytes.Length; depth++)
            {
                open.Push(nodes.Count);
                nodes.Add(new() { Value = bytes[depth], Depth = depth + 1, FirstToken = i, EndToken = i });
            }
            nodes[^1] = nodes[^1] with { EndToken = i + 1 };
            previous = bytes;
        }
        Close(0);
        return [.. nodes];

        void Close(int depth)
        {
            while (open.TryPeek(out int node) && open.Count > depth)
            {
                nodes[node] = nodes[node] with { End = nodes.Count };
                open.Pop();
            }
        }
    }

    /// <summary>A byte after those of the nodes above it.</summary>
    private readonly record struct Node
    {
        public byte Value { get; init; }

        /// <summary>Bytes up to this one.</summary>
        public int Depth { get; init; }

        /// <summary>The node after all that lie below this one.</summary>
        public int End { get; init; }

        /// <summary>Places of the tokens that end here.</summary>
        public int FirstToken { get; init; }

        /// <inheritdoc cref="FirstToken"/>
        public int EndToken { get; init; }
    }
}
