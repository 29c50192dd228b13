using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Weft.Text.Normalizers;

/// <summary>
/// SentencePiece's <c>precompiled_charsmap</c>: strings and what replaces them. The bytes hold a double-array trie over UTF-8 in
/// the layout of Darts-clone and, after it, the replacements, each ended by a zero.
/// </summary>
internal sealed class CharsMap
{
    private const int MostNodes = 1 << 20, LongestKey = 255;

    private readonly CharTrie _trie;
    private readonly string[] _replacements;

    private CharsMap(List<(string Key, string Replacement)> rules)
    {
        _trie = new CharTrie(rules.Select((rule, index) => (rule.Key, index)));
        _replacements = [.. rules.Select(rule => rule.Replacement)];
    }

    /// <summary>No rules.</summary>
    public static CharsMap Empty { get; } = new([]);

    /// <param name="bytes">The map as the file holds it; nothing gives no rules.</param>
    /// <param name="refuse">Makes the error that says what is wrong with it.</param>
    public static CharsMap Read(ReadOnlySpan<byte> bytes, Func<string, Exception> refuse)
    {
        if (bytes.IsEmpty)
            return Empty;
        uint size = bytes.Length > 4 ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;
        if (size == 0 || size % 4 != 0 || size >= bytes.Length - 4)
            throw refuse($"its trie claims {size} of {bytes.Length} bytes");
        uint[] units = new uint[size / 4];
        for (int i = 0; i < units.Length; i++)
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 + i * 4)..]);
        return new CharsMap(RulesOf(units, bytes[(4 + (int)size)..], refuse));
    }

    /// <summary>What replaces the longest string that the text begins with; null where no rule fits.</summary>
    public string? Longest(ReadOnlySpan<char> text, out int length) =>
        _trie.Longest(text, out length) is int rule and >= 0 ? _replacements[rule] : null;

    /// <summary>What replaces the shortest such string.</summary>
    public string? Shortest(ReadOnlySpan<char> text) => _trie.Shortest(text) is int rule and >= 0 ? _replacements[rule] : null;

    /// <summary>Whether no rule is about an ASCII character by itself or followed by another one.</summary>
    public bool KeepsAscii(char c)
    {
        int node = _trie.Step(0, c);
        if (node < 0)
            return true;
        for (char next = '\0'; next < 128; next++)
            if (_trie.Step(node, next) >= 0)
                return false;
        return _trie.Values[node] == CharTrie.None;
    }

    // Ends that are alike share their units, so that only a bound tells a damaged trie that goes in circles.
    private static List<(string Key, string Replacement)> RulesOf(uint[] units, ReadOnlySpan<byte> texts, Func<string, Exception> refuse)
    {
        var rules = new List<(string, string)>();
        var open = new Stack<(uint Base, byte[] Key)>();
        open.Push((OffsetOf(units[0]), []));
        for (int met = 0; open.TryPop(out var node);)
        {
            for (uint label = 1; label < 256; label++)
            {
                uint at = node.Base ^ label;
                if (at >= units.Length)
                    throw refuse($"its trie points to unit {at} of {units.Length}");
                uint unit = units[at];
                if ((unit & (1u << 31 | 0xFF)) != label)
                    continue;
                if (++met > MostNodes || node.Key.Length == LongestKey)
                    throw refuse($"its trie of {units.Length} units goes in circles");
                byte[] key = [.. node.Key, (byte)label];
                uint next = at ^ OffsetOf(unit);
                if ((unit >> 8 & 1) != 0)
                    rules.Add((TextOf(key, refuse), ReplacementAt(next < units.Length ? units[next] & 0x7FFFFFFF : uint.MaxValue, texts, refuse)));
                open.Push((next, key));
            }
        }
        return rules;
    }

    private static uint OffsetOf(uint unit) => unit >> 10 << (int)((unit & 1 << 9) >> 6);

    private static string ReplacementAt(uint at, ReadOnlySpan<byte> texts, Func<string, Exception> refuse)
    {
        int length = at < texts.Length ? texts[(int)at..].IndexOf((byte)0) : -1;
        return length >= 0 ? TextOf(texts.Slice((int)at, length), refuse) : throw refuse($"a replacement at byte {at} of {texts.Length} has no end");
    }

    private static string TextOf(ReadOnlySpan<byte> utf8, Func<string, Exception> refuse) =>
        Utf8.IsValid(utf8) ? Encoding.UTF8.GetString(utf8) : throw refuse($"the bytes {Convert.ToHexString(utf8)} in it are not UTF-8");
}
