using System.Text.Json;

namespace Weft.Text.Tests.Training;

public sealed class CharacterBpeTrainerTests
{
    private static List<string> MergesOf(Tokenizer tokenizer)
    {
        using var folder = new TemporaryFolder();
        tokenizer.Save(folder.File("tokenizer.json"));
        using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(folder.File("tokenizer.json")));
        return [.. file.RootElement.GetProperty("model").GetProperty("merges").EnumerateArray().Select(merge => merge.GetString()!)];
    }

    private static Tokenizer Train(IEnumerable<string> documents, CharacterBpeTrainerOptions options) =>
        CharacterBpeTrainer.Train(documents, options, null, TestContext.Current.CancellationToken);

    [Fact]
    public void Subword_nmts_merges_come_in_its_order()
    {
        string[] expected = [.. File.ReadLines(TestAssets.Require("tokenizer-vectors/subword-nmt/bpe.ref")).Skip(1)];
        Tokenizer tokenizer = Train(File.ReadLines(TestAssets.Require("tokenizer-vectors/subword-nmt/corpus.en")), new CharacterBpeTrainerOptions { Ties = MergeTie.LastText });
        List<string> merges = MergesOf(tokenizer);
        Assert.Equal(1000, expected.Length);
        Assert.Equal(expected, merges.Take(expected.Length));
    }

    [Fact]
    public void Subword_nmts_segmentation_is_that_of_its_merges()
    {
        string[] corpus = File.ReadAllLines(TestAssets.Require("tokenizer-vectors/subword-nmt/corpus.en"));
        string[] segmented = File.ReadAllLines(TestAssets.Require("tokenizer-vectors/subword-nmt/corpus.bpe.ref.en"));
        int base1000 = Train(corpus, new CharacterBpeTrainerOptions { Ties = MergeTie.LastText, MinimumFrequency = int.MaxValue }).VocabularySize + 1000;
        // Up to the size at which the reference stopped: a merge that makes no new token would shift it.
        Tokenizer tokenizer = Train(corpus, new CharacterBpeTrainerOptions { Ties = MergeTie.LastText, VocabularySize = base1000 });
        for (int line = 0; line < corpus.Length; line++)
        {
            string tokens = string.Join(' ', Texts.Tokens(tokenizer, corpus[line]).Select(token => token!.EndsWith("</w>", StringComparison.Ordinal) ? token[..^4] : token + "@@"));
            Assert.Equal(segmented[line].TrimEnd(), tokens);
        }
    }

    [Fact]
    public void Rare_characters_are_left_out_of_a_small_alphabet()
    {
        Tokenizer tokenizer = Train(["aab aab aac abd"], new CharacterBpeTrainerOptions { MaximumAlphabet = 2, EndOfWordSuffix = "" });
        Assert.Equal(["<unk>", "a", "b", "aa", "aab"], Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.IdToToken));
        Assert.Equal(["aa", "<unk>"], Texts.Tokens(tokenizer, "aac"));
    }

    [Fact]
    public void Text_comes_back_with_single_spaces()
    {
        Tokenizer tokenizer = Train(["low lower lowest newer wider 😀"], new CharacterBpeTrainerOptions());
        Assert.Equal("lower 😀 newest", tokenizer.Decode(tokenizer.EncodeToIds(" lower \n 😀  newest ")));
    }

    [Fact]
    public void Options_without_meaning_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Train(["a"], new CharacterBpeTrainerOptions { UnknownToken = "<x>" }));
        Assert.Throws<ArgumentException>(() => Train(["a"], new CharacterBpeTrainerOptions { SpecialTokens = ["<unk>", "a"] }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Train(["abc"], new CharacterBpeTrainerOptions { VocabularySize = 3 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Train(["abc"], new CharacterBpeTrainerOptions { MaximumAlphabet = 0 }));
        Assert.Throws<InvalidDataException>(() => Train([], new CharacterBpeTrainerOptions()));
    }
}
