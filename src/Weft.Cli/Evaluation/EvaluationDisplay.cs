using System.Globalization;
using Weft.Evaluation.Harness;

namespace Weft.Cli.Evaluation;

/// <summary>Shows an evaluation on standard error.</summary>
/// <param name="error">Standard error.</param>
/// <param name="watched">It is a terminal that can move its cursor.</param>
/// <param name="time">Tells when the next line is due.</param>
internal sealed class EvaluationDisplay(TextWriter error, bool watched, TimeProvider time) : IProgress<EvaluationProgress>, IDisposable
{
    private readonly ProgressLine _line = new(error, watched, time);

    /// <inheritdoc/>
    public void Report(EvaluationProgress value) => _line.Show(watched ? value.Task : "eval", withBar => Describe(value, withBar));

    /// <summary>Takes the drawn line away.</summary>
    public void Dispose() => _line.Dispose();

    private static string Describe(EvaluationProgress value, bool withBar)
    {
        string task = string.Create(CultureInfo.InvariantCulture, $"{value.Task} ({value.TaskNumber}/{value.Tasks})  ");
        return value.Total == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{task}{value.Done} windows")
            : string.Create(CultureInfo.InvariantCulture, $"{task}{(withBar ? ProgressLine.Bar((double)value.Done / value.Total) : "")}{value.Done} of {value.Total} requests");
    }
}
