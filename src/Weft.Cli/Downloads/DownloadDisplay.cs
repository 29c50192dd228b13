using System.Globalization;
using Weft.Model.Checkpoints.Hub;

namespace Weft.Cli.Downloads;

/// <summary>Shows a download on standard error.</summary>
/// <param name="error">Standard error.</param>
/// <param name="watched">It is a terminal that can move its cursor.</param>
/// <param name="time">Tells when the next line is due.</param>
internal sealed class DownloadDisplay(TextWriter error, bool watched, TimeProvider time) : IProgress<DownloadProgress>, IDisposable
{
    private const int LongestName = 40;

    private readonly ProgressLine _line = new(error, watched, time);

    /// <inheritdoc/>
    public void Report(DownloadProgress value) =>
        _line.Show(value.IsWaiting ? value.File + " waits" : value.File, withBar => Describe(value, withBar));

    /// <summary>Takes the drawn line away.</summary>
    public void Dispose() => _line.Dispose();

    /// <summary>A number of bytes for people.</summary>
    public static string Size(long bytes) => bytes < 1_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:F1} kB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:N1} MB");

    private static string Describe(DownloadProgress value, bool withBar)
    {
        // A wrapped line could not be drawn again in place.
        string name = value.File.Length > LongestName ? $"…{value.File[^LongestName..]}" : value.File;
        if (value.IsWaiting)
            return $"{name}  another process downloads it, waiting";
        double share = value.Total > 0 ? (double)value.Bytes / value.Total : 1;
        return $"{name}  {(withBar ? ProgressLine.Bar(share) : "")}{Size(value.Bytes)} of {Size(value.Total)} ({(int)(share * 100)} %)";
    }
}
