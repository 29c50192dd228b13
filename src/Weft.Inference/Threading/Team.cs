using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Weft.Inference.Threading;

/// <summary>
/// A few threads that run one operator after another. The calling thread is one of them: a team of N starts N - 1 workers. Each has a range of neighbouring
/// items, which it claims one by one, and then helps with those of the others, so a worker that the system has put aside delays nobody: what it has not begun,
/// the others do.
/// Waiting workers spin for a moment, since the next operator follows within microseconds, then park. One caller at a time.
/// </summary>
internal sealed unsafe class Team : IDisposable
{
    /// <summary>
    /// Long enough to stay awake over sampling and printing a token; waking a parked thread takes some 50 microseconds.
    /// </summary>
    private static readonly long SpinTicks = Stopwatch.Frequency / 1000;

    /// <summary>Reads of the state before the caller lets other threads of the machine run: some ten microseconds.</summary>
    private const int MostSpins = 1000;

    private const long Open = 1L << 31;
    private const long EnteredMask = Open - 1;

    private readonly long _spinTicks;
    private readonly Lock _disposal = new();
    private readonly object _parking = new();
    private readonly Thread[] _workers;
    private int _parked;
    private bool _stopping;

    // Workers that have yet to go where they are to stay, and the processor of one that could not.
    private int _unplaced;
    private int? _refused;

    private void* _work;
    private delegate*<void*, int, void> _run;
    private int _items;
    private Exception? _failure;

    // High half: number of the operator. Bit 31: workers may still enter it. Below: workers that have entered and not yet left.
    private Padded _state;

    // For each thread, the next item of its range. Pinned, for the array's own lines not to be shared with others.
    private readonly Padded[] _nextItems;

    /// <param name="threads">The caller and its workers.</param>
    /// <param name="processors">Where each thread stays, the caller excepted, whose thread is not the team's; empty for wherever the system puts them.</param>
    /// <param name="spinTicks">How long a worker spins before it parks; 0 for as long as suits a model that generates.</param>
    /// <exception cref="InvalidOperationException">The system does not let a worker stay there.</exception>
    public Team(int threads, ReadOnlySpan<int> processors = default, long spinTicks = 0)
    {
        _spinTicks = spinTicks == 0 ? SpinTicks : spinTicks;
        _workers = new Thread[threads - 1];
        _nextItems = new Padded[threads];
        _unplaced = processors.IsEmpty ? 0 : _workers.Length;
        for (int i = 0; i < _workers.Length; i++)
        {
            int self = i + 1;
            int? processor = processors.IsEmpty ? null : processors[self];
            _workers[i] = new Thread(() => Serve(self, processor)) { IsBackground = true, Name = $"weft-{i + 1}" };
            _workers[i].Start();
        }
        SpinWait.SpinUntil(() => Volatile.Read(ref _unplaced) == 0);
        if (_refused is { } missing)
        {
            Dispose();
            throw new InvalidOperationException($"the system does not let a thread stay on processor {missing}; leave PinThreads off");
        }
    }

    /// <summary>Packed input of the operator that runs; shared since only one does.</summary>
    public Kernels.Panels.RowBuffers Rows { get; } = new();

    /// <summary>Sees the inputs of all matrices; null, as nearly always, for none.</summary>
    public Weights.InputSquares? Observer { get; init; }

    /// <summary>Threads that compute, the caller included.</summary>
    public int Threads => _workers.Length + 1;

