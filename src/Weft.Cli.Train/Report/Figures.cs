using System.Globalization;

namespace Weft.Cli.Train.Report;

/// <summary>Numbers as they are read: the same in every culture, a dash for what was not measured.</summary>
internal static class Figures
{
    public const string Missing = "–";

    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Fixed(double value, int decimals) =>
        double.IsFinite(value) ? value.ToString(FormattableString.Invariant($"N{decimals}"), CultureInfo.InvariantCulture) : Missing;

    /// <summary>Three significant digits with a power of ten where a plain number would be long: 0.0012, 3e-5, 18,200.</summary>
    public static string Short(double value)
    {
        if (!double.IsFinite(value))
            return Missing;
        double size = Math.Abs(value);
        return size switch
        {
            0 => "0",
            < 1e-4 => Scientific(value),
            < 1000 => value.ToString("G3", CultureInfo.InvariantCulture),
            < 1e6 => value.ToString("N0", CultureInfo.InvariantCulture),
            _ => Compact(value),
        };
    }

    /// <summary>With k, M, G: 3.41 M.</summary>
    public static string Compact(double value) => Math.Abs(value) switch
    {
        _ when !double.IsFinite(value) => Missing,
        >= 1e9 => (value / 1e9).ToString("0.##", CultureInfo.InvariantCulture) + " G",
        >= 1e6 => (value / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + " M",
        >= 1e4 => (value / 1e3).ToString("0.#", CultureInfo.InvariantCulture) + " k",
        _ => value.ToString("#,0.###", CultureInfo.InvariantCulture),
    };

    public static string Bytes(long value) => value switch
    {
        >= 1_000_000_000 => (value / 1e9).ToString("0.00", CultureInfo.InvariantCulture) + " GB",
        >= 1_000_000 => (value / 1e6).ToString("0.00", CultureInfo.InvariantCulture) + " MB",
        >= 1_000 => (value / 1e3).ToString("0.0", CultureInfo.InvariantCulture) + " kB",
        _ => value.ToString(CultureInfo.InvariantCulture) + " B",
    };

    public static string Percent(double share) => share switch
    {
        _ when !double.IsFinite(share) => Missing,
        > 0 and < 0.001 => "< 0.1 %",
        _ => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %",
    };

    public static string Duration(TimeSpan time) => time.TotalSeconds switch
    {
        < 10 => time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s",
        < 60 => time.TotalSeconds.ToString("0", CultureInfo.InvariantCulture) + " s",
        < 3600 => $"{(int)time.TotalMinutes} min {time.Seconds:00} s",
        _ => $"{(int)time.TotalHours} h {time.Minutes:00} min",
    };

    private static string Scientific(double value) => value.ToString("0.##e-0", CultureInfo.InvariantCulture);
}
