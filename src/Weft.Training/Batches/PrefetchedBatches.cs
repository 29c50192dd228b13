using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Weft.Training.Batches;

/// <summary>
/// Draws the next batches on a thread of its own while the current one is computed. The batches, their order and the cursor are those of the source
/// itself: <see cref="Cursor"/> stands after the batch that was handed out last, however far the thread is ahead. An error of the source
/// surfaces at the <see cref="Draw"/> that would have drawn the batch. Not safe for concurrent use.
/// </summary>
public sealed class PrefetchedBatches : IBatchSource, IDisposable
{
    private const int DefaultAhead = 2;

    private readonly IBatchSource _source;
    private readonly int _ahead;
    private string _cursor;
    private BlockingCollection<Drawn>? _ready;
    private CancellationTokenSource? _stop;
    private Thread? _thread;
    private Exception? _failure;
    private bool _disposed;

    /// <summary>Starts drawing at the first <see cref="Draw"/>.</summary>
    /// <param name="source">The source, which nobody else may use meanwhile; it stays the caller's.</param>
    /// <param name="ahead">Most batches that wait.</param>
    public PrefetchedBatches(IBatchSource source, int ahead = DefaultAhead)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ahead);
        _source = source;
        _ahead = ahead;
        _cursor = source.Cursor;
    }

    /// <inheritdoc/>
    public string Cursor
    {
        get => _cursor;
        set
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Stop();
            // What was drawn ahead is dropped; where the new place is refused, the old one holds.
            try
            {
                _source.Cursor = value;
                _cursor = _source.Cursor;
            }
            catch
            {
                _source.Cursor = _cursor;
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public TrainingBatch Draw()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_failure is not null)
            ExceptionDispatchInfo.Throw(_failure);
        if (_thread is null)
            Start();
        Drawn drawn = _ready!.Take();
        if (drawn.Failure is not null)
        {
            _failure = drawn.Failure;
            ExceptionDispatchInfo.Throw(drawn.Failure);
        }
        _cursor = drawn.Cursor!;
        return drawn.Batch!;
    }

    /// <summary>Ends the thread; the source stays.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Stop();
    }

    private void Start()
    {
        _ready = new(_ahead);
        _stop = new();
        (BlockingCollection<Drawn> ready, CancellationToken stop) = (_ready, _stop.Token);
        _thread = new(() => DrawAhead(ready, stop)) { IsBackground = true, Name = "Weft batches" };
        _thread.Start();
    }

    private void DrawAhead(BlockingCollection<Drawn> ready, CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                TrainingBatch batch = _source.Draw();
                ready.Add(new(batch, _source.Cursor, null), stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Nobody waits for the batch any more.
        }
        catch (Exception e)
        {
            // Its turn comes after the batches that were drawn before it.
            try
            {
                ready.Add(new(null, null, e), stop);
            }
            catch (OperationCanceledException)
            {
                // Nobody waits for the error either: it would come again with the same batch.
            }
        }
    }

    private void Stop()
    {
        _failure = null;
        if (_thread is null)
            return;
        _stop!.Cancel();
        _thread.Join();
        _thread = null;
        _stop.Dispose();
        _ready!.Dispose();
        _ready = null;
    }

    private sealed record Drawn(TrainingBatch? Batch, string? Cursor, Exception? Failure);
}
