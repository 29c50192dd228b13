namespace Weft.Cli.Tests;

public sealed class SpellingTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("train", "train", 0)]
    [InlineData("trian", "train", 1)]
    [InlineData("trin", "train", 1)]
    [InlineData("traain", "train", 1)]
    [InlineData("brain", "train", 1)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ca", "abc", 3)]
    public void Distance_counts_insertions_deletions_replacements_and_swaps(string a, string b, int expected)
    {
        Assert.Equal(expected, Spelling.Distance(a, b));
        Assert.Equal(expected, Spelling.Distance(b, a));
    }

    [Theory]
    [InlineData("genrate", "generate")]
    [InlineData("GENERATE", "generate")]
    [InlineData("gen", "generate")]
    [InlineData("scoer", "score")]
    [InlineData("quick", "quickstart")]
    [InlineData("q", null)]
    [InlineData("chat", null)]
    [InlineData("", null)]
    public void The_nearest_word_is_found_where_one_is_near(string word, string? expected) =>
        Assert.Equal(expected, Spelling.Closest(word, ["quickstart", "train", "generate", "score", "inspect"]));

    [Fact]
    public void Of_two_near_words_the_nearer_is_taken() => Assert.Equal("--top-p", Spelling.Closest("--topp", ["--top-k", "--top-p"]));
}
