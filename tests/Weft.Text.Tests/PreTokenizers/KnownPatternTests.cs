using System.Text;
using CsCheck;
using Weft.Text.Files;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Tests.PreTokenizers;

/// <summary>Scanners against the regular expressions that they stand for.</summary>
public sealed class KnownPatternTests
{
    private static readonly Gen<string> Nasty = Gen.Frequency(
        (3, Texts.Any),
        (2, Texts.OneOf("a", "B", "ab", "Cd", "EF", "中", "ǅ", "ʰ", "\u0301", "'", "'s", "'S", "'ſ", "'Ll", "'rE", "'x", " ", "  ", "\n", "\r\n", "\t", "\u3000", "7", "٣", "½", "/", "!", "_", "𝐀", "𝐚", "𠀀", "😀", "K", "\u0085", "\u200B")
            .Array[0, 14].Select(string.Concat)));

    public static TheoryData<string> Patterns => [Gpt2Pattern.Text, KnownPatterns.Cl100k, KnownPatterns.Qwen2, KnownPatterns.O200k, KnownPatterns.Tekken];

    private static List<(int, int)> Scan(string pattern, string text)
    {
        var matches = new List<(int, int)>();
        KnownPatterns.Find(pattern)!.FindMatches(text, matches);
        return matches;
    }

    // .NET does not fold the long s to s, as Oniguruma and Rust do.
    private static List<(int, int)> Match(string pattern, string text)
    {
        var matches = new List<(int, int)>();
        Twins.GetOrAdd(pattern, key => new ScalarRegex(key.Replace("(?i:'s", "(?i:'s|'\u017F", StringComparison.Ordinal))).FindMatches(text, matches);
        return matches;
    }

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, ScalarRegex> Twins = new();

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Scanners_match_as_the_regular_expression_does(string pattern) => Nasty.Sample(text =>
    {
        text = Texts.WellFormed(text);
        Assert.Equal(Match(pattern, text), Scan(pattern, text));
    }, iter: 5000);

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Every_character_is_classified_as_the_regular_expression_does(string pattern)
    {
        var text = new StringBuilder();
        for (int c = 0; c <= char.MaxValue; c++)
            if (!char.IsSurrogate((char)c))
                text.Append('a').Append((char)c).Append((char)c).Append("1B").Append((char)c).Append(' ').Append((char)c).Append("!\n");
        Assert.Equal(Match(pattern, text.ToString()), Scan(pattern, text.ToString()));
    }

    [Theory]
    [InlineData(@"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    [InlineData(@"'s|'t|'re|'ve|'m|'ll|'d| ?[\p{L}]+| ?[\p{N}]+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    public void Other_spellings_have_the_same_scanner(string pattern) => Assert.Same(KnownPatterns.Find(Gpt2Pattern.Text), KnownPatterns.Find(pattern));

    [Fact]
    public void Runs_of_letters_of_any_length_end_where_they_end()
    {
        for (int length = 1; length < 70; length++)
            foreach (string end in new[] { "", " ", "é", "1", "[", "`", "{", "@", "𝐀", "中x " })
            {
                string text = new string('z', length / 2) + new string('A', length - length / 2) + end + "tail of it that is longer than a vector";
                Assert.Equal(Match(Gpt2Pattern.Text, text), Scan(Gpt2Pattern.Text, text));
            }
    }

    [Fact]
    public void A_catastrophic_expression_ends_in_an_error()
    {
        var regex = new ScalarRegex(@"(?=(a|aa)+$)a", TimeSpan.FromMilliseconds(200));
        var error = Assert.Throws<InvalidDataException>(() => regex.FindMatches(new string('a', 100) + "!", []));
        Assert.Contains("(a|aa)+$", error.Message, StringComparison.Ordinal);
    }
}
