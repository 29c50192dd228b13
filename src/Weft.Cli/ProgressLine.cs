namespace Weft.Cli;

/// <summary>Shows progress on standard error: one line that is drawn again where somebody watches, else a line now and then.</summary>
/// <param name="error">Standard error.</param>
/// <param name="watched">It is a terminal that can move its cursor.</param>
/// <param name="time">Tells when the next line is due.</param>
internal sealed class ProgressLine(TextWriter error, bool watched, TimeProvider time) : IDisposable
{
    /// <summary>Time between two lines where nobody watches.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private const int BarWidth = 30;

    private static readonly TimeSpan FrameInterval = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private long _last = time.GetTimestamp();
    private string _stage = "";
    private bool _drawn;

    /// <summary>Shows a line, if one is due: a new stage always is.</summary>
    /// <param name="stage">Tells stages apart.</param>
    /// <param name="describe">Makes the line; told whether it may hold a bar.</param>
    public void Show(string stage, Func<bool, string> describe)
    {
        lock (_lock)
        {
            bool changed = stage != _stage;
            if (!changed && time.GetElapsedTime(_last) < (watched ? FrameInterval : Interval))
                return;
            (_stage, _last) = (stage, time.GetTimestamp());
            if (watched)
                error.Write($"\r{describe(true)}\e[K");
            else
                error.WriteLine(describe(false));
            error.Flush();
            _drawn = watched;
        }
    }

    /// <summary>A bar of fixed width.</summary>
    /// <param name="share">0 to 1.</param>
    public static string Bar(double share)
    {
        int full = (int)(share * BarWidth);
        return $"{new string('█', full)}{new string('░', BarWidth - full)}  ";
    }

    /// <summary>Takes the drawn line away.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_drawn)
                return;
            error.Write("\r\e[K");
            error.Flush();
            _drawn = false;
        }
    }
}
