using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Weft.Text.AddedTokens;

/// <summary>
/// Finds added tokens in text: leftmost first, longest at a place, as the Aho-Corasick automaton of Hugging Face tokenizers.
/// A trie walked from each place that holds a first character of a token.
/// </summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<long, int> _edges = [];
    private readonly List<AddedToken?> _endings = [null];
    private readonly SearchValues<char> _firstCharacters;

    /// <param name="tokens">Each token with the text to search for.</param>
    public AddedTokenMatcher(IEnumerable<(string Content, AddedToken Token)> tokens)
    {
        var first = new HashSet<char>();
        foreach ((string content, AddedToken token) in tokens)
        {
            // A normalizer may leave nothing of a token's content; nothing cannot be found.
            if (content.Length == 0)
                continue;
            first.Add(content[0]);
            int node = 0;
            foreach (char c in content)
                node = Follow(node, c) is int next and >= 0 ? next : Grow(node, c);
            _endings[node] = token;
        }
        _firstCharacters = SearchValues.Create([.. first]);
    }

    /// <summary>The next token at or after <paramref name="from"/>, with the white space that it takes along.</summary>
    public bool TryFind(ReadOnlySpan<char> text, int from, out AddedToken token, out Range place)
    {
        for (int at = from; at < text.Length; at++)
        {
            int jump = text[at..].IndexOfAny(_firstCharacters);
            if (jump < 0)
                break;
            at += jump;
            if (!TryLongest(text, at, out AddedToken? found, out int end))
                continue;
            if (found.SingleWord && (EndsWithWord(text[..at]) || StartsWithWord(text[end..])))
            {
                at = end - 1;
                continue;
            }
            int start = at;
            while (found.LeftStrip && start > from && char.IsWhiteSpace(text[start - 1]))
                start--;
            while (found.RightStrip && end < text.Length && char.IsWhiteSpace(text[end]))
                end++;
            token = found;
            place = start..end;
            return true;
        }
        token = null!;
        place = default;
        return false;
    }

    private bool TryLongest(ReadOnlySpan<char> text, int start, [NotNullWhen(true)] out AddedToken? token, out int end)
    {
        token = null;
        end = start;
        int node = 0;
        for (int i = start; i < text.Length && (node = Follow(node, text[i])) >= 0; i++)
            if (_endings[node] is AddedToken found)
                (token, end) = (found, i + 1);
        return token is not null;
    }

    private int Follow(int node, char c) => _edges.TryGetValue(((long)node << 16) | c, out int next) ? next : -1;

    private int Grow(int node, char c)
    {
        _endings.Add(null);
        _edges.Add(((long)node << 16) | c, _endings.Count - 1);
        return _endings.Count - 1;
    }

    private static bool EndsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out Rune last, out _) == OperationStatus.Done && IsWord(last);

    private static bool StartsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out Rune first, out _) == OperationStatus.Done && IsWord(first);

    private static bool IsWord(Rune rune) => Rune.IsLetterOrDigit(rune) || rune.Value == '_'
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark
            or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.EnclosingMark
            or UnicodeCategory.ConnectorPunctuation
            or UnicodeCategory.LetterNumber;
}
