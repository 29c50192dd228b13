using System.Globalization;
using Weft.Evaluation.Harness;
using Weft.Evaluation.Harness.Tasks;

namespace Weft.Cli.Evaluation;

/// <summary>An evaluation and what it was made with.</summary>
/// <param name="Model">As it was given.</param>
/// <param name="Checksum">SHA-256 of its files.</param>
/// <param name="IsChat">Prompts were conversations.</param>
/// <param name="Seed">Of the drawn examples and of the bootstrap.</param>
/// <param name="Result">What was found.</param>
internal sealed record EvaluationReport(string Model, string Checksum, bool IsChat, ulong Seed, EvaluationResult Result)
{
    private const int ShownChecksum = 12;

    /// <summary>The version of this program.</summary>
    public static string Version => typeof(EvaluationReport).Assembly.GetName().Version!.ToString(3);

    /// <summary>What prompts were rendered by.</summary>
    public string Template => IsChat ? "chat" : "none";

    /// <summary>Facts that belong to all scores, as name and value.</summary>
    public IEnumerable<(string Name, string Value)> Facts()
    {
        yield return ("model", Model);
        yield return ("checksum", Checksum[..ShownChecksum]);
        yield return ("chat template", IsChat ? "the model's" : "none");
        yield return ("seed", Seed.ToString(CultureInfo.InvariantCulture));
        yield return ("time", Time(Result.Duration));
        yield return ("Weft", Version);
    }

    /// <summary>A score as it is shown.</summary>
    public static string Shown(double value) => double.IsFinite(value)
        ? Math.Abs(value) is >= 1e6 ? value.ToString("0.000e+00", CultureInfo.InvariantCulture) : value.ToString(Math.Abs(value) >= 100 ? "F1" : "F4", CultureInfo.InvariantCulture)
        : "∞";

    /// <summary>The 95 % interval as it is shown.</summary>
    public static string Interval(Estimate estimate) => $"{Shown(estimate.Low)} … {Shown(estimate.High)}";

    /// <summary>How many rows of a task the model was trained on, and its score without them; null where nobody looked.</summary>
    public static string? Seen(TaskResult task)
    {
        if (task.Seen is not { } seen)
            return null;
        string counts = string.Create(CultureInfo.InvariantCulture, $"{seen.Sources.Count} of {task.Rows} rows stand in the training text"
            + $"{(seen.TooShort > 0 ? $" ({seen.TooShort} are too short to tell)" : "")}");
        return seen.Sources.Count == 0 || seen.CleanScores is not [MetricScore main, ..] ? counts : $"{counts}; without them {main.Metric} is {Shown(main.Estimate.Value)}";
    }

    /// <summary>A time as it is shown.</summary>
    public static string Time(TimeSpan time) => time.TotalSeconds < 60
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F1} s")
        : string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds} s");
}
