using System.Diagnostics;
using Weft.Evaluation.Harness.Code;
using Weft.Evaluation.Harness.Contamination;
using Weft.Evaluation.Harness.Requests;
using Weft.Evaluation.Harness.Tasks;

namespace Weft.Evaluation.Harness;

/// <summary>
/// Asks a model the tasks of a harness in the manner of EleutherAI's lm-evaluation-harness (Gao et al., "A framework for few-shot language model evaluation",
/// doi:10.5281/zenodo.10256836).
/// </summary>
/// <param name="model">Who is asked.</param>
/// <param name="options">What is asked, and how.</param>
public sealed class Evaluator(EvaluatedModel model, EvaluationOptions options)
{
    private readonly EvaluationOptions _options = options.Validate();

    /// <summary>Asks tasks, one after the other.</summary>
    /// <param name="names">Names of tasks and groups.</param>
    /// <param name="progress">Told how far it is; null for nobody.</param>
    /// <param name="ct">Ends it between two blocks of the model; answers so far are kept where the model has a store.</param>
    /// <exception cref="ArgumentException">There is no such task, or it has too few examples, or runs programs, which <see cref="EvaluationOptions.AllowCode"/> does not allow.</exception>
    /// <exception cref="FileNotFoundException">A task's file is not there.</exception>
    /// <exception cref="PlatformNotSupportedException">A task runs programs, which cannot be shut in on this machine.</exception>
    /// <exception cref="InvalidDataException">A row is wrong or does not fit the model's context; the message names file and line.</exception>
    public EvaluationResult Run(IReadOnlyList<string> names, IProgress<EvaluationProgress>? progress = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(names);
        TaskGroup[] groups = [.. names.Select(TaskCatalog.FindGroup).OfType<TaskGroup>().SelectMany(TaskCatalog.GroupsOf).Distinct()];
        EvaluationTask[] tasks = [.. names.SelectMany(TasksOf).Distinct()];
        return Run(tasks, groups, progress, ct);
    }

    /// <summary>Asks tasks that need not be in the catalogue.</summary>
    /// <inheritdoc cref="Run(IReadOnlyList{string}, IProgress{EvaluationProgress}?, CancellationToken)"/>
    public EvaluationResult Run(IReadOnlyList<EvaluationTask> tasks, IProgress<EvaluationProgress>? progress = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        return Run(tasks, [], progress, ct);
    }

    private EvaluationResult Run(IReadOnlyList<EvaluationTask> tasks, TaskGroup[] groups, IProgress<EvaluationProgress>? progress, CancellationToken ct)
    {
        long began = Stopwatch.GetTimestamp();
        // All files are read before the first question is asked, so that a wrong row does not end an evaluation after hours.
        TaskRun[] runs = [.. tasks.Select(task => TaskRun.Prepare(task, _options))];
        if (_options.TrainingTexts is { } texts)
            Search(runs, texts, ct);
        using PythonSandbox? sandbox = runs.Any(run => run.RunsCode) ? PythonSandbox.Open(_options.CodeLimits) : null;
        List<TaskResult> results = [];
        foreach (TaskRun run in runs)
            results.Add(run.Ask(model, sandbox, (done, total) => progress?.Report(new(run.Task.Name, results.Count + 1, runs.Length, done, total)), ct));
        return new(results, [.. groups.Select(group => Combine(group, runs))], Stopwatch.GetElapsedTime(began));
    }

    /// <summary>One reading of the text for all tasks.</summary>
    private static void Search(TaskRun[] runs, IEnumerable<string> texts, CancellationToken ct)
    {
        ContaminationSearch[] searches = [.. runs.Select(run => run.Search = new([.. run.RowTexts]))];
        foreach (string text in texts)
        {
            ct.ThrowIfCancellationRequested();
            Array.ForEach(searches, search => search.Read(text));
        }
    }

    private static IEnumerable<EvaluationTask> TasksOf(string name) =>
        TaskCatalog.FindGroup(name) is { } group ? TaskCatalog.TasksOf(group)
        : TaskCatalog.FindTask(name) is { } task ? [task]
        : throw new ArgumentException($"there is no task or group '{name}'; use some of {string.Join(", ", TaskCatalog.Names)}", nameof(name));

    /// <summary>The score of all rows of a group's tasks.</summary>
    private GroupResult Combine(TaskGroup group, TaskRun[] runs)
    {
        HashSet<string> members = [.. TaskCatalog.TasksOf(group).Select(task => task.Name)];
        TaskRun[] own = [.. runs.Where(run => members.Contains(run.Task.Name))];
        IEnumerable<Metric> shared = own[0].Task.Metrics.Where(metric => own.All(run => run.Task.Metrics.Contains(metric)));
        return new(group.Name,
            [.. shared.Select(metric => (Metric: metric, Measures: own.SelectMany(run => run.MeasuresOf(metric)).ToArray())).Where(pair => pair.Measures.Length > 0)
                .Select(pair => new MetricScore(pair.Metric.Name, Estimate.Of(pair.Measures, pair.Metric.Aggregation, _options.Seed), pair.Metric.Aggregation.HigherIsBetter))],
            own.Sum(run => run.Answered));
    }
}