    /// <summary>
    /// Runs items 0 to <paramref name="items"/> - 1 and returns when all are done. Allocates nothing. What an item throws, on any thread, is thrown here.
    /// </summary>
    public void Run<TWork>(ref TWork work, int items)
        where TWork : unmanaged, IWork
    {
        if (_workers.Length == 0 || items <= 1)
        {
            for (int i = 0; i < items; i++)
                work.Run(i);
            return;
        }
        fixed (TWork* pinned = &work)
        {
            _work = pinned;
            _run = &Invoke<TWork>;
            _items = items;
            _failure = null;
            for (int thread = 0; thread < _nextItems.Length; thread++)
                _nextItems[thread].Value = RangeStart(thread);
            long state = ((_state.Value >> 32) + 1) << 32;
            // A full fence: either this thread sees that a worker has parked, or that worker sees the new operator.
            Interlocked.Exchange(ref _state.Value, state | Open);
            if (Volatile.Read(ref _parked) > 0)
                lock (_parking)
                    Monitor.PulseAll(_parking);
            try
            {
                ClaimItems(0);
            }
            finally
            {
                // Even on failure nobody may be left at work on memory that is the caller's.
                Close(state);
            }
            if (_failure is not null)
                ExceptionDispatchInfo.Throw(_failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_disposal)
        {
            Volatile.Write(ref _stopping, true);
            lock (_parking)
                Monitor.PulseAll(_parking);
            foreach (Thread worker in _workers)
                worker.Join();
        }
    }

    private static void Invoke<TWork>(void* work, int item)
        where TWork : unmanaged, IWork => ((TWork*)work)->Run(item);

    private long RangeStart(int thread) => (long)_items * thread / _nextItems.Length;

    private void ClaimItems(int self)
    {
        for (int i = 0; i < _nextItems.Length; i++)
        {
            int thread = (self + i) % _nextItems.Length;
            long end = RangeStart(thread + 1);
            // Looked at before it is claimed: an exhausted range of another thread is left alone.
            ref long next = ref _nextItems[thread].Value;
            for (long item; Volatile.Read(ref next) < end && (item = Interlocked.Increment(ref next) - 1) < end;)
                _run(_work, (int)item);
        }
    }

    /// <summary>Waits until all workers that have entered an operator have left it, and lets no more in.</summary>
    private void Close(long state)
    {
        for (int spins = 0; Volatile.Read(ref _state.Value) != (state | Open) || Interlocked.CompareExchange(ref _state.Value, state, state | Open) != (state | Open); spins++)
        {
            if (spins < MostSpins)
                Thread.SpinWait(1);
            else
                Thread.Yield();
        }
    }

    private void Serve(int self, int? processor)
    {
        if (processor is { } place)
        {
            if (!PhysicalCores.Pin(place))
                _refused = place;
            Interlocked.Decrement(ref _unplaced);
        }
        long seen = 0;
        while (AwaitOperator(seen))
        {
            long state = Volatile.Read(ref _state.Value);
            if ((state & Open) == 0)
            {
                seen = state >> 32;
            }
            else if (Interlocked.CompareExchange(ref _state.Value, state + 1, state) == state)
            {
                try
                {
                    ClaimItems(self);
                }
                catch (Exception e)
                {
                    // Thrown again by the caller: on this thread it would end the process.
                    _failure = e;
                }
                Interlocked.Decrement(ref _state.Value);
                seen = state >> 32;
            }
        }
    }

    /// <summary>Returns true when there is an operator that this worker has not seen, false when the team is disposed.</summary>
    private bool AwaitOperator(long seen)
    {
        long deadline = Stopwatch.GetTimestamp() + _spinTicks;
        do
        {
            for (int i = 0; i < 64; i++)
            {
                if (Volatile.Read(ref _state.Value) >> 32 != seen)
                    return true;
                Thread.SpinWait(1);
            }
            if (Volatile.Read(ref _stopping))
                return false;
        }
        while (Stopwatch.GetTimestamp() < deadline);
        lock (_parking)
        {
            Interlocked.Increment(ref _parked);
            while (Volatile.Read(ref _state.Value) >> 32 == seen && !_stopping)
                Monitor.Wait(_parking);
            Interlocked.Decrement(ref _parked);
            return !_stopping;
        }
    }

    /// <summary>A counter with cache lines of its own, so that claiming items does not disturb those who watch for operators.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Padded
    {
        [FieldOffset(128)]
        public long Value;
    }
}
