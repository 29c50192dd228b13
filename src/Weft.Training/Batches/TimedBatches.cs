using System.Diagnostics;

namespace Weft.Training.Batches;

/// <summary>Measures how long a run waits for its data.</summary>
/// <param name="batches">The data; it stays the caller's.</param>
public sealed class TimedBatches(IBatchSource batches) : IBatchSource
{
    private TimeSpan _waited;

    /// <inheritdoc/>
    public string Cursor
    {
        get => batches.Cursor;
        set => batches.Cursor = value;
    }

    /// <inheritdoc/>
    public TrainingBatch Draw()
    {
        long started = Stopwatch.GetTimestamp();
        TrainingBatch batch = batches.Draw();
        _waited += Stopwatch.GetElapsedTime(started);
        return batch;
    }

    /// <summary>Time spent in <see cref="Draw"/> since this was last asked; a step may have drawn more than one batch.</summary>
    public TimeSpan TakeWaited()
    {
        TimeSpan waited = _waited;
        _waited = TimeSpan.Zero;
        return waited;
    }
}
