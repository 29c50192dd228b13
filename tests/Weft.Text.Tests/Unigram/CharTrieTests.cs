using CsCheck;

namespace Weft.Text.Tests.Unigram;

public sealed class CharTrieTests
{
    [Fact]
    public void It_finds_what_a_search_through_all_strings_finds() =>
        Gen.Select(Texts.OneOf("a", "b", "c", "日", "\uFFFF", "\0").Array[1, 6].Select(string.Concat).Array[0, 60], Texts.Any).Sample((keys, text) =>
        {
            keys = [.. keys.Distinct(StringComparer.Ordinal)];
            var trie = new CharTrie(keys.Select((key, index) => (key, index)));
            foreach (string probe in keys.Select(key => key + text).Append(text))
            {
                string? longest = keys.Where(key => probe.StartsWith(key, StringComparison.Ordinal)).MaxBy(key => key.Length);
                string? shortest = keys.Where(key => probe.StartsWith(key, StringComparison.Ordinal)).MinBy(key => key.Length);
                Assert.Equal(longest is null ? -1 : Array.IndexOf(keys, longest), trie.Longest(probe, out int length));
                Assert.Equal(longest?.Length ?? 0, length);
                Assert.Equal(shortest is null ? -1 : Array.IndexOf(keys, shortest), trie.Shortest(probe));
                Assert.Equal(Array.IndexOf(keys, probe), trie.Find(probe));
            }
        }, iter: 500);
}
