using Weft.Text.Files;

namespace Weft.Text.Tests.Assets;

/// <summary>Ids that other implementations published for GPT-2's vocabulary.</summary>
public sealed class Gpt2VectorTests
{
    private static readonly Lazy<Tokenizer> Gpt2 = new(Compose);

    private static Tokenizer Compose()
    {
        string merges = TestAssets.Require("tokenizers/gpt2/vocab.bpe");
        return new Tokenizer(VocabularyAndMergesReader.Read(TestAssets.Require("tokenizers/gpt2/encoder.json"), merges), merges);
    }

    [Fact]
    public void Llama_cpps_vectors_agree()
    {
        foreach ((string text, int[] expected) in LlamaCppVectors.Read("gpt-2"))
        {
            Assert.Equal(expected, Gpt2.Value.EncodeToIds(text));
            Assert.Equal(text, Gpt2.Value.Decode(expected));
        }
    }
}
