using System.Globalization;
using System.Text;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>Python's <c>strftime</c> of a time without a zone, in the C locale.</summary>
internal static class StrfTime
{
    /// <summary>Writes a time in a format of percent signs and letters; a minus between them leaves padding out.</summary>
    public static string Format(Budget budget, DateTimeOffset time, string format)
    {
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            int at = i + 1;
            char flag = at + 1 < format.Length && format[at] is ('-' or '_' or '0' or '^') ? format[at] : ' ';
            if (flag != ' ')
                at++;
            if (format[i] != '%' || at >= format.Length)
            {
                text.Append(format[i]);
                continue;
            }
            text.Append(Flagged(Field(time, format[at]), flag));
            i = at;
        }
        budget.SpendText(text.Length);
        return text.ToString();
    }

    private static string Flagged(string field, char flag) => flag switch
    {
        '-' => field.TrimStart('0', ' ') is { Length: > 0 } trimmed ? trimmed : field[^1..],
        '_' when field.StartsWith('0') => field.Length > 1 ? field.TrimStart('0').PadLeft(field.Length) : field,
        '0' => field.Replace(' ', '0'),
        '^' => field.ToUpperInvariant(),
        _ => field,
    };

    private static string Field(DateTimeOffset time, char letter)
    {
        string With(string format) => time.ToString(format, CultureInfo.InvariantCulture);
        string Two(int number) => number.ToString("00", CultureInfo.InvariantCulture);
        int dayOfWeek = (int)time.DayOfWeek, monday = (dayOfWeek + 6) % 7, dayOfYear = time.DayOfYear;
        int isoYear = ISOWeek.GetYear(time.DateTime);
        return letter switch
        {
            'Y' => With("yyyy").TrimStart('0'),
            'y' => Two(time.Year % 100),
            'C' => Two(time.Year / 100),
            'm' => Two(time.Month),
            'd' => Two(time.Day),
            'e' => With("%d").PadLeft(2),
            'B' => With("MMMM"),
            'b' or 'h' => With("MMM"),
            'A' => With("dddd"),
            'a' => With("ddd"),
            'j' => dayOfYear.ToString("000", CultureInfo.InvariantCulture),
            'w' => dayOfWeek.ToString(CultureInfo.InvariantCulture),
            'u' => (monday + 1).ToString(CultureInfo.InvariantCulture),
            'U' => Two((dayOfYear + 6 - dayOfWeek) / 7),
            'W' => Two((dayOfYear + 6 - monday) / 7),
            'V' => Two(ISOWeek.GetWeekOfYear(time.DateTime)),
            'G' => isoYear.ToString("0000", CultureInfo.InvariantCulture),
            'g' => Two(isoYear % 100),
            'D' or 'x' => With("MM'/'dd'/'yy"),
            'F' => With("yyyy'-'MM'-'dd"),
            'c' => $"{With("ddd MMM")} {With("%d"),2} {With("HH':'mm':'ss yyyy")}",
            _ => TimeField(time, letter),
        };
    }

    private static string TimeField(DateTimeOffset time, char letter)
    {
        string With(string format) => time.ToString(format, CultureInfo.InvariantCulture);
        return letter switch
        {
            'H' => With("HH"),
            'I' => With("hh"),
            'k' => With("%H").PadLeft(2),
            'l' => With("%h").PadLeft(2),
            'M' => With("mm"),
            'S' => With("ss"),
            'f' => With("ffffff"),
            'p' => With("tt"),
            'P' => With("tt").ToLowerInvariant(),
            'T' or 'X' => With("HH':'mm':'ss"),
            'R' => With("HH':'mm"),
            'r' => With("hh':'mm':'ss tt"),
            's' => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            // A naive time has no zone.
            'z' or 'Z' => "",
            'n' => "\n",
            't' => "\t",
            '%' => "%",
            _ => $"%{letter}",
        };
    }
}
