using Weft.Data;
using Weft.Training.Batches;
using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <summary>Documents of a shard with what is to be said of them. The first token of each, or of each word, has the target; the model's head knows which state it reads.</summary>
internal sealed class LabelledExamples : Examples
{
    private readonly ITokenSequence _shard;
    private readonly IReadOnlyList<RowLabels> _rows;
    private readonly TaskRecipe _task;

    /// <param name="shard">Texts as the model reads them; it stays the caller's.</param>
    /// <param name="task">The labels.</param>
    /// <param name="context">No document is longer.</param>
    /// <exception cref="InvalidDataException">The labels beside the shard are damaged.</exception>
    public LabelledExamples(ITokenSequence shard, TaskRecipe task, int context)
    {
        (_shard, _rows, _task) = (shard, LabelFile.Read(shard), task);
        Size = new(context, 0);
        MeanLength = (double)shard.TokenCount / Math.Max(1, _rows.Count);
    }

    /// <inheritdoc/>
    public override long Count => _rows.Count;

    /// <inheritdoc/>
    public override RowSize Size { get; }

    /// <inheritdoc/>
    public override double MeanLength { get; }

    /// <inheritdoc/>
    public override Example Make(long index, KeyedRandom random)
    {
        RowLabels row = _rows[(int)index];
        long start = _shard.DocumentStart(index);
        long[] ids = new long[_shard.DocumentStart(index + 1) - start], targets = new long[ids.Length];
        _shard.Copy(start, ids);
        Array.Fill(targets, TrainingBatch.Ignored);
        if (row.Places is { } places)
            for (int word = 0; word < places.Count; word++)
                targets[places[word]] = row.Labels[word];
        else
            targets[0] = _task.Says == LabelKind.One ? row.Labels[0] : 0;
        return new(ids, targets)
        {
            TokenTypes = row.Second is { } second ? [.. ids.Select((_, place) => place < second ? 0L : 1L)] : null,
            Values = _task.Says switch
            {
                LabelKind.Several => [.. Enumerable.Range(0, _task.Labels.Count).Select(label => row.Labels.Contains(label) ? 1f : 0f)],
                LabelKind.Number => [(float)row.Value!.Value],
                LabelKind.Span => row.Span!.Value.ToValues(),
                _ => null,
            },
        };
    }
}
