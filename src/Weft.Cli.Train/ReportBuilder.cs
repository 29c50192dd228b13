using System.Globalization;
using Weft.Cli.Train.Report;
using Weft.Data;
using Weft.Inference;
using Weft.Model.Spec;
using Weft.Training.Runs;

namespace Weft.Cli.Train;

/// <summary>Gathers what the page of a run shows.</summary>
internal sealed class ReportBuilder(RunOutcome outcome, TextGenerator generator)
{
    private readonly RunResult _result = outcome.Result;

    /// <summary>The page's contents.</summary>
    /// <param name="wallTime">Time of the whole run in this process.</param>
    /// <param name="stages">Its parts.</param>
    public RunReport Build(TimeSpan wallTime, IReadOnlyList<StageDuration> stages)
    {
        ParameterSpec[] parameters = [.. ModelParameters.Enumerate(_result.Spec)];
        long count = parameters.Sum(parameter => parameter.Count);
        double perStep = _result.TokensPerStep;
        return new()
        {
            Title = $"Weft run {Path.GetFileName(Path.GetFullPath(_result.Folder.Path))}",
            Date = DateTimeOffset.Now,
            Summary = Summarize(count),
            Figures = new(_result.Test.Loss, _result.Test.Perplexity, double.IsFinite(_result.Test.BitsPerByte) ? _result.Test.BitsPerByte : double.NaN, _result.TokensPerSecond, count,
                outcome.RuntimeDifference, wallTime),
            Labels = _result.Test.Labels is { } scores ? new(scores, _result.Recipe.Task!.Labels) : null,
            Preferences = _result.Test.Preferences,
            Steps = [.. _result.History.Select(step => new StepRecord(
                step.Step, step.Loss, step.ValidationLoss, step.LearningRate, step.GradientNorm, perStep / step.Seconds))],
            Samples = outcome.Samples,
            Attention = Attend(),
            Model = SpecTree.Of(_result.Recipe.Model.Architecture, _result.Spec),
            Parameters = [.. parameters.GroupBy(parameter => parameter.Part).Select(part => new ParameterPart(part.Key, part.Sum(p => p.Count)))],
            Corpus = Corpus(),
            Settings = _result.Journal.Derived,
            Stages = stages,
        };
    }

    private string Summarize(long parameters)
    {
        Recipe recipe = _result.Recipe;
        string text = recipe.Task is { } task ? string.Join(", ", task.Files) : recipe.Data.Count > 0 ? string.Join(", ", recipe.Data.Select(source => source.Shard))
            : recipe.Text.Pairs is { } pairs ? $"{pairs.Source} and {pairs.Target}" : recipe.Text.Paths.Count == 0 ? "the API documentation of the .NET SDK" : string.Join(", ", recipe.Text.Paths);
        return string.Create(CultureInfo.InvariantCulture,
            $"A {recipe.Model.Architecture} {Kind()} of {parameters:N0} parameters, trained {(recipe.Training.InitFrom is { } initial ? $"from the weights of {initial}" : "from scratch")} on {text}: {_result.History.Count:N0} steps of {recipe.Training.Batch} windows of {recipe.Model.Context} tokens, in {recipe.Training.Precision} on {recipe.Threads} threads. On text that it has never seen {Needs()}.");

        string Needs() => outcome.Judged is { } judged ? $"its {judged}" : double.IsFinite(_result.Test.BitsPerByte)
            ? FormattableString.Invariant($"it needs {_result.Test.BitsPerByte:F3} bits per byte")
            : FormattableString.Invariant($"its loss is {_result.Test.Loss:F3} for each token that it had to predict");
    }

    private string Kind() => _result.Spec.HasSource ? "encoder-decoder" : _result.Spec.Decoder is null ? "encoder" : "decoder";

    /// <summary>The last block's first head over the beginning of the first sample.</summary>
    private AttentionMap? Attend()
    {
        if (outcome.Samples is not [var sample, ..] || _result.Spec.HasSource || _result.Test.Labels is not null)
            return null;
        int[] ids = generator.Tokenizer.EncodeToIds(sample.Prompt + sample.Completion, addSpecialTokens: false);
        ids = ids[..Math.Min(ids.Length, Math.Min(HeatMap.MaximumTokens, _result.Spec.ContextLength))];
        if (ids.Length == 0)
            return null;
        int block = _result.Spec.Stack.Blocks.Length - 1;
        float[] probabilities = generator.Model.ComputeAttention(ids, block, head: 0);
        return new($"Block {block + 1}, head 1", [.. ids.Select(id => generator.Tokenizer.Decode([id], skipSpecialTokens: false))], probabilities);
    }

    private CorpusReport Corpus()
    {
        CorpusStatistics s = _result.Journal.Corpus;
        (long train, long validation, long test) = _result.Tokens;
        return new(s.Documents, s.Duplicates,
        [
            new("train", s.Train.Documents, s.Train.Bytes, train),
            new("validation", s.Validation.Documents, s.Validation.Bytes, validation),
            new("test", s.Test.Documents, s.Test.Bytes, test),
        ]);
    }
}
