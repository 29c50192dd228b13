using System.Text.Json;

using Weft.Data;

namespace Weft.Training.Batches;

/// <summary>Causal language modelling: each position of a window predicts its successor. Documents follow each other as one text.</summary>
/// <param name="sampler">Draws the windows; it stays the caller's.</param>
/// <param name="rows">Windows of a batch.</param>
/// <param name="length">Tokens of a window.</param>
public sealed class CausalWindows(IWindowSampler sampler, int rows, int length) : IBatchSource
{
    /// <inheritdoc/>
    public string Cursor
    {
        get => JsonSerializer.Serialize(sampler.Cursor);
        set
        {
            try
            {
                sampler.Cursor = JsonSerializer.Deserialize<WindowCursor>(value) ?? throw Damaged(value, null);
            }
            catch (JsonException e)
            {
                throw Damaged(value, e);
            }
        }
    }

    /// <inheritdoc/>
    public TrainingBatch Draw()
    {
        long[] windows = new long[rows * (length + 1)];
        sampler.Next(windows, rows, length);
        return Split(windows, rows, length);
    }

    /// <summary>Windows of <paramref name="length"/> + 1 ids to inputs and what follows each.</summary>
    internal static TrainingBatch Split(long[] windows, int rows, int length)
    {
        var batch = new TrainingBatch { Rows = rows, Length = length, Ids = new long[rows * length], Targets = new long[rows * length] };
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<long> window = windows.AsSpan(row * (length + 1), length + 1);
            window[..length].CopyTo(batch.Ids.AsSpan(row * length));
            window[1..].CopyTo(batch.Targets.AsSpan(row * length));
        }
        return batch;
    }

    private static ArgumentException Damaged(string cursor, Exception? inner) => new($"'{cursor}' is no place in a text; start the run anew", inner);
}

/// <summary>A whole split, each token but the first predicted exactly once.</summary>
/// <param name="shard">The split; it stays the caller's.</param>
/// <param name="length">Tokens of a window.</param>
public sealed class ShardWindows(ITokenSequence shard, int length) : IEvaluationSet
{
    private readonly SequentialWindows _cut = new(shard, length);

    /// <inheritdoc/>
    public long Bytes => shard.ByteCount;

    /// <inheritdoc/>
    public IEnumerable<TrainingBatch> Batches(long rows, int rowsPerBatch)
    {
        rows = Math.Min(rows, _cut.Count);
        for (long first = 0; first < rows;)
        {
            // Full windows go together; the short last one alone.
            int count = (int)Math.Min(rowsPerBatch, rows - first);
            if (count > 1 && _cut.TargetsOf(Spread(first + count - 1)) < _cut.Length)
                count--;
            int targets = _cut.TargetsOf(Spread(first));
            long[] ids = new long[count * (targets + 1)];
            for (int i = 0; i < count; i++)
                _cut.Copy(Spread(first + i), ids.AsSpan(i * (targets + 1), targets + 1));
            yield return CausalWindows.Split(ids, count, targets);
            first += count;
        }

        // Neighbours are alike; a few windows stand for the split only when they come from all over it.
        long Spread(long i) => i * _cut.Count / rows;
    }
}
