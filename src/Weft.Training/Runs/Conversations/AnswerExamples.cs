using Weft.Data;
using Weft.Training.Batches;
using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <summary>Conversations of a shard: all of one is read, and the tokens of its answers are predicted, each from those before it.</summary>
internal sealed class AnswerExamples : Examples
{
    private readonly ITokenSequence _shard;
    private readonly IReadOnlyList<RowAnswers> _rows;

    /// <param name="shard">Conversations as the chat template writes them; it stays the caller's.</param>
    /// <param name="context">No conversation has more tokens to read.</param>
    /// <exception cref="InvalidDataException">The answers beside the shard are damaged.</exception>
    public AnswerExamples(ITokenSequence shard, int context)
    {
        (_shard, _rows) = (shard, AnswerFile.Read(shard));
        Size = new(context, 0);
        // The last token of each is predicted and not read.
        MeanLength = Math.Max(1, ((double)shard.TokenCount / Math.Max(1, _rows.Count)) - 1);
    }

    /// <inheritdoc/>
    public override long Count => _rows.Count;

    /// <inheritdoc/>
    public override RowSize Size { get; }

    /// <inheritdoc/>
    public override double MeanLength { get; }

    /// <summary>A conversation's ids, and where its answers are.</summary>
    public (long[] Ids, IReadOnlyList<Range> Answers) Read(long index)
    {
        long start = _shard.DocumentStart(index);
        long[] ids = new long[_shard.DocumentStart(index + 1) - start];
        _shard.Copy(start, ids);
        return (ids, [.. _rows[(int)index].Ranges()]);
    }

    /// <inheritdoc/>
    public override Example Make(long index, KeyedRandom random)
    {
        (long[] ids, IReadOnlyList<Range> answers) = Read(index);
        long[] targets = new long[ids.Length - 1];
        Array.Fill(targets, TrainingBatch.Ignored);
        foreach (Range answer in answers)
            for (int place = Math.Max(1, answer.Start.Value); place < answer.End.Value; place++)
                targets[place - 1] = ids[place];
        return new(ids[..^1], targets);
    }
}
