namespace Weft.Text.Tests.Assets;

/// <summary>Ids that other implementations published for BERT's vocabulary.</summary>
public sealed class BertVectorTests
{
    private static Tokenizer Vocabulary(string name) => Tokenizer.Load(TestAssets.Require($"tokenizers/bert/{name}_vocab.txt"));

    [Fact]
    public void Llama_cpps_vectors_agree()
    {
        // Its embedding model has the vocabulary of BERT base.
        Tokenizer tokenizer = Vocabulary("bert-base-uncased");
        Assert.All(LlamaCppVectors.Read("bert-bge"), vector => Assert.Equal(vector.Ids, tokenizer.EncodeToIds(vector.Text, addSpecialTokens: false)));
    }

    [Theory]
    [InlineData("bert-base-uncased", 30522)]
    [InlineData("bert-multilingual-cased", 119547)]
    public void Vocabularies_load_and_are_written_back_as_they_were(string name, int size)
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = Vocabulary(name);
        Assert.Equal(size, tokenizer.VocabularySize);
        tokenizer.SaveVocabularyText(folder.File("vocab.txt"));
        Assert.Equal(File.ReadAllBytes(TestAssets.Require($"tokenizers/bert/{name}_vocab.txt")), File.ReadAllBytes(folder.File("vocab.txt")));
    }

    [Fact]
    public void The_vocabulary_alone_gives_the_ids_of_the_published_files()
    {
        Tokenizer text = Vocabulary("bert-base-uncased");
        foreach (string file in new[] { "bert-base-uncased", "all-minilm-l6-v2" })
        {
            Tokenizer json = Tokenizer.Load(TestAssets.Require($"tokenizers/bert/{file}_tokenizer.json"));
            foreach ((string sample, _) in LlamaCppVectors.Read("bert-bge"))
                Assert.Equal(json.EncodeToIds(sample), text.EncodeToIds(sample));
        }
    }

    [Fact]
    public void Case_is_kept_by_the_cased_vocabulary()
    {
        Tokenizer tokenizer = Vocabulary("bert-multilingual-cased");
        Assert.Equal(["[CLS]", "Die", "Straße", "in", "Zürich", ",", "日", "本", "[SEP]"], Texts.Tokens(tokenizer, "Die Straße in Zürich, 日本"));
    }
}
