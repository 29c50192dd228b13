using CsCheck;

namespace Weft.Text.Tests.WordPiece;

public sealed class WordPieceEncodingTests
{
    // Tokens that overlap, begin with each other, lead astray and hold surrogate pairs.
    private static readonly string[] Tokens =
    [
        "[UNK]", "a", "##a", "aa", "##aaa", "b", "##b", "ab", "##abb", "the", "##the", "he", "##l", "##lo", "hello", "日", "##本", "##日本", "😀", "##😀", "##😀😀",
        "é", "##\u0301", "#", "##", "###", "don", "'", "##'", "t", "##t", " ", "## ", "\n", "##\n", "!", "##!", "...", "0", "##0", "42",
    ];

    private static readonly Dictionary<string, int> Ids = Tokens.Select((token, id) => (token, id)).ToDictionary(entry => entry.token, entry => entry.id, StringComparer.Ordinal);

    private static readonly Gen<string> Dense = Texts.OneOf("a", "b", "ab", "aaa", "the", "hel", "lo", "日", "本", "😀", "#", "x").Array[1, 24].Select(string.Concat);

    [Theory]
    [InlineData("##", 100)]
    [InlineData("##", 7)]
    [InlineData("", 100)]
    [InlineData("never", 100)]
    public void Words_are_covered_as_by_the_plain_twin(string prefix, int most)
    {
        Tokenizer tokenizer = TokenizerJson.OfWordPiece(Tokens, prefix, most).Tokenizer;
        var twin = new PlainWordPiece(Ids, "[UNK]", prefix, most);
        Gen.OneOf(Dense, Texts.Any).Sample(text =>
        {
            text = Texts.WellFormed(text);
            // Twice, so that the second answer comes from the cache.
            for (int time = 0; time < 2; time++)
                Assert.Equal(text.Length == 0 ? [] : twin.Encode(text), tokenizer.EncodeToIds(text));
        }, iter: 3000);
    }

    [Fact]
    public void Words_between_others_are_covered_as_by_the_plain_twin()
    {
        Tokenizer tokenizer = TokenizerJson.OfWordPiece(Tokens).With("pre_tokenizer", """{"type":"WhitespaceSplit"}""").Tokenizer;
        var twin = new PlainWordPiece(Ids, "[UNK]", "##", 100);
        Dense.Array[0, 60].Sample(words => Assert.Equal(words.SelectMany(twin.Encode), tokenizer.EncodeToIds(string.Join(' ', words))), iter: 500);
    }

    [Fact]
    public void Offsets_of_a_word_follow_each_other()
    {
        Tokenizer tokenizer = TokenizerJson.OfWordPiece(Tokens).Tokenizer;
        Assert.Equal(["hello", "##a", "##日本", "##😀"], Texts.Tokens(tokenizer, "helloa日本😀"));
        Assert.Equal([0..5, 5..6, 6..8, 8..10], tokenizer.EncodeToTokens("helloa日本😀").Select(token => token.Offset));
        Assert.Equal([0..6], tokenizer.EncodeToTokens("hellox").Select(token => token.Offset));
    }

    [Fact]
    public void More_ids_than_a_cache_keeps_and_longer_words_come_out_whole()
    {
        Tokenizer tokenizer = TokenizerJson.OfWordPiece(["[UNK]", "a", "##a"], "##", 10_000).Tokenizer;
        foreach (int length in new[] { 1, 2, 3, 4, 5, 8, 9, 15, 16, 17, 40, 9999 })
            for (int time = 0; time < 2; time++)
                Assert.Equal([1, .. Enumerable.Repeat(2, length - 1)], tokenizer.EncodeToIds(new string('a', length)));
        Assert.Equal([0], tokenizer.EncodeToIds(new string('a', 10_001)));
    }

    [Fact]
    public void Zeros_in_a_word_are_not_taken_for_its_end()
    {
        Tokenizer tokenizer = TokenizerJson.OfWordPiece(["[UNK]", "a", "##\0"]).Tokenizer;
        Assert.Equal([1], tokenizer.EncodeToIds("a"));
        Assert.Equal([1, 2], tokenizer.EncodeToIds("a\0"));
        Assert.Equal([1, 2, 2], tokenizer.EncodeToIds("a\0\0"));
        Assert.Equal([1], tokenizer.EncodeToIds("a"));
    }

