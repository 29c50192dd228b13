using System.Numerics;

namespace Weft.Text.Bpe;

/// <summary>
/// Tokens as paths of bytes. The node at the end of a token has the token's id as its number, all others have numbers after the
/// highest id. The first two steps, which are most of all, are looked up in arrays, the others in one open-addressing table.
/// </summary>
internal sealed class TokenTrie
{
    // An edge: node and byte in the upper 36 bits, the node that it leads to in the lower 28. Nothing leads to node 0 here.
    private const int NodeBits = 28;

    private readonly int[] _first = new int[1 << 8], _second = new int[1 << 16];
    private readonly int _ids;
    private ulong[] _edges = new ulong[1 << 12];
    private int _shift = 64 - 12;
    private int _edgeCount, _nodeCount;

    /// <param name="ids">All ids are below this.</param>
    public TokenTrie(int ids)
    {
        (_ids, _nodeCount) = (ids, ids);
        Array.Fill(_first, -1);
        Array.Fill(_second, -1);
    }

    /// <summary>Adds a token that is no shorter than those before it.</summary>
    /// <param name="token">At least one byte.</param>
    /// <param name="id">Its id; negative for text that <see cref="Longest"/> shall pass by.</param>
    /// <returns>The node at its end.</returns>
    public int Add(ReadOnlySpan<byte> token, int id)
    {
        int node = -1;
        for (int depth = 0; depth < token.Length; depth++)
        {
            int next = Step(node, token, depth);
            if (next < 0)
            {
                next = depth == token.Length - 1 && id >= 0 ? id : _nodeCount++;
                Connect(node, token, depth, next);
            }
            node = next;
        }
        return node;
    }

    /// <summary>The longest token at the beginning of the text, or -1.</summary>
    public int Longest(ReadOnlySpan<byte> text, out int length)
    {
        int node = _first[text[0]], id = -1;
        length = 0;
        for (int depth = 1; node >= 0; depth++)
        {
            if (node < _ids)
                (id, length) = (node, depth);
            if (depth >= text.Length)
                break;
            node = depth == 1 ? _second[text[0] << 8 | text[1]] : Find(node, text[depth]);
        }
        return id;
    }

    /// <summary>The node at the end of all of the text, or -1.</summary>
    public int Whole(ReadOnlySpan<byte> text)
    {
        int node = -1;
        for (int depth = 0; depth < text.Length; depth++)
            if ((node = Step(node, text, depth)) < 0)
                break;
        return node;
    }

    private int Step(int node, ReadOnlySpan<byte> text, int depth) => depth switch
    {
        0 => _first[text[0]],
        1 => _second[text[0] << 8 | text[1]],
        _ => Find(node, text[depth]),
    };

    private int Find(int node, byte next)
    {
        ulong[] edges = _edges;
        ulong key = ((ulong)(uint)node << 8) | next;
        int slot = (int)((key * 0x9E3779B97F4A7C15) >> _shift);
        while (true)
        {
            ulong edge = edges[slot];
            if (edge >> NodeBits == key)
                return (int)(edge & ((1 << NodeBits) - 1));
            if (edge == 0)
                return -1;
            slot = (slot + 1) & (edges.Length - 1);
        }
    }

    private void Connect(int node, ReadOnlySpan<byte> text, int depth, int next)
    {
        if (depth == 0)
            _first[text[0]] = next;
        else if (depth == 1)
            _second[text[0] << 8 | text[1]] = next;
        else
        {
            if (++_edgeCount * 2 > _edges.Length)
                Grow();
            Place((((ulong)(uint)node << 8) | text[depth]) << NodeBits | (uint)next);
        }
    }

    private void Place(ulong edge)
    {
        int slot = (int)(((edge >> NodeBits) * 0x9E3779B97F4A7C15) >> _shift);
        while (_edges[slot] != 0)
            slot = (slot + 1) & (_edges.Length - 1);
        _edges[slot] = edge;
    }

    private void Grow()
    {
        ulong[] old = _edges;
        _edges = new ulong[old.Length * 2];
        _shift = 64 - BitOperations.Log2((uint)_edges.Length);
        foreach (ulong edge in old)
            if (edge != 0)
                Place(edge);
    }
}
