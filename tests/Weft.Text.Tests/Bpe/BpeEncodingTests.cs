using CsCheck;

namespace Weft.Text.Tests.Bpe;

public sealed class BpeEncodingTests
{
    private static readonly string[] Characters = [.. "abcdehlorst'▁!\n日本é".Select(c => c.ToString()), "😀"];

    // Merges that overlap, compete, double up and cross the mark of a space.
    private static readonly (string Left, string Right)[] Merges =
    [
        ("a", "b"), ("t", "h"), ("e", "▁"), ("th", "e▁"), ("a", "a"), ("aa", "aa"), ("b", "a"), ("ab", "ab"), ("▁", "▁"), ("h", "e"), ("l", "l"),
        ("he", "ll"), ("th", "e"), ("aaaa", "aaaa"), ("▁", "th"), ("▁th", "e"), ("日", "本"), ("😀", "😀"), ("o", "▁"), ("hell", "o"), ("a", "ab"),
    ];

    private static PlainBpe Twin(Func<IReadOnlyDictionary<string, int>, PlainBpe> make, params string[] first)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string token in first.Concat(Characters).Concat(Merges.Select(merge => merge.Left + merge.Right)))
            ids.TryAdd(token, ids.Count);
        return make(ids);
    }

    [Fact]
    public void Words_of_any_length_merge_as_the_plain_twin_merges_them()
    {
        Tokenizer tokenizer = TokenizerJson.Of(Characters, Merges).Tokenizer;
        PlainBpe twin = Twin(ids => new PlainBpe(ids, Merges));
        Texts.Any.Sample(text => Assert.Equal(twin.Encode(Texts.WellFormed(text)), tokenizer.EncodeToIds(text)), iter: 3000);
    }

    [Fact]
    public void Dense_words_merge_as_the_plain_twin_merges_them()
    {
        Tokenizer tokenizer = TokenizerJson.Of(Characters, Merges).Tokenizer;
        PlainBpe twin = Twin(ids => new PlainBpe(ids, Merges));
        Texts.OneOf(Characters[..9].Append("▁").ToArray()).Array[0, 150].Select(string.Concat)
            .Sample(text => Assert.Equal(twin.Encode(text), tokenizer.EncodeToIds(text)), iter: 2000);
    }

    [Fact]
    public void Any_list_of_merges_gives_what_the_plain_twin_gives()
    {
        string[] letters = ["a", "b", "c", "▁"];
        var choices = Gen.Select(Gen.Int[0, 99], Gen.Int[0, 99]).Array[1, 25];
        Gen.Select(choices, Texts.OneOf(letters).Array[0, 200].Select(string.Concat)).Sample((picks, text) =>
        {
            var tokens = letters.ToList();
            var merges = new List<(string, string)>();
            foreach ((int left, int right) in picks)
            {
                merges.Add((tokens[left % tokens.Count], tokens[right % tokens.Count]));
                tokens.Add(merges[^1].Item1 + merges[^1].Item2);
            }
            // Ranks need not follow the order in which tokens can be made.
            merges = [.. merges.Distinct().OrderBy(merge => merge.Item2, StringComparer.Ordinal)];
            Tokenizer tokenizer = TokenizerJson.Of(letters, [.. merges]).Tokenizer;
            var ids = tokens.Distinct().ToDictionary(token => token, token => tokenizer.TokenToId(token)!.Value);
            Assert.Equal(new PlainBpe(ids, merges).Encode(text), tokenizer.EncodeToIds(text));
        }, iter: 1500);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Unknown_characters_become_the_unknown_token(bool fuse)
    {
        Tokenizer tokenizer = TokenizerJson.Of(["<unk>", .. Characters], Merges)
            .With("model.unk_token", "\"<unk>\"").With("model.fuse_unk", fuse ? "true" : "false").Tokenizer;
        PlainBpe twin = Twin(ids => new PlainBpe(ids, Merges) { Unknown = "<unk>", FuseUnknown = fuse }, "<unk>");
        Texts.Any.Sample(text => Assert.Equal(twin.Encode(Texts.WellFormed(text)), tokenizer.EncodeToIds(text)), iter: 1000);
        Assert.Equal(fuse ? 2 : 3, tokenizer.CountTokens("xyb"));
    }

    [Fact]
    public void Unknown_characters_become_bytes_and_come_back()
    {
        Tokenizer tokenizer = TokenizerJson.OfSentencePiece(Characters, Merges).Tokenizer;
        PlainBpe twin = Twin(ids => new PlainBpe(ids, Merges) { ByteFallback = true }, TokenizerJson.SentencePieceSpecials);
        Texts.Any.Sample(text =>
        {
            string normalized = text.Length == 0 ? "" : "▁" + Texts.WellFormed(text).Replace(' ', '▁');
            int[] ids = tokenizer.EncodeToIds(text);
            Assert.Equal(twin.Encode(normalized), ids);
            Assert.Equal(Texts.WellFormed(text).Replace('▁', ' '), tokenizer.Decode(ids));
        }, iter: 2000);
    }

    [Fact]
    public void Byte_level_text_comes_back_whole()
    {
        Tokenizer tokenizer = TokenizerJson.OfBytes(("t", "h"), ("th", "e"), ("Ġ", "the"), ("a", "a")).Tokenizer;
        Texts.Any.Sample(text => Assert.Equal(Texts.WellFormed(text), tokenizer.Decode(tokenizer.EncodeToIds(text))), iter: 3000);
    }

    [Fact]
    public void Half_a_surrogate_pair_counts_as_the_replacement_character()
    {
        Tokenizer tokenizer = TokenizerJson.OfBytes().Tokenizer;
        Assert.Equal(tokenizer.EncodeToIds("a\uFFFDb"), tokenizer.EncodeToIds("a\uD83Db"));
        Assert.Equal("\uFFFD", tokenizer.Decode(tokenizer.EncodeToIds("\uDE00")));
    }

    [Fact]
    public void A_character_outside_a_vocabulary_without_unknown_token_is_dropped()
    {
        Tokenizer tokenizer = TokenizerJson.Of(["a", "b"], ("a", "b")).Tokenizer;
        Assert.Equal([2], tokenizer.EncodeToIds("axb"));
    }

    [Fact]
    public void A_whole_piece_that_is_a_token_wins_over_merges_only_when_merges_are_ignored()
    {
        TokenizerJson json = TokenizerJson.Of(["a", "b", "c", "abc"], ("b", "c"));
        Assert.Equal(["a", "bc"], Texts.Tokens(json.Tokenizer, "abc"));
        Assert.Equal(["abc"], Texts.Tokens(json.With("model.ignore_merges", "true").Tokenizer, "abc"));
        string longWord = string.Concat(Enumerable.Repeat("ab", 30));
        Assert.Equal([longWord], Texts.Tokens(TokenizerJson.Of(["a", "b", longWord], ("a", "a")).With("model.ignore_merges", "true").Tokenizer, longWord));
    }

    [Fact]
    public void A_pair_listed_twice_keeps_its_later_rank()
    {
        Tokenizer tokenizer = TokenizerJson.Of(["a", "b", "c"], ("a", "b"), ("b", "c"), ("a", "b")).Tokenizer;
        Assert.Equal(["a", "bc"], Texts.Tokens(tokenizer, "abc"));
    }

    [Fact]
    public async Task Four_million_equal_letters_take_no_quadratic_time()
    {
        (string, string)[] merges = [("a", "a"), ("aa", "aa"), ("aaaa", "aaaa")];
        Tokenizer tokenizer = TokenizerJson.Of(["a"], merges).Tokenizer;
        // A quadratic merge would take hours; a minute forgives any machine.
        int count = await Task.Run(() => tokenizer.CountTokens(new string('a', 4_000_001)), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(500_001, count);
    }

    [Fact]
    public void Many_threads_share_one_tokenizer()
    {
        Tokenizer tokenizer = TokenizerJson.OfSentencePiece(Characters, Merges).Tokenizer;
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => string.Concat(Enumerable.Repeat($"hello the {i} aab 日本語 ", 1 + i % 17)))];
        int[][] expected = [.. texts.Select(text => tokenizer.EncodeToIds(text))];
        Parallel.For(0, 2000, i => Assert.Equal(expected[i % 200], tokenizer.EncodeToIds(texts[i % 200])));
    }

    [Fact]
    public void Counting_agrees_with_encoding()
    {
        Tokenizer tokenizer = TokenizerJson.OfBytes(("t", "h")).Adding(257, "<s>")
            .With("post_processor", """{"type":"BertProcessing","cls":["<s>",257],"sep":["<s>",257]}""").Tokenizer;
        Texts.Any.Sample(text =>
        {
            Assert.Equal(tokenizer.EncodeToIds(text).Length, tokenizer.CountTokens(text));
            Assert.Equal(tokenizer.CountTokens(text), tokenizer.CountTokens(text, addSpecialTokens: false) + 2);
        }, iter: 200);
    }

    [Fact]
    public void The_name_of_byte_FF_does_not_end_a_word()
    {
        string[] bytes = [.. Enumerable.Range(0, 256).Select(b => Weft.Text.PreTokenizers.ByteAlphabet.ToCharacter((byte)b).ToString())];
        Tokenizer tokenizer = TokenizerJson.Of([.. bytes, .. bytes.Select(name => name + "</w>")], ("a", "b"), ("b", "a</w>"))
            .With("pre_tokenizer", TokenizerJson.ByteLevel).With("model.end_of_word_suffix", "\"</w>\"").Tokenizer;
        Assert.Equal(["a", "b</w>"], Texts.Tokens(tokenizer, "ab"));
        Assert.Equal(["ab", "a</w>"], Texts.Tokens(tokenizer, "aba"));
    }
}
