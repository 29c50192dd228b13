using System.Globalization;
using Weft.Text;

namespace Weft.Cli.Tokenizers;

/// <summary>Shows a training on standard error: one line that is drawn again where somebody watches, else a line now and then.</summary>
/// <param name="error">Standard error.</param>
/// <param name="watched">It is a terminal that can move its cursor.</param>
/// <param name="time">Tells when the next line is due.</param>
internal sealed class TrainerProgress(TextWriter error, bool watched, TimeProvider time) : IProgress<TokenizerTrainingProgress>, IDisposable
{
    /// <summary>Time between two lines where nobody watches.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private const int BarWidth = 30;

    private static readonly TimeSpan FrameInterval = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private long _last = time.GetTimestamp();
    private string _stage = "";
    private bool _drawn;

    /// <inheritdoc/>
    public void Report(TokenizerTrainingProgress value)
    {
        lock (_lock)
        {
            bool changed = value.Stage != _stage;
            if (!changed && time.GetElapsedTime(_last) < (watched ? FrameInterval : Interval))
                return;
            (_stage, _last) = (value.Stage, time.GetTimestamp());
            if (watched)
                error.Write($"\r{Describe(value, withBar: true)}\e[K");
            else
                error.WriteLine(Describe(value, withBar: false));
            error.Flush();
            _drawn = watched;
        }
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

    private static string Describe(TokenizerTrainingProgress value, bool withBar)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        if (value.Total <= 0)
            return string.Create(culture, $"{value.Stage}  {value.Done:N0} characters");
        double share = Math.Clamp((double)value.Done / value.Total, 0, 1);
        int full = (int)(share * BarWidth);
        string bar = withBar ? $"{new string('█', full)}{new string('░', BarWidth - full)}  " : "";
        return string.Create(culture, $"{value.Stage}  {bar}{value.Done:N0}/{value.Total:N0} ({(int)(share * 100)} %)");
    }
}
