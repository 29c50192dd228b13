using Weft.Training.Objectives;

namespace Weft.Training.Batches;

/// <summary>Examples to judge a model by: always the same, and what is left to chance always the same way.</summary>
/// <param name="examples">Of held-out data.</param>
/// <param name="layout">How they become rows.</param>
public sealed class ExampleSet(Examples examples, RowLayout layout) : IEvaluationSet
{
    /// <summary>Any fixed number: it decides what is masked.</summary>
    private const ulong Seed = 0;

    /// <summary>Examples that are packed among themselves.</summary>
    private const int GroupSize = 1024;

    /// <inheritdoc/>
    /// <remarks>Not known: first tokens of documents are not predicted, nor what is not masked.</remarks>
    public long Bytes => 0;

    /// <inheritdoc/>
    public IEnumerable<TrainingBatch> Batches(long rows, int rowsPerBatch)
    {
        double perRow = layout.Arrangement == Arrangement.Packed ? examples.Size.Length / examples.MeanLength : 1;
        // Some more than rows have room for, since packing does better than the mean.
        long wanted = (long)Math.Min(examples.Count, Math.Ceiling(Math.Min(rows, examples.Count) * perRow * 1.1));
        wanted = layout.Arrangement == Arrangement.Packed ? wanted : Math.Min(rows, examples.Count);
        for (long first = 0; first < wanted && rows > 0; first += GroupSize)
        {
            // Neighbours are alike; a few stand for all only when they come from all over the data.
            Example[] group = [.. Enumerable.Range(0, (int)Math.Min(GroupSize, wanted - first)).Select(i => Make((long)((Int128)(first + i) * examples.Count / wanted)))];
            IReadOnlyList<Example>[] packed = [.. layout.Rows(group, examples.Size).Select(row => row.Select(i => group[i]).ToArray())];
            foreach (IReadOnlyList<Example>[] batch in packed.Take((int)Math.Min(rows, packed.Length)).Chunk(rowsPerBatch))
                yield return layout.Lay(batch, examples.Size);
            rows -= packed.Length;
        }
    }

    private Example Make(long index) => examples.Make(index, new(Seed, 0, index));
}
