using System.Numerics.Tensors;
using Weft.Cli.Train.Display;
using Weft.Cli.Train.Report;
using Weft.Inference;
using Weft.Tasks;
using Weft.Training.Runs;

namespace Weft.Cli.Train;

/// <summary>What a fresh classifier says of some held-out rows, computed by the managed engine.</summary>
internal static class LabelSamples
{
    private const int Count = 5;

    /// <summary>Labels them, showing each.</summary>
    public static IReadOnlyList<GeneratedSample> Write(TextGenerator generator, RunResult result, IRunDisplay display)
    {
        TaskRecipe task = result.Recipe.Task!;
        if (task.Kind == TaskKind.Tokens)
            return WriteParts(result, display);
        List<GeneratedSample> samples = [];
        foreach (HeldOutRow row in HeldOutRow.Of(result.Recipe, result.Folder, Count))
        {
            float[] logits = new float[generator.Model.Spec.Head.OutputSize(generator.Model.Spec)];
            generator.Model.ComputeOutputs(new(row.Ids) { TokenTypes = row.TokenTypes }, logits);
            var sample = new GeneratedSample(generator.Tokenizer.Decode(row.Ids), Describe(task, logits), $"in the data: {row.Label}");
            display.Info($"{Failure.OneLine(sample.Prompt)} → {sample.Completion} ({sample.Note})");
            samples.Add(sample);
        }
        return samples;
    }

    /// <summary>The parts that the labels of words make.</summary>
    private static List<GeneratedSample> WriteParts(RunResult result, IRunDisplay display)
    {
        using LanguageModel model = LanguageModel.Load(result.Folder.ModelFolder, new() { Threads = result.Recipe.Threads!.Value });
        var classifier = new TokenClassifier(model);
        List<GeneratedSample> samples = [];
        foreach (HeldOutRow row in HeldOutRow.Of(result.Recipe, result.Folder, Count))
        {
            string text = model.Tokenizer.Decode(row.Ids).Trim();
            string parts = string.Join("; ", classifier.Find(text).Select(part => $"{part.Label}: {part.Text}"));
            samples.Add(new(text, parts, $"in the data: {row.Label}"));
            display.Info($"{Failure.OneLine(text)} → {Failure.OneLine(parts)} ({row.Label})");
        }
        return samples;
    }

    private static string Describe(TaskRecipe task, float[] logits)
    {
        if (task.Kind == TaskKind.Regression)
            return FormattableString.Invariant($"{logits[0]:F3}");
        float[] probabilities = new float[logits.Length];
        if (task.Separator is { } separator)
            return string.Join(separator, task.Labels.Where((_, label) => logits[label] > 0));
        TensorPrimitives.SoftMax<float>(logits, probabilities);
        int best = TensorPrimitives.IndexOfMax<float>(logits);
        return FormattableString.Invariant($"{task.Labels[best]} {probabilities[best]:P1}");
    }
}
