using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Weft.Training.Runs;

namespace Weft.Cli.Train;

/// <summary><c>weft plan-memory</c>: how much memory a recipe's run will take, and what for.</summary>
internal sealed class PlanMemoryCommand
{
    private readonly Argument<string> _recipe = new("RECIPE") { Description = "YAML file; docs/recipes.md lists its keys" };

    private readonly Option<int?> _vocabulary = new("--vocab")
    {
        Description = "Entries of the vocabulary, where only the text decides how many there are; no text is looked for then",
        HelpName = "N",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size >= 2)
                return size;
            result.AddError($"--vocab is '{text}'; use a whole number of at least 2");
            return null;
        },
    };

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("plan-memory", "Predict how much memory a recipe's run will take, and what for")
    {
        Arguments = { _recipe },
        Options = { _vocabulary, _json },
        Notes =
        [
            "Nothing is trained: the figures follow from the model's shape, windows at a time, precision and optimizer.",
            "What reading text and training a tokenizer take comes before training and is not counted. --json prints",
            "  {\"peak_bytes\": N, \"machine_bytes\": N, \"fits\": true or false, \"moment\": \"…\", \"parts\": [{\"name\": \"…\", \"bytes\": N}, ...]}.",
        ],
        Examples = ["weft plan-memory samples/shakespeare/recipe.yaml --vocab 65", "weft plan-memory recipe.yaml --json"],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        string path = context.Get(_recipe);
        if (!File.Exists(path))
            throw new UsageException($"recipe '{path}' does not exist; give a YAML file such as samples/shakespeare/recipe.yaml");
        MemoryPlan plan = MemoryPlan.Of(RecipeFile.Read(path), context.Get(_vocabulary), context.Cancellation);
        if (context.Get(_json))
            WriteJson(plan, context.Output);
        else
            WriteTable(plan, context.Output);
        return 0;
    }

    private static void WriteTable(MemoryPlan plan, TextWriter output)
    {
        foreach (MemoryPart part in plan.Parts)
            output.WriteLine(Row(part.Name, part.Bytes));
        output.WriteLine(Row("together", plan.PeakBytes));
        output.WriteLine();
        long machine = MemoryPlan.MachineBytes;
        output.WriteLine($"This is the most that is there at once, {plan.Moment}.");
        string has = string.Create(CultureInfo.InvariantCulture, $"this machine has {machine / 1e6:N0} MB");
        output.WriteLine(plan.PeakBytes <= machine ? $"It fits: {has}." : $"It does not fit: {has}; {MemoryPlan.Remedy}.");
    }

    private static string Row(string name, long bytes) => string.Create(CultureInfo.InvariantCulture, $"{name,-30}{bytes / 1e6,12:N1} MB");

    private static void WriteJson(MemoryPlan plan, TextWriter output)
    {
        using var json = new JsonOutput(output);
        Utf8JsonWriter writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteNumber("peak_bytes", plan.PeakBytes);
        writer.WriteNumber("machine_bytes", MemoryPlan.MachineBytes);
        writer.WriteBoolean("fits", plan.PeakBytes <= MemoryPlan.MachineBytes);
        writer.WriteString("moment", plan.Moment);
        writer.WriteStartArray("parts");
        foreach (MemoryPart part in plan.Parts)
        {
            writer.WriteStartObject();
            writer.WriteString("name", part.Name);
            writer.WriteNumber("bytes", part.Bytes);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        json.Complete();
    }
}
