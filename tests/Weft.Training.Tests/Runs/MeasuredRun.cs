using System.Diagnostics;
using System.Globalization;

using Weft.Model.Spec;
using Weft.Training.Runs;

namespace Weft.Training.Tests.Runs;

/// <summary>Steps of a recipe's run in a process of their own, which says how much memory it took at most.</summary>
internal static class MeasuredRun
{
    /// <summary>Makes this assembly such a process.</summary>
    public const string Argument = "--measured-run";

    /// <summary>Runs it: the recipe's file, and entries of the vocabulary. Prints what was predicted, then what was measured, in bytes.</summary>
    public static int RunAlone(string[] args)
    {
        (ModelSpec spec, TrainingPlan plan) = Plan(RecipeFile.Read(args[0]), int.Parse(args[1], CultureInfo.InvariantCulture));
        Trainer.MeasureStepSeconds(spec, plan);
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{MemoryPlan.Of(spec, plan).PeakBytes} {process.PeakWorkingSet64}"));
        return 0;
    }

    /// <summary>What a recipe comes to.</summary>
    public static (ModelSpec Spec, TrainingPlan Plan) Plan(Recipe recipe, int vocabulary)
    {
        (Recipe resolved, _) = Derivation.Resolve(recipe);
        return (Derivation.ToSpec(resolved.Model, vocabulary), Derivation.ToPlan(resolved));
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
}
