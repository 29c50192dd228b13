using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Weft.Evaluation.Metrics;

namespace Weft.Cli.Metrics;

/// <summary><c>weft metric pass@k</c>: how likely one of k programs passes its tests.</summary>
internal sealed class PassAtKCommand
{
    private const int Decimals = 4;

    /// <summary>What HumanEval reports, as far as there are samples for it.</summary>
    private static readonly int[] Usual = [1, 10, 100];

    private readonly Option<string> _results = new("--results")
    {
        Description = "JSON lines, one for each sample: {\"task_id\": \"...\", \"passed\": true}",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<int[]?> _k = new("--k")
    {
        Description = "Numbers of programs, such as 1,5 (default: those of 1, 10 and 100 that there are samples for)",
        HelpName = "1,10",
        CustomParser = result =>
        {
            int[] values = [.. result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries)
                .Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 0)];
            if (values.All(value => value > 0))
                return values;
            result.AddError($"--k is '{result.Tokens[0].Value}'; use whole numbers, 1 or more, separated by commas");
            return null;
        },
    };

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("pass@k", "Chance that one of k programs passes, from samples of each problem")
    {
        Options = { _results, _k, _json },
        Notes =
        [
            "The estimate without bias of HumanEval: each problem needs at least k samples. Nothing is run here.",
            "--json prints {\"score\": that of the first k, \"pass@1\": X, ..., \"problems\": N, \"samples\": N}.",
        ],
        Examples = ["weft metric pass@k --results samples.jsonl_results.jsonl --k 1,10 --json"],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        string path = context.Get(_results);
        Dictionary<string, (int Samples, int Passed)> problems = Read(path);
        (string fewestId, (int fewest, _)) = problems.MinBy(problem => problem.Value.Samples);
        int[] wanted = context.Get(_k) ?? [.. Usual.Where(k => k <= fewest)];
        foreach (int k in wanted.Where(k => k > fewest))
            throw new InvalidDataException($"file '{path}': pass@{k} needs {k} samples of each problem, but '{fewestId}' has {fewest}; draw more samples or use a smaller --k");
        (string Name, double Value)[] estimates = [.. wanted.Select(k => (string.Create(CultureInfo.InvariantCulture, $"pass@{k}"), PassAtK.Estimate(problems.Values, k)))];
        if (!context.Get(_json))
        {
            foreach ((string name, double value) in estimates)
                context.Output.WriteLine($"{name} = {ScoreLine.Round(value, Decimals)}");
            return 0;
        }
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteNumber("score", estimates[0].Value);
        foreach ((string name, double value) in estimates)
            json.Writer.WriteNumber(name, value);
        json.Writer.WriteNumber("problems", problems.Count);
        json.Writer.WriteNumber("samples", problems.Values.Sum(problem => problem.Samples));
        json.Writer.WriteEndObject();
        json.Complete();
        return 0;
    }

    private static Dictionary<string, (int Samples, int Passed)> Read(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"file '{path}' does not exist; check the path", path);
        Dictionary<string, (int Samples, int Passed)> problems = new(StringComparer.Ordinal);
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            (string id, bool passed) = Parse(path, number, line);
            (int Samples, int Passed) counts = problems.GetValueOrDefault(id);
            problems[id] = (counts.Samples + 1, counts.Passed + (passed ? 1 : 0));
        }
        return problems.Count > 0 ? problems : throw new InvalidDataException($"file '{path}' has no samples; write one JSON object a line for each");
    }

    private static (string Id, bool Passed) Parse(string path, int number, string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            if (document.RootElement is { ValueKind: JsonValueKind.Object } sample
                && sample.TryGetProperty("task_id", out JsonElement id) && id.ValueKind == JsonValueKind.String
                && sample.TryGetProperty("passed", out JsonElement passed) && passed.ValueKind is (JsonValueKind.True or JsonValueKind.False))
                return (id.GetString()!, passed.GetBoolean());
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"file '{path}', line {number} is no JSON: {e.Message}", e);
        }
        throw new InvalidDataException($"file '{path}', line {number}: 'task_id' (a text) and 'passed' (true or false) are expected");
    }
}
