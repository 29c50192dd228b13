using System.Text.Json;

namespace Weft.Cli.Tests.Generation;

/// <summary>A published model through the command line, against numbers computed elsewhere in float64.</summary>
public sealed class GoldenTests
{
    /// <summary>fp32 against float64 over two blocks; the logits lie between -20 and 20.</summary>
    private const double LogitTolerance = 3e-5;

    private static readonly string[] Greedy = ["--temperature", "0", "--max-tokens", "60", "--json"];

    private static int[] Ids(JsonElement json) => [.. json.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];

    [Fact]
    public void Greedy_generation_gives_exactly_the_golden_ids()
    {
        var golden = Golden.Read();
        JsonElement json = CommandRun.Of(["generate", Golden.Folder, golden.Prompt, .. Greedy]).Json;
        Assert.Equal(golden.GreedyIds[golden.PromptIds.Length..], Ids(json));
        Assert.Equal(golden.PromptIds.Length, json.GetProperty("prompt_tokens").GetInt32());
        Assert.StartsWith(", a little girl named Lily", json.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Greedy_generation_from_ids_gives_the_same()
    {
        var golden = Golden.Read();
        JsonElement json = CommandRun.Of(["generate", Golden.Folder, "--prompt-ids", string.Join(',', golden.PromptIds), .. Greedy]).Json;
        Assert.Equal(golden.GreedyIds[golden.PromptIds.Length..], Ids(json));
    }

    [Fact]
    public void The_text_of_ids_is_that_of_the_prompt()
    {
        var golden = Golden.Read();
        string[] options = ["--temperature", "0", "--max-tokens", "60"];
        string fromText = CommandRun.Of(["generate", Golden.Folder, golden.Prompt, .. options]).OutputOfSuccess();
        string fromIds = CommandRun.Of(["generate", Golden.Folder, "--prompt-ids", string.Join(',', golden.PromptIds), .. options]).OutputOfSuccess();
        Assert.Equal(fromText, fromIds);
        Assert.StartsWith("Once upon a time, a little girl named Lily", fromText, StringComparison.Ordinal);
    }

    [Fact]
    public void Scored_logits_agree_with_float64()
    {
        var golden = Golden.Read();
        JsonElement[] positions = [.. CommandRun.Of("score", Golden.Folder, "--ids", string.Join(',', golden.PromptIds), "--logits", "--json")
            .Json.GetProperty("positions").EnumerateArray()];
        Assert.Equal(golden.PromptIds, positions.Select(position => position.GetProperty("id").GetInt32()));
        float[] logits = [.. positions.SelectMany(position => position.GetProperty("logits").EnumerateArray()).Select(logit => logit.GetSingle())];
        Assert.InRange(Differences.Greatest(golden.Logits.SelectMany(row => row), logits), 0, LogitTolerance);
    }

    [Fact]
    public void Scored_log_probabilities_agree_with_float64()
    {
        var golden = Golden.Read();
        JsonElement[] positions = [.. CommandRun.Of("score", Golden.Folder, "--text", golden.Prompt, "--json")
            .Json.GetProperty("positions").EnumerateArray()];
        Assert.Equal(JsonValueKind.Null, positions[0].GetProperty("logprob").ValueKind);
        for (int i = 1; i < positions.Length; i++)
        {
            double[] before = golden.Logits[i - 1];
            double expected = before[golden.PromptIds[i]] - Math.Log(before.Sum(Math.Exp));
            // A log-probability moves by at most twice as much as the logits.
            Assert.Equal(expected, positions[i].GetProperty("logprob").GetDouble(), 2 * LogitTolerance);
        }
    }
}
