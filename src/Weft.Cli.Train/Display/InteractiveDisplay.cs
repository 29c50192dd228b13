using Spectre.Console;
using Spectre.Console.Rendering;
using Weft.Training;
using PlainText = Spectre.Console.Text;

namespace Weft.Cli.Train.Display;

/// <summary>A panel that is drawn again in place; what is done scrolls up and stays readable.</summary>
internal sealed class InteractiveDisplay : IRunDisplay
{
    /// <summary>Eight frames a second look alive and cost next to nothing.</summary>
    internal static readonly TimeSpan FrameTime = TimeSpan.FromMilliseconds(125);

    /// <summary>Clocks go on while nothing is reported.</summary>
    internal static readonly TimeSpan ClockTime = TimeSpan.FromSeconds(1);

    private static readonly Style Quiet = new(decoration: Decoration.Dim);
    private static readonly Style Strong = new(Color.Teal, decoration: Decoration.Bold);

    private readonly Lock _lock = new();
    private readonly IAnsiConsole _console;
    private readonly int _stages;
    private readonly TimeProvider _time;
    private readonly IDisposable? _cursor;
    private readonly LiveRegion _region;
    private readonly Throttle _frames;
    private readonly Throttle _clock;
    private readonly ITimer _timer;

    private int _stage;
    private long _stageStart;
    private (string What, long Done, long Total)? _progress;
    private (TrainingSnapshot Snapshot, long At)? _training;
    private LossCurve _curve = new();
    private double? _validation;
    private double? _best;
    private bool _streaming;
    private bool _midLine;
    private bool _changed;
    private bool _disposed;

    /// <summary>Starts with an empty region.</summary>
    /// <param name="console">The terminal.</param>
    /// <param name="stages">Stages of the run.</param>
    /// <param name="time">Clock of the frames.</param>
    /// <param name="cursor">Disposed at the end.</param>
    public InteractiveDisplay(IAnsiConsole console, int stages, TimeProvider time, IDisposable? cursor = null)
    {
        _console = console;
        _stages = stages;
        _time = time;
        _cursor = cursor;
        _region = new(console);
        _frames = new(time, FrameTime);
        _clock = new(time, ClockTime);
        // Draws the last of several quick changes, and the clocks.
        _timer = time.CreateTimer(_ => OnTick(), null, FrameTime, FrameTime);
    }

    public void Stage(string title, string? detail = null)
    {
        lock (_lock)
        {
            EndStage();
            _stage++;
            _stageStart = _time.GetTimestamp();
            var line = new Paragraph().Append($"[{_stage}/{_stages}] ", Quiet).Append(DisplayText.Line(title), Strong);
            if (detail is not null)
                line.Append("  " + DisplayText.Line(detail), Quiet);
            Print(line);
            // A stage that ends within a second needs no clock.
            _clock.Restart();
        }
    }

    public void Info(string line)
    {
        lock (_lock)
        {
            Print(new Padder(new PlainText(DisplayText.Line(line)), new Padding(2, 0, 0, 0)));
            if (!_streaming && (_training is not null || _progress is not null))
                Draw();
        }
    }

    public void Progress(string what, long done, long total)
    {
        lock (_lock)
        {
            _progress = (DisplayText.Line(what), done, total);
            Change();
        }
    }

    public void Training(TrainingSnapshot snapshot)
    {
        lock (_lock)
        {
            _training = (snapshot, _time.GetTimestamp());
            _curve.Add(snapshot.Step, snapshot.Loss);
            if (snapshot.ValidationLoss is { } loss)
            {
                _validation = loss;
                _best = Math.Min(_best ?? double.PositiveInfinity, loss);
            }
            Change();
        }
    }

    public void Token(string text)
    {
        string plain = DisplayText.Plain(text);
        if (plain.Length == 0)
            return;
        lock (_lock)
        {
            _region.Erase();
            _streaming = true;
            // Written as it is: neither markup nor escape codes of the model's text reach the terminal's interpreter.
            _console.Profile.Out.Writer.Write(plain);
            _console.Profile.Out.Writer.Flush();
            _midLine = !plain.EndsWith('\n');
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _timer.Dispose();
            EndStage();
            _cursor?.Dispose();
            _disposed = true;
        }
    }

    private void OnTick()
    {
        lock (_lock)
        {
            if (_disposed || _streaming || _stage == 0)
                return;
            if ((_changed && _frames.TryPass()) || _clock.TryPass())
                Draw();
        }
    }

    /// <summary>Draws now, or leaves it to the next tick.</summary>
    private void Change()
    {
        _changed = true;
        if (_streaming)
            EndLine();
        _streaming = false;
        if (_frames.TryPass())
            Draw();
    }

    private void Draw()
    {
        if (_stage == 0 || _disposed)
            return;
        _region.Draw(Render());
        _clock.Restart();
        _changed = false;
    }

    private IRenderable Render()
    {
        (int Width, int Height) window = (_console.Profile.Width, _console.Profile.Height);
        if (_training is { } training)
        {
            TimeSpan since = _time.GetElapsedTime(training.At);
            bool last = training.Snapshot.Step >= training.Snapshot.Steps;
            TrainingSnapshot now = last
                ? training.Snapshot
                : training.Snapshot with { Elapsed = training.Snapshot.Elapsed + since, Remaining = training.Snapshot.Remaining - since };
            return TrainingPanel.Render(now, (_validation, _best), _curve, window);
        }
        TimeSpan elapsed = _time.GetElapsedTime(_stageStart);
        if (_progress is not { } progress)
            return new PlainText($"  {DisplayText.Clock(elapsed)}", Quiet);
        string count = DisplayText.Count(progress.Done) + (progress.Total > 0 ? "/" + DisplayText.Count(progress.Total) : "");
        double share = progress.Total > 0 ? (double)progress.Done / progress.Total : 0;
        int width = Math.Clamp(window.Width - progress.What.Length - 5, 20, 70);
        return new Columns(new PlainText("  " + progress.What), TrainingPanel.Bar(share, width, count)) { Expand = false };
    }

    /// <summary>Puts a line above the region.</summary>
    private void Print(IRenderable line)
    {
        _region.Erase();
        EndLine();
        _region.Draw(line);
        _region.Keep();
    }

    private void EndStage()
    {
        if (_stage == 0)
            return;
        TimeSpan took = _time.GetElapsedTime(_stageStart);
        if (_training is not null && !_streaming)
        {
            _region.Draw(Render());
            _region.Keep();
        }
        Print(new PlainText($"  took {DisplayText.Duration(took)}", Quiet));
        _training = null;
        _progress = null;
        _streaming = false;
        _curve = new();
        _validation = null;
        _best = null;
    }

    private void EndLine()
    {
        if (_midLine)
            _console.Profile.Out.Writer.WriteLine();
        _midLine = false;
    }
}
