using System.Text.Json;

namespace Weft.Inference.Tests;

/// <summary>Logits and greedy ids of a published model, computed elsewhere in float64.</summary>
internal sealed record Golden(int[] PromptIds, int[] GreedyIds, double[][] Logits, string Prompt)
{
    public static string Folder => TestAssets.Require("models/tinystories-656k");

    public static Golden Read()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "golden_1.json")));
        JsonElement root = document.RootElement;
        return new(
            [.. root.GetProperty("prompt_ids").EnumerateArray().Select(id => id.GetInt32())],
            [.. root.GetProperty("greedy_ids").EnumerateArray().Select(id => id.GetInt32())],
            [.. root.GetProperty("logits_at_each_prompt_position").EnumerateArray()
                .Select(row => row.EnumerateArray().Select(value => value.GetDouble()).ToArray())],
            root.GetProperty("prompt").GetString()!);
    }
}
