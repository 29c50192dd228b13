using System.Globalization;

namespace Weft.Training.Runs;

/// <summary>A text and what is to be said of it.</summary>
/// <param name="Text">The text.</param>
/// <param name="Pair">The second text; null without one.</param>
/// <param name="Label">As the file has it.</param>
/// <param name="Source">File and line, for messages.</param>
internal sealed record LabelledRow(string Text, string? Pair, string Label, string Source)
{
    /// <summary>What tells texts apart.</summary>
    public string Key => Pair is null ? Text : $"{Text}\0{Pair}";

    /// <summary>Its labels; none where a row may have any number and has none.</summary>
    public IReadOnlyList<string> LabelsBy(string? separator) => separator is null ? [Label]
        : [.. Label.Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal)];

    /// <summary>The label as a number; null where it is none.</summary>
    public double? Number => double.TryParse(Label, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : null;
}

/// <summary>A row that cannot be used.</summary>
/// <param name="Source">File and line.</param>
/// <param name="Problem">Why.</param>
internal sealed record BadRow(string Source, string Problem)
{
    private const int Listed = 10;

    /// <summary>Refuses rows, or says which are left out.</summary>
    /// <param name="rows">What is wrong.</param>
    /// <param name="policy">What is done.</param>
    /// <param name="read">Rows that were looked at.</param>
    /// <param name="observer">Is told.</param>
    /// <exception cref="InvalidDataException">There are some, and the policy refuses them.</exception>
    public static void Judge(IReadOnlyList<BadRow> rows, BadRows policy, int read, IRunObserver observer)
    {
        if (rows.Count == 0)
            return;
        string counted = FormattableString.Invariant($"{rows.Count:N0} of {read:N0} rows cannot be used");
        IEnumerable<string> listed = rows.Take(Listed).Select(row => $"{row.Source} {row.Problem}");
        string more = rows.Count > Listed ? FormattableString.Invariant($"; and {rows.Count - Listed:N0} more") : "";
        if (policy == BadRows.Refuse)
            throw new InvalidDataException($"{counted}: {string.Join("; ", listed)}{more}. Mend them, or leave them out with task.bad-rows: skip");
        observer.Info($"{counted} and are left out; bad-rows.txt in the run's folder lists them");
        foreach (string line in listed)
            observer.Info($"  {line}");
    }
}
