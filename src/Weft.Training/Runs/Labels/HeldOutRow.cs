using Weft.Data;
using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <summary>A held-out row as a classifier reads it.</summary>
/// <param name="Ids">[T].</param>
/// <param name="TokenTypes">Segments, [T]; empty where all are 0.</param>
/// <param name="Label">What the data say of it, as text.</param>
public sealed record HeldOutRow(int[] Ids, int[] TokenTypes, string Label)
{
    /// <summary>Some rows, from all over the test data, or the validation data where there is no test data.</summary>
    /// <param name="recipe">A run's recipe, with a task.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="count">At most so many.</param>
    public static IReadOnlyList<HeldOutRow> Of(Recipe recipe, RunFolder folder, int count)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        using HeldOutData data = HeldOutData.Open(recipe, folder);
        IReadOnlyList<RowLabels> labels = LabelFile.Read(data.Final);
        int rows = Math.Min(count, labels.Count);
        return [.. Enumerable.Range(0, rows).Select(i => Read(data.Final, recipe.Task!, labels, (int)((long)i * labels.Count / rows)))];
    }

    private static HeldOutRow Read(ITokenSequence shard, TaskRecipe task, IReadOnlyList<RowLabels> labels, int index)
    {
        long start = shard.DocumentStart(index);
        long[] ids = new long[shard.DocumentStart(index + 1) - start];
        shard.Copy(start, ids);
        RowLabels row = labels[index];
        return new(
            [.. ids.Select(id => (int)id)],
            row.Second is { } second ? [.. ids.Select((_, place) => place < second ? 0 : 1)] : [],
            task.Says == LabelKind.Number ? FormattableString.Invariant($"{row.Value}") : string.Join(task.Says == LabelKind.EachWord ? " " : task.Separator, row.Labels.Select(label => task.Labels[label])));
    }
}
