using CsCheck;

namespace Weft.Text.Tests.Pieces;

public sealed class WordCacheTests
{
    // Few units of few alphabets, so that words often differ in little: halves that are equal, NULs, units of several upper halves.
    private static readonly Gen<string> Words =
        Gen.Select(Gen.OneOf(Gen.Const(" ab\0"), Gen.Const(" аб\u0100\u0142"), Gen.Const("\u2581абa"), Gen.Const("中中国国\u0100\u3000"), Gen.Const("\u4E2D-\u002D\u4E00\0")), Gen.Int[1, 20])
            .SelectMany((alphabet, length) => Gen.Int[0, alphabet.Length - 1].Select(i => alphabet[i]).Array[length]).Select(units => new string(units));

    [Fact]
    public void Keys_are_equal_where_words_are() => Gen.Select(Words, Words).Sample((first, second) =>
    {
        bool both = WordKey.TryMake(first, first.Length, out WordKey one) & WordKey.TryMake(second, second.Length, out WordKey other);
        if (both)
            Assert.Equal(first == second, one.Letters == other.Letters && one.Shape == other.Shape);
    }, iter: 100_000);

    [Fact]
    public void What_comes_after_a_word_does_not_change_its_key() => Gen.Select(Words, Words).Sample((word, after) =>
    {
        Assert.Equal(WordKey.TryMake(word, word.Length, out WordKey alone), WordKey.TryMake(word + after + "0123456789abcdef", word.Length, out WordKey before));
        Assert.Equal((alone.Letters, alone.Shape), (before.Letters, before.Shape));
    });

    [Theory]
    [InlineData("internationaliza", true)]
    [InlineData("internationalizat", false)]
    [InlineData(" здравствуйтеслы", true)]
    [InlineData("\u2581здравствуйтесл", true)]
    [InlineData(" część łączących", true)]
    [InlineData("中文分词很简单的", true)]
    [InlineData("中文分词很简单的吗", false)]
    public void Short_words_of_one_alphabet_have_keys(string word, bool expected) => Assert.Equal(expected, WordKey.TryMake(word, word.Length, out _));

    [Fact]
    public void A_word_gives_the_ids_that_it_was_added_with()
    {
        // More words than places, each with as many ids as its number says.
        var cache = new WordCache();
        var output = new TokenList();
        int found = 0;
        for (int round = 0; round < 3; round++)
            for (int i = 0; i < 300_000; i++)
            {
                string word = $" w{i % 150_000}";
                int[] ids = [.. Enumerable.Range(i % 150_000, i % (WordCache.MostIds + 2))];
                output.Begin(tracked: false);
                if (cache.TryAppend(new Piece(word), output))
                {
                    found++;
                    Assert.Equal(ids, output.Ids);
                }
                else
                    cache.Add(new Piece(word), ids);
            }
        Assert.InRange(found, 100_000, 700_000);
    }

    [Fact]
    public void The_newest_word_is_always_found()
    {
        var cache = new WordCache();
        var output = new TokenList();
        for (int i = 0; i < 200_000; i++)
        {
            cache.Add(new Piece($"{i}"), [i]);
            output.Begin(tracked: false);
            Assert.True(cache.TryAppend(new Piece($"{i}"), output));
            Assert.Equal([i], output.Ids);
        }
    }
}
