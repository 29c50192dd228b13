using System.Text.Json;

namespace Weft.Benchmarks.Peers;

/// <summary>What <c>llama-bench -o json</c> prints: an array with an object for each test.</summary>
/// <param name="Commit">That the program was built from.</param>
/// <param name="Tests">Tokens of the prompt, tokens that were generated, and tokens a second.</param>
internal sealed record LlamaBenchOutput(string? Commit, IReadOnlyList<(int Prompt, int Generate, double Speed)> Tests)
{
    /// <exception cref="PeerException">It is something else.</exception>
    public static LlamaBenchOutput Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            JsonElement[] tests = [.. document.RootElement.EnumerateArray()];
            return new(
                tests.Select(test => test.TryGetProperty("build_commit", out JsonElement commit) ? commit.GetString() : null).FirstOrDefault(),
                [.. tests.Select(test => (test.GetProperty("n_prompt").GetInt32(), test.GetProperty("n_gen").GetInt32(), test.GetProperty("avg_ts").GetDouble()))]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new PeerException($"its output is not the JSON of llama-bench: {e.Message}");
        }
    }

    /// <summary>Of the test with these lengths; null where both are 0.</summary>
    /// <exception cref="PeerException">There is no such test.</exception>
    public double? Speed(int prompt, int generate)
    {
        if (prompt == 0 && generate == 0)
            return null;
        foreach ((int Prompt, int Generate, double Speed) test in Tests)
            if ((test.Prompt, test.Generate) == (prompt, generate))
                return test.Speed;
        throw new PeerException($"its output has no test with a prompt of {prompt} and {generate} generated tokens");
    }
}
