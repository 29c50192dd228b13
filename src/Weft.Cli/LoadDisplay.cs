using System.Globalization;
using Weft.Cli.Downloads;
using Weft.Inference;

namespace Weft.Cli;

/// <summary>Shows the loading of a model on standard error, where somebody watches and it lasts; nothing stays of it.</summary>
/// <param name="error">Standard error.</param>
/// <param name="watched">It is a terminal that can move its cursor.</param>
/// <param name="time">Tells when it lasts.</param>
internal sealed class LoadDisplay(TextWriter error, bool watched, TimeProvider time) : IProgress<LoadProgress>, IDisposable
{
    /// <summary>What is loaded by then needs no line.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly ProgressLine _line = new(error, watched, time);
    private readonly long _began = time.GetTimestamp();

    /// <inheritdoc/>
    public void Report(LoadProgress value)
    {
        if (!watched || time.GetElapsedTime(_began) < Patience)
            return;
        double share = value.Total > 0 ? (double)value.Bytes / value.Total : 1;
        _line.Show("load", _ => string.Create(CultureInfo.InvariantCulture,
            $"loading  {ProgressLine.Bar(share)}{DownloadDisplay.Size(value.Bytes)} of {DownloadDisplay.Size(value.Total)} ({(int)(share * 100)} %)"));
    }

    /// <summary>Takes the drawn line away.</summary>
    public void Dispose() => _line.Dispose();
}
