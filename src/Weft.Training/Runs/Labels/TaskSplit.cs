using Weft.Data;

namespace Weft.Training.Runs;

/// <summary>Holds some rows of a task out.</summary>
internal static class TaskSplit
{
    /// <summary>Rows of each split, in the order of <see cref="DataSplit"/>, and how many were left out since an equal one had come before.</summary>
    /// <param name="task">Its files and shares.</param>
    /// <param name="read">Reads files.</param>
    /// <param name="keyOf">What a row is held out by: rows of one key are in one split.</param>
    /// <param name="identityOf">What makes two rows equal.</param>
    public static (List<T>[] Splits, int Duplicates) Of<T>(TaskRecipe task, Func<IReadOnlyList<string>, List<T>> read, Func<T, string> keyOf, Func<T, object> identityOf)
    {
        List<T> rows = read(task.Files);
        bool validation = task.Validation.Count > 0, test = task.Test.Count > 0;
        List<T>[] splits = [[], validation ? read(task.Validation) : [], test ? read(task.Test) : []];
        if (validation)
        {
            splits[0] = rows;
            return (splits, 0);
        }
        // A row that is held out is judged once, and never by what it was learnt from: equal keys have one hash.
        HashSet<object> seen = [];
        int duplicates = rows.RemoveAll(row => !seen.Add(identityOf(row)));
        foreach (T row in rows)
            splits[(int)HashSplit.Of(keyOf(row), task.ValidationShare, test ? 0 : task.TestShare)].Add(row);
        return (splits, duplicates);
    }
}
