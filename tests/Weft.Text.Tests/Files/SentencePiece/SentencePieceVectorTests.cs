using System.IO.Compression;
using Weft.Text.Files.SentencePiece;
using Weft.Text.Tests.Assets;

namespace Weft.Text.Tests.Files.SentencePiece;

/// <summary>Published models against published ids, other files of the same tokenizer, and what SentencePiece 0.1.97 prints.</summary>
public sealed class SentencePieceVectorTests
{
    private const string Small = "tokenizer-vectors/sentencepiece/test_model.model", Japanese = "tokenizer-vectors/sentencepiece/test_ja_model.model",
        Marian = "tokenizers/marian-like/vocab.joint.spm", Mistral3 = "tokenizers/mistral/mistral_instruct_tokenizer_240323.model.v3";

    private static Tokenizer Load(string asset)
    {
        string file = TestAssets.Require(asset);
        return new Tokenizer(SentencePieceReader.Read(File.ReadAllBytes(file), file), file);
    }

    private static string[] Lines(string asset)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(TestAssets.Require(asset)), CompressionMode.Decompress));
        return [.. reader.ReadToEnd().Split('\n').Where(line => line.Length > 0).Take(1500)];
    }

    [Theory]
    [InlineData(Small, "I saw a girl with a telescope.", "9 459 11 939 44 11 4 142 82 8 28 21 132 6")]
    [InlineData(Small, " Hello  ,   world! ﬁne ½ ① Ａ１ ㍻ e&#769;", "151 88 21 4 5 887 147 706 4 357 0 596 4 357 104 357 4 0 250 0 113")]
    [InlineData(Small, "吾輩は猫である。名前はまだ無い。", "4 0")]
    [InlineData(Japanese, "吾輩は猫である。名前はまだ無い。", "6 3973 6019 9 6022 24 5 1606 9 2206 2441 5")]
    [InlineData(Japanese, "(phrasefix) 漢字 😀 naïve", "6 11 2586 1895 2366 931 1995 1129 5642 1079 5887 7 6 4225 6 0 6 3902 931 0 5588 1129")]
    [InlineData(Marian, "I saw a girl with a telescope.", "9114 278 2252 292 5209 313 292 8988 17388 101 284")]
    [InlineData(Marian, "(phrasefix) 漢字 😀 naïve", "2 278 251 209 183 1635 278 261 180 173 149 278 2051 31842 2161")]
    [InlineData(Mistral3, " Hello  ,   world! ﬁne ½ ① Ａ１ ㍻ e&#769;", "29473 23325 29473 1968 1027 2294 29576 29473 30928 1253 29473 29807 29473 997 916 931 29473 1010 959 932 1010 959 916 29473 998 912 958 1085 28208 29555 29552 29542 29513")]
    [InlineData(Mistral3, "(phrasefix) 漢字 😀 naïve", "1093 28385 7960 29499 29473 1001 959 933 29799 29473 31343 2647 29688 1101")]
    public void Ids_are_those_that_SentencePiece_prints(string model, string text, string ids)
    {
        Tokenizer tokenizer = Load(model);
        int[] expected = [.. ids.Split(' ').Select(id => int.Parse(id, null))];
        Assert.Equal(expected, tokenizer.EncodeToIds(text));
        Assert.Equal(expected, tokenizer.Encode(text).Ids);
    }

    [Fact]
    public void Llama_2_agrees_with_the_published_vectors_and_decodes_them_back()
    {
        Tokenizer tokenizer = Load("tokenizers/llama2/tokenizer.model");
        foreach ((string text, int[] expected) in LlamaCppVectors.Read("llama-spm"))
        {
            Assert.Equal(expected, tokenizer.EncodeToIds(text));
            Assert.Equal(text, tokenizer.Decode(expected));
        }
    }

    [Theory]
    [InlineData("tokenizers/llama2/tokenizer.model", "tokenizers/llama2/tokenizer.json")]
    [InlineData("tokenizers/t5/spiece.model", "tokenizers/t5/t5-small_tokenizer.json")]
    public void A_model_and_the_json_of_the_same_tokenizer_agree(string model, string json)
    {
        Tokenizer fromModel = Load(model), fromJson = Tokenizer.Load(TestAssets.Require(json));
        int ties = 0, count = 0;
        foreach (string line in Lines("tokenizer-vectors/sentencepiece/botchan.txt.gz"))
        {
            int[] ids = fromModel.EncodeToIds(line, addSpecialTokens: false);
            count++;
            // Sums of single and of double precision decide a few near ties otherwise.
            ties += ids.SequenceEqual(fromJson.EncodeToIds(line, addSpecialTokens: false)) ? 0 : 1;
        }
        Assert.True(count > 1000 && ties <= count / 200, $"{ties} of {count} lines differ");
    }

    [Theory]
    [InlineData(Small)]
    [InlineData(Japanese)]
    [InlineData(Marian)]
    [InlineData(Mistral3)]
    [InlineData("tokenizers/t5/spiece.model")]
    [InlineData("tokenizers/llama2/tokenizer.model")]
    public void What_is_saved_as_json_encodes_the_same(string model)
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = Load(model);
        tokenizer.Save(folder.FullName);
        Tokenizer loaded = Tokenizer.Load(folder.FullName);
        foreach (string line in Lines("tokenizer-vectors/sentencepiece/botchan.txt.gz").Take(300).Append(" (#0) <s> ｶﾞ ①  日本語 😀\n"))
        {
            int[] ids = tokenizer.EncodeToIds(line);
            Assert.Equal(ids, loaded.EncodeToIds(line));
            Assert.Equal(ids, tokenizer.Encode(line).Ids);
            Assert.Equal(tokenizer.Decode(ids), loaded.Decode(ids));
        }
    }
}
