using System.Text.Json.Nodes;
using Weft.Model;
using Weft.Text;

namespace Weft.Inference.Tests;

/// <summary>When a generation ends, and what a folder must hold for it.</summary>
public sealed class GenerationTests
{
    private static readonly RandomModel Random = RandomModel.Llama(new() { Context = 20 });

    private static readonly GenerationOptions Greedy = new() { MaximumTokens = 100, Sampling = SamplingOptions.Greedy };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 20)]
    [InlineData(15, 6)]
    [InlineData(20, 1)]
    public void A_full_context_ends_the_generation(int promptLength, int generated)
    {
        using TextGenerator generator = Load(Random);
        GeneratedToken[] tokens = [.. generator.Generate(Random.Ids(promptLength), Greedy, Token)];
        Assert.Equal(generated, tokens.Length);
        Assert.Equal(StopReason.ContextFull, tokens[^1].StopReason);
        Assert.All(tokens, token => Assert.Equal("", token.Text));
    }

    [Fact]
    public void A_prompt_longer_than_the_context_is_refused_before_anything_is_generated()
    {
        using TextGenerator generator = Load(Random);
        ArgumentException error = Assert.Throws<ArgumentException>(() => generator.Generate(Random.Ids(21), Greedy, Token));
        Assert.StartsWith("21 tokens do not fit the model's context of 20; shorten", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => generator.Generate(ReadOnlyMemory<int>.Empty, Greedy, Token));
        Assert.Throws<ArgumentOutOfRangeException>(() => generator.Generate(new[] { 500 }, Greedy, Token));
    }

    [Fact]
    public void Generation_equals_the_plain_loop_over_full_passes()
    {
        using TextGenerator generator = Load(Random);
        List<int> ids = [.. Random.Ids(4)];
        GeneratedToken[] tokens = [.. generator.Generate(ids.ToArray(), Greedy with { MaximumTokens = 12 }, Token)];
        foreach (GeneratedToken token in tokens)
        {
            float[] logits = new float[ids.Count * 101];
            generator.Model.ComputeLogits(ids.ToArray(), logits);
            float[] last = logits[^101..];
            Assert.Equal(Array.IndexOf(last, last.Max()), token.Id);
            ids.Add(token.Id);
        }
        Assert.Equal(12, tokens.Length);
        Assert.Equal(StopReason.MaximumTokens, tokens[^1].StopReason);
    }

    [Fact]
    public void A_token_that_ends_a_text_is_the_last_one_unless_told_otherwise()
    {
        int[] prompt = Random.Ids(4);
        int[] free;
        using (TextGenerator generator = Load(Random))
            free = [.. generator.Generate(prompt, Greedy, Token).Select(token => token.Id)];
        int end = Array.FindIndex(free, 2, id => !free.AsSpan(0, 2).Contains(id));
        using TextGenerator ending = Load(Random, endOfTextId: free[end]);
        Assert.Equal([free[end]], ending.EndOfTextIds);
        GeneratedToken[] tokens = [.. ending.Generate(prompt, Greedy, Token)];
        Assert.Equal(free[..(end + 1)], tokens.Select(token => token.Id));
        Assert.Equal(StopReason.EndOfText, tokens[^1].StopReason);
        Assert.Equal(free, ending.Generate(prompt, Greedy with { StopAtEndOfText = false }, Token).Select(token => token.Id));
    }

    [Fact]
    public void Without_a_tokenizer_text_is_refused_and_ids_are_not()
    {
        using TextGenerator generator = Load(Random);
        FileNotFoundException error = Assert.Throws<FileNotFoundException>(() => generator.Generate("text", Greedy, Token));
        Assert.Contains("has no tokenizer.json", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(generator.Generate(new[] { 1 }, Greedy, Token));
    }

    [Fact]
    public void A_tokenizer_that_knows_more_than_the_model_is_refused()
    {
        string tokenizer = Path.Combine(Golden.Folder, "tokenizer.json");
        using var folder = new TemporaryFolder();
        Random.Save(folder.FullName);
        File.Copy(tokenizer, folder.File("tokenizer.json"));
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => TextGenerator.Load(folder.FullName));
        Assert.Contains("knows ids up to 2047 but the model's vocabulary is 101;", error.Message, StringComparison.Ordinal);
    }

    /// <summary>At so high a temperature any id comes: bytes that are no character, unfinished ones at the end, and ids that no text has.</summary>
    [Fact]
    public void The_text_of_a_generation_is_that_of_all_its_ids()
    {
        RandomModel random = RandomModel.Llama(new() { Vocabulary = 280 });
        using var folder = new TemporaryFolder();
        random.Save(folder.FullName);
        ByteLevelBpeTrainer.Train(["no merge"], new() { VocabularySize = 257 }, null, Token).Save(folder.File("tokenizer.json"));
        using TextGenerator generator = TextGenerator.Load(folder.FullName);
        bool unfinished = false, unknown = false;
        for (int seed = 0; seed < 60; seed++)
        {
            GenerationOptions options = new() { MaximumTokens = 1 + (seed % 20), Sampling = new() { Temperature = 1000, Seed = (ulong)seed } };
            GeneratedToken[] tokens = [.. generator.Generate("Once", options, Token)];
            string text = string.Concat(tokens.Select(token => token.Text));
            int[] known = [.. tokens.Select(token => token.Id).Where(id => id < generator.Tokenizer.VocabularySize)];
            Assert.Equal(generator.Tokenizer.Decode(known), text);
            unfinished |= text.EndsWith('\uFFFD');
            unknown |= known.Length < tokens.Length;
        }
        Assert.True(unfinished && unknown, "no generation ended within a character or had an id beyond the tokenizer's");
    }

    /// <summary>Decoders hold back what later ids could change: bytes, the end of the last word.</summary>
    [Theory]
    [InlineData("""{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Fuse"}]}""", new[] { "a", "<0x0A>" }, new[] { "<0x0A>", "b" }, "\nb")]
    [InlineData("""{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Fuse"}]}""", new[] { "a", "<0x0A>" }, new[] { "b", "b" }, "bb")]
    [InlineData("""{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Fuse"}]}""", new[] { "a", "<0xC3>" }, new[] { "<0xA9>", "b" }, "éb")]
    [InlineData("""{"type":"BPEDecoder","suffix":"</w>"}""", new[] { "a", "b</w>" }, new[] { "b", "a" }, " ba")]
    public void What_a_decoder_holds_of_the_prompt_is_no_part_of_the_continuation(string decoder, string[] prompt, string[] continuation, string expected)
    {
        string[] vocabulary = ["a", "b", "b</w>", "<0x0A>", "<0xC3>", "<0xA9>"];
        var ids = new JsonObject();
        foreach (string token in vocabulary)
            ids[token] = ids.Count;
        var file = new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(),
            ["decoder"] = JsonNode.Parse(decoder),
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = ids, ["merges"] = new JsonArray() },
        };
        Tokenizer tokenizer = Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(file.ToJsonString()), "test.json");
        var text = new ContinuationText(tokenizer, [.. prompt.Select(token => Array.IndexOf(vocabulary, token))]);
        Assert.Equal(expected, string.Concat(continuation.Select((token, i) => text.Append(Array.IndexOf(vocabulary, token), i == continuation.Length - 1))));
    }

    [Fact]
    public async Task Cancelling_and_leaving_early_end_the_generation()
    {
        using TextGenerator generator = TextGenerator.Load(Golden.Folder);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (GeneratedToken token in generator.Generate("Once", Greedy, stop.Token))
                if (token.Index == 3)
                    stop.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (string _ in generator.GenerateAsync("Once", Greedy, stop.Token))
                Assert.Fail("a cancelled stream gave a piece");
        });
        await foreach (string _ in generator.GenerateAsync("Once", Greedy, Token))
            break;
    }

    private static TextGenerator Load(RandomModel random, int? endOfTextId = null)
    {
        using var folder = new TemporaryFolder();
        random.Save(folder.FullName);
        if (endOfTextId is int id)
            File.WriteAllText(folder.File("generation_config.json"), new JsonObject { ["eos_token_id"] = id }.ToJsonString());
        return TextGenerator.Load(folder.FullName, new() { Threads = 2 });
    }
}
