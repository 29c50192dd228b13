using System.Globalization;
using System.Text;
using Weft.Training;

namespace Weft.Cli.Train.Display;

/// <summary>Numbers and foreign text as a terminal shows them; the same in every culture.</summary>
internal static class DisplayText
{
    public const string Missing = "–";

    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Loss(double? value) =>
        value is { } loss && double.IsFinite(loss) ? loss.ToString("F3", CultureInfo.InvariantCulture) : Missing;

    /// <summary>Of a classifier, or of one that learns preferences; null where there is none.</summary>
    public static string? Accuracy(TrainingSnapshot s) => (s.ValidationPreferences?.Accuracy ?? s.ValidationScores?.Accuracy) is { } accuracy && double.IsFinite(accuracy)
        ? accuracy.ToString("F4", CultureInfo.InvariantCulture) : null;

    /// <summary>Mean reward margin of preferences; null where there is none.</summary>
    public static string? Margin(TrainingSnapshot s) => s.ValidationPreferences?.Margin.ToString("F4", CultureInfo.InvariantCulture);

    public static string Rate(double value) => double.IsFinite(value) ? value.ToString("0.00e-0", CultureInfo.InvariantCulture) : Missing;

    public static string Norm(double value) => double.IsFinite(value) ? value.ToString("G3", CultureInfo.InvariantCulture) : Missing;

    public static string Speed(double tokensPerSecond) =>
        double.IsFinite(tokensPerSecond) ? tokensPerSecond.ToString("N0", CultureInfo.InvariantCulture) : Missing;

    /// <summary>Whole percent, rounded down so that 100 % means done.</summary>
    public static string Percent(double share) => ((int)(Math.Clamp(share, 0, 1) * 100)).ToString(CultureInfo.InvariantCulture) + " %";

    /// <summary>0:07, 2:21, 1:02:03.</summary>
    public static string Clock(TimeSpan time)
    {
        if (time < TimeSpan.Zero)
            time = TimeSpan.Zero;
        return time.TotalHours < 1
            ? time.ToString(@"m\:ss", CultureInfo.InvariantCulture)
            : ((int)time.TotalHours).ToString(CultureInfo.InvariantCulture) + time.ToString(@"\:mm\:ss", CultureInfo.InvariantCulture);
    }

    public static string Duration(TimeSpan time) =>
        time.TotalSeconds < 60 ? time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s" : Clock(time);

    /// <summary>
    /// Text that cannot steer the terminal: without escape characters and other controls, except line feed and tab. A model may
    /// write any of them.
    /// </summary>
    public static string Plain(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\u001F') && !text.AsSpan().ContainsAnyInRange('\u007F', '\u009F'))
            return text;
        var plain = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (c is '\n' or '\t' || !char.IsControl(c))
                plain.Append(c);
        }
        return plain.ToString();
    }

    /// <summary>The same on one line.</summary>
    public static string Line(string text) => Plain(text).Replace('\n', ' ').Replace('\t', ' ');
}
