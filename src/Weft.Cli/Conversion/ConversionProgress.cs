using System.Globalization;
using Weft.Model.Spec;

namespace Weft.Cli.Conversion;

/// <summary>Shows a conversion on standard error: one line that is drawn again where somebody watches, else a line now and then.</summary>
/// <param name="error">Standard error.</param>
/// <param name="watched">It is a terminal that can move its cursor.</param>
/// <param name="spec">What is converted.</param>
internal sealed class ConversionProgress(TextWriter error, bool watched, ModelSpec spec) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5), FrameInterval = TimeSpan.FromMilliseconds(100);

    private readonly long _total = ModelParameters.Enumerate(spec).Sum(parameter => parameter.Count);
    private long _done, _last = TimeProvider.System.GetTimestamp();
    private bool _drawn;

    /// <summary>A parameter is about to be read.</summary>
    public void Report(ParameterSpec parameter)
    {
        long done = _done;
        _done += parameter.Count;
        if (TimeProvider.System.GetElapsedTime(_last) < (watched ? FrameInterval : Interval))
            return;
        _last = TimeProvider.System.GetTimestamp();
        string text = string.Create(CultureInfo.InvariantCulture, $"{100 * done / _total,3} %  {parameter.Name}");
        error.Write(watched ? $"\r{text}\e[K" : text + Environment.NewLine);
        error.Flush();
        _drawn = watched;
    }

    /// <summary>Takes the drawn line away.</summary>
    public void Dispose()
    {
        if (_drawn)
            error.Write("\r\e[K");
        error.Flush();
        _drawn = false;
    }
}
