using System.Diagnostics;
using System.Globalization;

using Weft.Model.Architectures;
using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Runs;

namespace Weft.Training.Tests.Runs;

/// <summary>Steps of a recipe's run in a process of their own, which says how much memory it took at most. What a run does beside its steps is not in it.</summary>
internal static class MeasuredRun
{
    /// <summary>Makes this assembly such a process.</summary>
    public const string Argument = "--measured-run";

    /// <summary>Tokens of a packed document.</summary>
    private const int DocumentLength = 48;

    /// <summary>Tokens of padding behind every second row that is padded.</summary>
    private const int PaddingLength = 5;

    /// <summary>Runs it: the recipe's file, and entries of the vocabulary. Prints what was predicted, then what was measured, in bytes.</summary>
    public static int RunAlone(string[] args)
    {
        (ModelSpec spec, TrainingPlan plan, LargestRows rows) = Plan(RecipeFile.Read(args[0]), int.Parse(args[1], CultureInfo.InvariantCulture));
        Trainer.MeasureStepSeconds(spec, plan, Batch(plan, rows));
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{MemoryPlan.Of(spec, plan, rows).Parts.Where(part => part.Name != MemoryPlan.BesideStepsPart).Sum(part => part.Bytes)} {process.PeakWorkingSet64}"));
        return 0;
    }

    /// <summary>What a recipe comes to.</summary>
    public static (ModelSpec Spec, TrainingPlan Plan, LargestRows Rows) Plan(Recipe recipe, int vocabulary)
    {
        (Recipe resolved, _) = Derivation.Resolve(recipe);
        ModelSpec spec = Derivation.ToSpec(resolved.Model, vocabulary);
        // An adapter is trained beside weights that a real run reads from somewhere.
        InitialModel? initial = recipe.Training.Adapter is null ? null : new("", spec, ArchitectureCatalogue.ForModelType(recipe.Model.Architecture), null);
        return (spec, InitialModel.PlanOf(resolved, initial), LargestRows.Of(resolved));
    }

    /// <summary>Predicted and measured bytes of a recipe's run.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="vocabulary">Entries.</param>
    /// <param name="hasGaps">As the system's heap is; else each tensor has a mapping of its own, which goes back to the system.</param>
    public static (long Predicted, long Measured) Start(Recipe recipe, int vocabulary, bool hasGaps)
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("recipe.yaml");
        RecipeFile.Write(file, recipe);
        string host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        var start = new ProcessStartInfo(host, [typeof(MeasuredRun).Assembly.Location, Argument, file, $"{vocabulary}"]) { RedirectStandardOutput = true };
        start.Environment["OMP_WAIT_POLICY"] = "passive";
        if (!hasGaps)
            start.Environment["MALLOC_MMAP_THRESHOLD_"] = "131072";
        using Process process = Process.Start(start)!;
        string[] words = process.StandardOutput.ReadToEnd().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return (long.Parse(words[0], CultureInfo.InvariantCulture), long.Parse(words[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Rows of the objective, as long as they may be; null for full windows.</summary>
    private static TrainingBatch? Batch(TrainingPlan plan, LargestRows rows)
    {
        if (!rows.IsPacked && !rows.IsPadded)
            return null;
        (int count, int length, int source) = (plan.BatchSize, (int)rows.Length, (int)rows.SourceLength);
        int skipped = (int)Math.Round(1 / rows.TargetShare), tokens = count * length;
        return new()
        {
            Rows = count,
            Length = length,
            Ids = [.. Enumerable.Range(0, tokens).Select(i => i * 7L % 199)],
            Targets = [.. Enumerable.Range(0, tokens).Select(i => i % skipped == 0 ? i * 5L % 199 : TrainingBatch.Ignored)],
            Documents = Documents(count, length, rows.IsPacked),
            Positions = rows.IsPacked ? [.. Enumerable.Range(0, tokens).Select(i => (long)(i % length % DocumentLength))] : null,
            SourceLength = source,
            SourceIds = source == 0 ? null : [.. Enumerable.Range(0, count * source).Select(i => i * 3L % 199)],
            SourceDocuments = source == 0 ? null : Documents(count, source, rows.IsPacked),
            SourcePositions = source == 0 || !rows.IsPacked ? null : [.. Enumerable.Range(0, count * source).Select(i => (long)(i % source % DocumentLength))],
        };
    }

    private static long[] Documents(int rows, int length, bool packed) => [.. Enumerable.Range(0, rows * length).Select(i =>
        packed ? i % length / DocumentLength : i / length % 2 == 0 && i % length >= length - PaddingLength ? TrainingBatch.Padding : 0L)];
}
