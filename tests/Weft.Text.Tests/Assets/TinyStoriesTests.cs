using System.Text.Json;

namespace Weft.Text.Tests.Assets;

public sealed class TinyStoriesTests
{
    private static int[] Ids(JsonElement element) => [.. element.EnumerateArray().Select(id => id.GetInt32())];

    [Fact]
    public void The_prompt_has_the_ids_of_the_golden_file_and_the_greedy_ids_its_text()
    {
        Tokenizer tokenizer = Tokenizer.Load(TestAssets.Require("models/tinystories-656k"));
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(TestAssets.Require("models/tinystories-656k/golden_1.json")));
        Assert.Equal([1, 80, 147, 201, 282, 57], tokenizer.EncodeToIds("Once upon a time"));
        Assert.Equal(Ids(golden.RootElement.GetProperty("prompt_ids")), tokenizer.EncodeToIds(golden.RootElement.GetProperty("prompt").GetString()!));

        int[] greedy = Ids(golden.RootElement.GetProperty("greedy_ids"));
        // The golden text keeps the space that the file's decoder strips from the beginning.
        string expected = golden.RootElement.GetProperty("greedy_text").GetString()![1..];
        Assert.Equal(expected, tokenizer.Decode(greedy));
        Detokenizer stream = tokenizer.CreateDetokenizer();
        Assert.Equal(expected, string.Concat(greedy.Select(stream.Append)) + stream.Flush());
    }
}