    [Fact]
    public void A_word_level_model_takes_whole_pieces_or_the_unknown_token()
    {
        Tokenizer tokenizer = TokenizerJson.OfWordLevel(Tokens).With("pre_tokenizer", """{"type":"WhitespaceSplit"}""").Tokenizer;
        Texts.Any.Sample(text => Assert.Equal(
            Texts.WellFormed(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(word => Ids.GetValueOrDefault(word, 0)),
            tokenizer.EncodeToIds(text)), iter: 1000);
        Assert.Equal([0..5, 6..8], tokenizer.EncodeToTokens("hello xy").Select(token => token.Offset));
    }

    [Fact]
    public void Without_an_unknown_token_known_words_are_encoded_and_others_named()
    {
        foreach (TokenizerJson json in new[] { TokenizerJson.OfWordPiece(["a", "b"]), TokenizerJson.OfWordLevel(["a", "b"]) })
        {
            Tokenizer tokenizer = json.With("pre_tokenizer", """{"type":"WhitespaceSplit"}""").Tokenizer;
            Assert.Equal([1, 0], tokenizer.EncodeToIds("b a"));
            var error = Assert.Throws<InvalidDataException>(() => tokenizer.EncodeToIds("a what"));
            Assert.Contains("'model.unk_token' is \"[UNK]\"", error.Message, StringComparison.Ordinal);
            Assert.Contains("'what'", error.Message, StringComparison.Ordinal);
            Assert.Equal([0], tokenizer.EncodeToIds("a"));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_saved_model_is_the_same(bool wordPiece)
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = (wordPiece ? TokenizerJson.OfWordPiece(Tokens, "##", 7) : TokenizerJson.OfWordLevel(Tokens))
            .With("pre_tokenizer", """{"type":"BertPreTokenizer"}""").With("decoder", """{"type":"WordPiece","prefix":"##","cleanup":false}""").Tokenizer;
        tokenizer.Save(folder.FullName);
        Tokenizer loaded = Tokenizer.Load(folder.FullName);
        Gen.OneOf(Dense, Texts.Any).Sample(text =>
        {
            Assert.Equal(tokenizer.EncodeToIds(text), loaded.EncodeToIds(text));
            Assert.Equal(tokenizer.Decode(tokenizer.EncodeToIds(text)), loaded.Decode(tokenizer.EncodeToIds(text)));
        }, iter: 300);
    }

    [Fact]
    public void Counting_known_words_allocates_nothing_for_a_word()
    {
        Tokenizer tokenizer = TokenizerJson.OfWordPiece(Tokens).With("pre_tokenizer", """{"type":"BertPreTokenizer"}""").With("normalizer", """{"type":"BertNormalizer"}""").Tokenizer;
        string text = string.Concat(Enumerable.Repeat("The hello, don't ab AAB 42 abab!\n", 2000));
        int words = tokenizer.CountTokens(text);
        tokenizer.CountTokens(text);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(words, tokenizer.CountTokens(text));
        // What one call takes, whatever the text: far below a byte for a word.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4000);
        Assert.True(words > 20_000);
    }

    [Fact]
    public async Task A_word_of_millions_of_characters_takes_no_quadratic_time()
    {
        Tokenizer tokenizer = TokenizerJson.OfWordPiece(["[UNK]", "a", .. Enumerable.Range(1, 50).Select(n => "##" + new string('a', n))], "##", int.MaxValue).Tokenizer;
        string word = new('a', 4_000_001);
        // Trying every end of the word would take hours; a minute forgives any machine.
        int[] ids = await Task.Run(() => tokenizer.EncodeToIds(word), TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal([1, .. Enumerable.Repeat(51, 80_000)], ids);
        Assert.Equal([0], tokenizer.EncodeToIds(word + "b"));
    }

    [Fact]
    public void Many_threads_share_one_tokenizer()
    {
        TokenizerJson json = TokenizerJson.OfWordPiece(Tokens).With("pre_tokenizer", """{"type":"BertPreTokenizer"}""").With("normalizer", """{"type":"BertNormalizer"}""");
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => string.Concat(Enumerable.Repeat($"HÉLLO {char.ConvertFromUtf32(0x400 + i * 40)} the 日本 😀 {i} ", 1 + i % 17)))];
        Tokenizer alone = json.Tokenizer;
        int[][] expected = [.. texts.Select(text => alone.EncodeToIds(text))];
        for (int time = 0; time < 10; time++)
        {
            // A new one each time, so that its pages of characters are made by many threads at once.
            Tokenizer shared = json.Tokenizer;
            Parallel.For(0, 400, i => Assert.Equal(expected[i % 200], shared.EncodeToIds(texts[i % 200])));
        }
    }
}
