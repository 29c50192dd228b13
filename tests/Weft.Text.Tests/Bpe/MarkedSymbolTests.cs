using CsCheck;

namespace Weft.Text.Tests.Bpe;

/// <summary>Symbols that carry the mark of a word's end or middle, and merges left out at random.</summary>
public sealed class MarkedSymbolTests
{
    private static readonly string[] Letters = ["a", "b", "c", "é"];

    private static readonly (string Left, string Right)[] Merges = [("a", "b"), ("b", "c</w>"), ("ab", "c</w>"), ("a", "a"), ("aa", "a</w>"), ("c", "b</w>"), ("ab", "ab"), ("é", "a</w>")];

    private static readonly Gen<string> Words = Texts.OneOf([.. Letters, "a", "ab", "x", "</w>"]).Array[0, 30].Select(string.Concat);

    private static TokenizerJson Suffixed() =>
        TokenizerJson.Of(["<unk>", .. Letters, .. Letters.Select(letter => letter + "</w>")], Merges).With("model.end_of_word_suffix", "\"</w>\"").With("model.unk_token", "\"<unk>\"");

    [Fact]
    public void The_last_symbol_of_a_word_carries_the_suffix()
    {
        Tokenizer tokenizer = Suffixed().Tokenizer;
        Assert.Equal(["ab", "bc</w>"], Texts.Tokens(tokenizer, "abbc"));
        Assert.Equal(["a</w>"], Texts.Tokens(tokenizer, "a"));
        Assert.Equal(["<unk>"], Texts.Tokens(tokenizer, "x"));
    }

    [Fact]
    public void Suffixed_words_merge_as_the_plain_twin_merges_them()
    {
        Tokenizer tokenizer = Suffixed().Tokenizer;
        PlainBpe twin = Twin(tokenizer, Merges) with { Unknown = "<unk>", EndOfWordSuffix = "</w>" };
        Words.Sample(text =>
        {
            Assert.Equal(twin.Encode(text), tokenizer.EncodeToIds(text));
            Assert.Equal(twin.Encode(text), tokenizer.Encode(text).Ids);
        }, iter: 3000);
    }

    [Fact]
    public void All_symbols_but_the_first_carry_the_prefix()
    {
        (string, string)[] merges = [("a", "##b"), ("##b", "##c"), ("ab", "##c"), ("##a", "##a"), ("a", "##a"), ("##aa", "##b")];
        string[] results = ["ab", "##bc", "abc", "##aa", "aa", "##aab"];
        Tokenizer tokenizer = new TokenizerJson(new[] { "<unk>" }.Concat(Letters).Concat(Letters.Select(letter => "##" + letter)).Concat(results)
            .Select((token, id) => KeyValuePair.Create(token, id)), merges).With("model.continuing_subword_prefix", "\"##\"").With("model.unk_token", "\"<unk>\"").Tokenizer;
        PlainBpe twin = Twin(tokenizer, merges) with { Unknown = "<unk>", ContinuingSubwordPrefix = "##" };
        Assert.Equal(["abc", "##aab"], Texts.Tokens(tokenizer, "abcaab"));
        Words.Sample(text => Assert.Equal(twin.Encode(text), tokenizer.EncodeToIds(text)), iter: 3000);
    }

    [Fact]
    public void Marks_are_written_and_read_again()
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = Suffixed().Tokenizer;
        tokenizer.Save(folder.FullName);
        Assert.Equal(tokenizer.EncodeToIds("abbcaab"), Tokenizer.Load(folder.FullName).EncodeToIds("abbcaab"));
    }

    [Fact]
    public void Dropout_needs_a_seed()
    {
        Tokenizer tokenizer = TokenizerJson.Of(Letters, ("a", "b")).With("model.dropout", "0.5").Tokenizer;
        var error = Assert.Throws<InvalidOperationException>(() => tokenizer.EncodeToIds("ab"));
        Assert.Contains("WithDropout", error.Message, StringComparison.Ordinal);
        Assert.Equal(["ab"], Texts.Tokens(tokenizer.WithDropout(0, 1), "ab"));
    }

    [Fact]
    public void Dropout_leaves_merges_out_and_nothing_else()
    {
        (string, string)[] merges = [("a", "b"), ("ab", "c"), ("c", "a"), ("b", "b")];
        Tokenizer tokenizer = TokenizerJson.Of(Letters, merges).Tokenizer;
        Tokenizer all = tokenizer.WithDropout(1, 7), some = tokenizer.WithDropout(0.5, 7), same = tokenizer.WithDropout(0.5, 7), none = tokenizer.WithDropout(1e-12, 7);
        var seen = new HashSet<string>();
        Texts.OneOf(Letters).Array[1, 40].Select(string.Concat).Sample(text =>
        {
            Assert.Equal(text.Select(c => c.ToString()), Texts.Tokens(all, text));
            Assert.Equal(tokenizer.EncodeToIds(text), none.EncodeToIds(text));
            Assert.Equal(same.EncodeToIds(text), some.EncodeToIds(text));
            Assert.Equal(text, string.Concat(Texts.Tokens(some, text)));
        }, iter: 500);
        for (int seed = 0; seed < 50; seed++)
            seen.Add(string.Join('|', Texts.Tokens(tokenizer.WithDropout(0.5, seed), "abc")));
        Assert.Equal(["abc", "ab|c", "a|b|c"], seen.Order(StringComparer.Ordinal));
    }

    private static PlainBpe Twin(Tokenizer tokenizer, (string, string)[] merges) =>
        new(Enumerable.Range(0, tokenizer.VocabularySize).ToDictionary(id => tokenizer.IdToToken(id)!, id => id), merges);
}
