using System.Globalization;
using Weft.Text;

namespace Weft.Cli.Tokenizers;

/// <summary>Shows a training on standard error.</summary>
/// <param name="error">Standard error.</param>
/// <param name="watched">It is a terminal that can move its cursor.</param>
/// <param name="time">Tells when the next line is due.</param>
internal sealed class TrainerProgress(TextWriter error, bool watched, TimeProvider time) : IProgress<TokenizerTrainingProgress>, IDisposable
{
    private readonly ProgressLine _line = new(error, watched, time);

    /// <inheritdoc/>
    public void Report(TokenizerTrainingProgress value) => _line.Show(value.Stage, withBar => Describe(value, withBar));

    /// <summary>Takes the drawn line away.</summary>
    public void Dispose() => _line.Dispose();

    private static string Describe(TokenizerTrainingProgress value, bool withBar)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        if (value.Total <= 0)
            return string.Create(culture, $"{value.Stage}  {value.Done:N0} characters");
        double share = Math.Clamp((double)value.Done / value.Total, 0, 1);
        return string.Create(culture, $"{value.Stage}  {(withBar ? ProgressLine.Bar(share) : "")}{value.Done:N0}/{value.Total:N0} ({(int)(share * 100)} %)");
    }
}
