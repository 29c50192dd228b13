using Weft.Training.Batches;

namespace Weft.Cli.Train.Benchmarking;

/// <summary>Rows padded to a whole window, as one would write it first.</summary>
/// <param name="batches">Rows of one document each.</param>
/// <param name="length">Tokens of a window.</param>
internal sealed class WholeWindows(IBatchSource batches, int length) : IBatchSource
{
    public string Cursor
    {
        get => batches.Cursor;
        set => batches.Cursor = value;
    }

    public TrainingBatch Draw()
    {
        TrainingBatch batch = batches.Draw();
        int from = batch.Length;
        return batch with
        {
            Length = length,
            Ids = Pad(batch.Ids, batch.Rows, from, 0L),
            Targets = Pad(batch.Targets, batch.Rows, from, TrainingBatch.Ignored),
            Documents = Pad(batch.Documents ?? new long[batch.Rows * from], batch.Rows, from, TrainingBatch.Padding),
            Positions = batch.Positions is null ? null : Pad(batch.Positions, batch.Rows, from, 0L),
        };
    }

    private long[] Pad(long[] values, int rows, int from, long value)
    {
        long[] padded = new long[rows * length];
        Array.Fill(padded, value);
        for (int row = 0; row < rows; row++)
            values.AsSpan(row * from, from).CopyTo(padded.AsSpan(row * length));
        return padded;
    }
}
