using System.Diagnostics;

namespace Weft.Text.Benchmarks;

/// <summary>What a run took.</summary>
/// <param name="Seconds">Wall clock.</param>
/// <param name="ProcessorSeconds">Of all processors together, which other processes do not lengthen.</param>
/// <param name="Bytes">Allocated by its thread.</param>
internal readonly record struct Measure(double Seconds, double ProcessorSeconds, long Bytes)
{
    public static Measure Of(Action action, bool collect = true)
    {
        // Nobody shall pay for what another left; but memory given back to the system is slow to come again, and more so on two threads.
        if (collect)
            GC.Collect();
        long before = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan used = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        action();
        return new Measure(Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - used).TotalSeconds, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>Runs the actions in turns, so that what disturbs the machine disturbs them alike, and gives the median of each.</summary>
    public static Measure[] Interleaved(int rounds, bool collect, params Action[] actions)
    {
        foreach (Action action in actions)
            action();
        var all = new Measure[rounds, actions.Length];
        for (int round = 0; round < rounds; round++)
            for (int i = 0; i < actions.Length; i++)
                all[round, i] = Of(actions[i], collect);
        double Median(int action, Func<Measure, double> of) => Enumerable.Range(0, rounds).Select(round => of(all[round, action])).Order().ElementAt(rounds / 2);
        return [.. Enumerable.Range(0, actions.Length).Select(i =>
            new Measure(Median(i, measure => measure.Seconds), Median(i, measure => measure.ProcessorSeconds), (long)Median(i, measure => measure.Bytes)))];
    }
}
