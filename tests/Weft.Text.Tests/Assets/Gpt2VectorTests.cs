using System.Text.Json;
using System.Text.RegularExpressions;

namespace Weft.Text.Tests.Assets;

/// <summary>Ids that other implementations published for GPT-2's vocabulary.</summary>
public sealed class Gpt2VectorTests
{
    private static readonly Lazy<Tokenizer> Gpt2 = new(Compose);

    private static Tokenizer Compose()
    {
        using JsonDocument vocabulary = JsonDocument.Parse(File.ReadAllBytes(TestAssets.Require("tokenizers/gpt2/encoder.json")));
        var ids = vocabulary.RootElement.EnumerateObject().Select(entry => KeyValuePair.Create(entry.Name, entry.Value.GetInt32()));
        var merges = File.ReadLines(TestAssets.Require("tokenizers/gpt2/vocab.bpe")).Skip(1).Where(line => line.Length > 0)
            .Select(line => line.Split(' ')).Select(pair => (pair[0], pair[1]));
        return new TokenizerJson(ids, merges).With("pre_tokenizer", TokenizerJson.ByteLevel).With("decoder", TokenizerJson.ByteLevel)
            .Adding(50256, "<|endoftext|>").Tokenizer;
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

    [Fact]
    public void Jtokkits_vectors_agree()
    {
        string file = File.ReadAllText(TestAssets.Require("tokenizer-vectors/jtokkit/r50k_base_encodings.csv"));
        int rows = 0;
        foreach (Match row in Regex.Matches(file, "(?:^|\n)(?:\"((?:[^\"]|\"\")*)\"|([^\",\n]*)),\"\\[([0-9, ]*)\\]\",\"\\[[0-9, ]*\\]\""))
        {
            string text = row.Groups[1].Success ? row.Groups[1].Value.Replace("\"\"", "\"", StringComparison.Ordinal) : row.Groups[2].Value;
            int[] expected = [.. row.Groups[3].Value.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, null))];
            Assert.Equal(expected, Gpt2.Value.EncodeToIds(text));
            Assert.Equal(text, Gpt2.Value.Decode(expected));
            rows++;
        }
        Assert.True(rows > 100, $"only {rows} rows were read");
    }
}
