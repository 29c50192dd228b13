using System.Diagnostics;

namespace Weft.Cli.Benchmarking;

/// <summary>Times work that several threads begin together.</summary>
internal static class ThreadRace
{
    /// <summary>Seconds from the first start to the last end, the least of several runs: nothing makes a machine faster than it is.</summary>
    /// <param name="threads">How many.</param>
    /// <param name="runs">How often.</param>
    /// <param name="work">Receives the thread's index.</param>
    /// <param name="cancellation">Ends it between two runs.</param>
    public static double Shortest(int threads, int runs, Action<int> work, CancellationToken cancellation)
    {
        double shortest = double.PositiveInfinity;
        for (int run = 0; run < runs; run++)
        {
            cancellation.ThrowIfCancellationRequested();
            shortest = Math.Min(shortest, Once(threads, work));
        }
        return shortest;
    }

    private static double Once(int threads, Action<int> work)
    {
        long[] starts = new long[threads], ends = new long[threads];
        using var barrier = new Barrier(threads);
        void Compete(int index)
        {
            barrier.SignalAndWait();
            starts[index] = Stopwatch.GetTimestamp();
            work(index);
            ends[index] = Stopwatch.GetTimestamp();
        }
        Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(index => new Thread(() => Compete(index)) { IsBackground = true })];
        foreach (Thread other in others)
            other.Start();
        Compete(0);
        foreach (Thread other in others)
            other.Join();
        return Math.Max(Stopwatch.GetElapsedTime(starts.Min(), ends.Max()).TotalSeconds, 1e-9);
    }
}
