using Weft.Model;
using Weft.Model.Checkpoints.HuggingFace;

namespace Weft.Inference.Tests;

/// <summary>A published Llama: grouped queries, and a tied embedding that is stored under the head's name only.</summary>
public sealed class GoldenTests
{
    /// <summary>fp32 against float64 over two blocks; the logits lie between -20 and 20.</summary>
    private const double LogitTolerance = 3e-5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly GenerationOptions Greedy = new() { MaximumTokens = 60, Sampling = SamplingOptions.Greedy };

    [Fact]
    public void The_logits_at_every_prompt_position_agree_with_float64()
    {
        var golden = Golden.Read();
        using Transformer model = Transformer.Load(HuggingFaceModel.Open(Golden.Folder));
        float[] logits = new float[golden.PromptIds.Length * model.Spec.VocabularySize];
        model.ComputeLogits(golden.PromptIds, logits);
        Assert.InRange(Differences.Greatest(golden.Logits.SelectMany(row => row), logits), 0, LogitTolerance);
    }

    [Fact]
    public void Greedy_generation_from_ids_gives_the_expected_ids()
    {
        var golden = Golden.Read();
        using TextGenerator generator = TextGenerator.Load(Golden.Folder);
        GeneratedToken[] tokens = [.. generator.Generate(golden.PromptIds.AsMemory(), Greedy, Token)];
        Assert.Equal(golden.GreedyIds[golden.PromptIds.Length..], tokens.Select(token => token.Id));
        Assert.Equal(Enumerable.Range(0, 60), tokens.Select(token => token.Index));
        Assert.Equal(StopReason.MaximumTokens, tokens[^1].StopReason);
        Assert.All(tokens[..^1], token => Assert.Null(token.StopReason));
    }

    [Fact]
    public void Greedy_generation_from_text_gives_the_same_ids_and_their_text()
    {
        var golden = Golden.Read();
        using TextGenerator generator = TextGenerator.Load(Golden.Folder);
        Assert.Equal(golden.PromptIds, generator.Tokenizer.EncodeToIds(golden.Prompt));
        GeneratedToken[] tokens = [.. generator.Generate(golden.Prompt, Greedy, Token)];
        Assert.Equal(golden.GreedyIds[golden.PromptIds.Length..], tokens.Select(token => token.Id));
        string text = string.Concat(tokens.Select(token => token.Text));
        Assert.Equal(generator.Tokenizer.Decode(golden.GreedyIds), golden.Prompt + text);
        Assert.StartsWith(", a little girl named Lily lived in a small house", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_asynchronous_stream_gives_the_same_text()
    {
        var golden = Golden.Read();
        using TextGenerator generator = TextGenerator.Load(Golden.Folder);
        string expected = string.Concat(generator.Generate(golden.Prompt, Greedy, Token).Select(token => token.Text));
        List<string> pieces = [];
        await foreach (string piece in generator.GenerateAsync(golden.Prompt, Greedy, Token))
            pieces.Add(piece);
        Assert.Equal(expected, string.Concat(pieces));
        Assert.DoesNotContain("", pieces);
        Assert.True(pieces.Count > 30, $"{pieces.Count} pieces are hardly a stream");
    }

    [Fact]
    public void The_weights_are_those_of_the_file_and_none_twice()
    {
        using Transformer model = Transformer.Load(HuggingFaceModel.Open(Golden.Folder));
        // 656,000 parameters in fp32; the tied head adds none.
        Assert.Equal(656_000L * sizeof(float), model.WeightBytes);
    }
}
