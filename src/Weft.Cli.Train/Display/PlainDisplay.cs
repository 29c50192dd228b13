using System.Globalization;
using Weft.Training;

namespace Weft.Cli.Train.Display;

/// <summary>One line now and then, for logs and pipes: no colours, no escape codes, nothing is overwritten.</summary>
internal sealed class PlainDisplay(TextWriter error, int stages, TimeProvider time) : IRunDisplay
{
    /// <summary>Time between two lines of one kind.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Throttle _throttle = new(time, Interval);
    private int _stage;
    private double? _validation;
    private double? _best;
    private bool _midLine;

    public void Stage(string title, string? detail = null)
    {
        lock (_lock)
        {
            _stage++;
            WriteLine($"[{_stage}/{stages}] {title}{(detail is null ? "" : ": " + detail)}");
            // The first progress of a stage may come at once; it says no more than the stage's own line.
            _throttle.Restart();
        }
    }

    public void Info(string line)
    {
        lock (_lock)
            WriteLine("  " + line);
    }

    public void Progress(string what, long done, long total)
    {
        lock (_lock)
        {
            bool last = total > 0 && done >= total;
            if (!last && !_throttle.TryPass())
                return;
            // A part whose end is not known has no total.
            string share = total > 0 ? $"/{DisplayText.Count(total)} ({DisplayText.Percent((double)done / total)})" : "";
            WriteLine($"  {what} {DisplayText.Count(done)}{share}");
        }
    }

    public void Training(TrainingSnapshot snapshot)
    {
        lock (_lock)
        {
            bool validated = snapshot.ValidationLoss is { } loss && loss != _validation;
            if (validated)
            {
                _validation = snapshot.ValidationLoss;
                _best = Math.Min(_best ?? double.PositiveInfinity, _validation!.Value);
            }
            if (validated || snapshot.Step >= snapshot.Steps)
                _throttle.Restart();
            else if (!_throttle.TryPass())
                return;
            WriteLine(Describe(snapshot, _validation, _best));
        }
    }

    public void Token(string text)
    {
        string plain = DisplayText.Plain(text);
        if (plain.Length == 0)
            return;
        lock (_lock)
        {
            error.Write(plain);
            error.Flush();
            _midLine = !plain.EndsWith('\n');
        }
    }

    public void Dispose()
    {
        lock (_lock)
            EndLine();
    }

    private static string Describe(TrainingSnapshot s, double? validation, double? best)
    {
        string validated = validation is null ? "" : $"  validation {DisplayText.Loss(validation)} (best {DisplayText.Loss(best)})";
        validated += DisplayText.Accuracy(s) is { } accuracy ? $"  accuracy {accuracy}" : "";
        validated += DisplayText.Margin(s) is { } margin ? $"  margin {margin}" : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"  step {DisplayText.Count(s.Step)}/{DisplayText.Count(s.Steps)}  loss {DisplayText.Loss(s.Loss)}{validated}  "
            + $"rate {DisplayText.Rate(s.LearningRate)}  {DisplayText.Speed(s.TokensPerSecond)} tokens/s  "
            + $"elapsed {DisplayText.Clock(s.Elapsed)}  left {DisplayText.Clock(s.Remaining)}");
    }

    private void WriteLine(string line)
    {
        EndLine();
        error.WriteLine(DisplayText.Line(line));
        error.Flush();
    }

    private void EndLine()
    {
        if (_midLine)
            error.WriteLine();
        _midLine = false;
    }
}
