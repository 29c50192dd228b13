using Weft.Inference.Threading;

namespace Weft.Inference.Tests.Threading;

public sealed unsafe class TeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_item_runs_exactly_once(int threads)
    {
        using var team = new Team(threads);
        Assert.Equal(threads, team.Threads);
        for (int round = 0; round < 3000; round++)
        {
            int items = round % 40;
            int[] counts = new int[items + 1];
            fixed (int* first = counts)
            {
                var work = new CountWork { Counts = first };
                team.Run(ref work, items);
            }
            Assert.Equal([.. Enumerable.Repeat(1, items), 0], counts);
        }
    }

    [Fact]
    public void Parked_workers_wake_for_the_next_operator()
    {
        using var team = new Team(3);
        int[] counts = new int[64];
        for (int round = 1; round <= 5; round++)
        {
            // Far longer than workers spin.
            Thread.Sleep(30);
            fixed (int* first = counts)
            {
                var work = new CountWork { Counts = first };
                team.Run(ref work, counts.Length);
            }
            Assert.All(counts, count => Assert.Equal(round, count));
        }
    }

    [Fact]
    public void What_an_item_throws_reaches_the_caller_and_the_team_goes_on()
    {
        using var team = new Team(3);
        for (int round = 0; round < 200; round++)
        {
            var failing = new FailingWork();
            Assert.Throws<NotSupportedException>(() => team.Run(ref failing, 20));
            int[] counts = new int[20];
            fixed (int* first = counts)
            {
                var work = new CountWork { Counts = first };
                team.Run(ref work, counts.Length);
            }
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void What_a_worker_alone_throws_reaches_the_caller()
    {
        using var team = new Team(2);
        int[] threads = new int[2];
        fixed (int* first = threads)
        {
            var work = new MeetingWork { Arrived = first, Caller = Environment.CurrentManagedThreadId };
            Assert.Throws<NotSupportedException>(() => team.Run(ref work, 2));
        }
    }

    [Fact]
    public void Several_threads_share_the_items()
    {
        using var team = new Team(2);
        int[] threads = new int[2];
        fixed (int* first = threads)
        {
            // Each item waits for the other, so one thread alone would never end.
            var work = new MeetingWork { Arrived = first };
            team.Run(ref work, 2);
        }
        Assert.Equal([1, 1], threads);
    }

    [Fact]
    public void Disposing_ends_the_workers_whether_they_spin_or_are_parked()
    {
        foreach (int idle in new[] { 0, 30 })
        {
            var team = new Team(4);
            Thread.Sleep(idle);
            team.Dispose();
            team.Dispose();
        }
    }

    private struct FailingWork : IWork
    {
        public readonly void Run(int item)
        {
            if (item % 2 == 0)
                throw new NotSupportedException($"item {item} cannot be run");
        }
    }

    private struct CountWork : IWork
    {
        public int* Counts;

        public readonly void Run(int item) => Interlocked.Increment(ref Counts[item]);
    }

    private struct MeetingWork : IWork
    {
        public int* Arrived;

        /// <summary>Where it is given, the other thread fails.</summary>
        public int? Caller;

        public readonly void Run(int item)
        {
            Volatile.Write(ref Arrived[item], 1);
            while (Volatile.Read(ref Arrived[1 - item]) == 0)
                Thread.Yield();
            if (Caller is int caller && caller != Environment.CurrentManagedThreadId)
                throw new NotSupportedException($"item {item} fails on a worker");
        }
    }
}
