using Weft.Data;

namespace Weft.Training.Runs;

/// <summary>The preferences of a recipe's task, by split.</summary>
/// <param name="Splits">Rows that can be used, in the order of <see cref="DataSplit"/>; the test may be empty.</param>
/// <param name="Duplicates">Rows that were left out since an equal one had come before.</param>
/// <param name="Bad">Rows that cannot be used.</param>
internal sealed record PreferenceRows(IReadOnlyList<PreferenceRow>[] Splits, int Duplicates, IReadOnlyList<BadRow> Bad)
{
    /// <summary>Rows that are used, and those that were left out.</summary>
    public int Read => Splits.Sum(split => split.Count) + Duplicates + Bad.Count;

    /// <summary>Sizes of the splits.</summary>
    public CorpusStatistics Statistics
    {
        get
        {
            SplitStatistics[] sizes = [.. Splits.Select(split => new SplitStatistics(split.Count, split.Sum(row => (long)row.Characters), split.Sum(row => (long)row.Bytes)))];
            return new(Read, Duplicates, sizes[0], sizes[1], sizes[2]);
        }
    }

    /// <summary>Reads and splits them: rows of one prompt have the same split, so that none is judged by what it was learnt from.</summary>
    /// <param name="task">Where they are.</param>
    /// <param name="observer">Is told what was read.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InvalidDataException">A column is missing, a row is wrong, or there are too few; the message names file and line.</exception>
    /// <exception cref="FileNotFoundException">A path stands for no file.</exception>
    public static PreferenceRows Of(TaskRecipe task, IRunObserver observer, CancellationToken cancellation)
    {
        List<BadRow> bad = [];
        List<PreferenceRow> rows = Usable(task.Files);
        bool validation = task.Validation.Count > 0, test = task.Test.Count > 0;
        List<PreferenceRow>[] splits = [[], validation ? Usable(task.Validation) : [], test ? Usable(task.Test) : []];
        HashSet<string> seen = [];
        int duplicates = rows.RemoveAll(row => !seen.Add(row.Content));
        foreach (PreferenceRow row in rows)
            splits[validation ? 0 : (int)HashSplit.Of(row.Key, task.ValidationShare, test ? 0 : task.TestShare)].Add(row);
        var found = new PreferenceRows(splits, duplicates, bad);
        BadRow.Judge(bad, task.BadRows, found.Read, observer);
        string files = string.Join(", ", task.Files);
        if (splits[0].Count == 0)
            throw new InvalidDataException($"{files} hold no preference to learn from; give tables with some");
        if (splits[1].Count == 0)
            throw new InvalidDataException(FormattableString.Invariant($"none of the {splits[0].Count} preferences of {files} was held out; give more rows, a larger task.validation-share, or task.validation"));
        observer.Info(FormattableString.Invariant($"{splits[0].Count:N0} preferences to train, {splits[1].Count:N0} validation, {splits[2].Count:N0} test; {duplicates:N0} exact duplicates dropped"));
        return found;

        List<PreferenceRow> Usable(IReadOnlyList<string> paths)
        {
            List<PreferenceRow> usable = [];
            foreach (PreferenceRow row in PreferenceFiles.Read(task, paths, cancellation))
                if (row.Problem is { } problem)
                    bad.Add(new(row.Source, problem));
                else
                    usable.Add(row);
            return usable;
        }
    }
}
