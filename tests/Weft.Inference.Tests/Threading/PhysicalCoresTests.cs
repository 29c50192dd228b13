using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Weft.Inference.Threading;

namespace Weft.Inference.Tests.Threading;

public sealed unsafe class PhysicalCoresTests
{
    public static bool IsLinux => OperatingSystem.IsLinux();

    [Theory]
    [InlineData("0\n", 0)]
    [InlineData("0,64\n", 0, 64)]
    [InlineData("2-3", 2, 3)]
    [InlineData("0-2,8,10-11\n", 0, 1, 2, 8, 10, 11)]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("3-1")]
    [InlineData("1-2-3")]
    [InlineData("one")]
    [InlineData("-1")]
    [InlineData("0-99999999")]
    [InlineData("99999999999999999999")]
    public void Lists_of_processors_are_read(string text, params int[] expected) => Assert.Equal(expected, PhysicalCores.ParseList(text));

    /// <summary>Siblings side by side, as a desktop has them; half a machine apart, as servers have them; and none that the system tells of.</summary>
    [Theory]
    [InlineData("0-1 0-1 2-3 2-3", "0,1,2,3", "0,2")]
    [InlineData("0,4 1,5 2,6 3,7 0,4 1,5 2,6 3,7", "0,1,2,3,4,5,6,7", "0,1,2,3")]
    [InlineData("0,4 1,5 2,6 3,7 0,4 1,5 2,6 3,7", "1,4,5,7", "1,4,7")]
    [InlineData("0 1", "0,1", "0,1")]
    [InlineData("- - -", "0,1,2", "0,1,2")]
    [InlineData("0-1 0-1 -", "0,1,2", "0,2")]
    public void Each_core_counts_once(string siblings, string allowed, string expected)
    {
        using var folder = new TemporaryFolder();
        string[] lists = siblings.Split(' ');
        for (int i = 0; i < lists.Length; i++)
        {
            string topology = Directory.CreateDirectory(Path.Combine(folder.FullName, $"cpu{i}", "topology")).FullName;
            if (lists[i] != "-")
                File.WriteAllText(Path.Combine(topology, "thread_siblings_list"), lists[i] + "\n");
        }
        Assert.Equal(PhysicalCores.ParseList(expected), PhysicalCores.FirstOfEach(folder.FullName, PhysicalCores.ParseList(allowed)));
    }

    [Fact]
    public void There_is_one_and_no_more_than_dotnet_counts()
    {
        Assert.InRange(PhysicalCores.Count, 1, Environment.ProcessorCount);
        Assert.Equal(PhysicalCores.Count, new EngineOptions().Threads);
        if (!OperatingSystem.IsLinux())
            return;
        int[] allowed = PhysicalCores.Allowed(Environment.ProcessId);
        Assert.NotEmpty(allowed);
        Assert.Empty(PhysicalCores.Processors.ToArray().Except(allowed));
    }

    /// <summary>Read back from the system, on each worker itself.</summary>
    [Fact(SkipUnless = nameof(IsLinux), Skip = "threads are pinned on Linux only")]
    public void Workers_stay_where_they_are_put_and_the_caller_where_it_was()
    {
        int[] before = PhysicalCores.Allowed(0), all = PhysicalCores.Allowed(Environment.ProcessId), places = [all[0], .. all, all[^1]];
        using var team = new Team(places.Length, places);
        ConcurrentDictionary<int, int[]> seen = Affinities(team);
        Assert.True(seen.Remove(Environment.CurrentManagedThreadId, out int[]? ofCaller));
        Assert.Equal(before, ofCaller);
        Assert.Equal(places[1..].Order(), seen.Values.Select(allowed => Assert.Single(allowed)).Order());
        Assert.Equal(before, PhysicalCores.Allowed(0));
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "threads are pinned on Linux only")]
    public void Workers_that_are_not_pinned_go_where_the_caller_may()
    {
        using var team = new Team(3);
        Assert.All(Affinities(team).Values, allowed => Assert.Equal(PhysicalCores.Allowed(0), allowed));
    }

    [Fact(SkipUnless = nameof(IsLinux), Skip = "threads are pinned on Linux only")]
    public void A_processor_that_is_not_there_is_refused_by_its_number()
    {
        const int Absent = 8191;
        Assert.Contains($"processor {Absent}", Assert.Throws<InvalidOperationException>(() => new Team(3, [0, Absent, Absent])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_pinned_threads_than_cores_are_refused_and_so_is_another_system()
    {
        var options = new EngineOptions { PinThreads = true, Threads = 1 };
        if (!OperatingSystem.IsLinux())
        {
            Assert.Throws<PlatformNotSupportedException>(options.Validate);
            return;
        }
        options.Validate();
        int cores = PhysicalCores.Processors.Length;
        Assert.Contains($"there are {cores}", Assert.Throws<ArgumentOutOfRangeException>(() => (options with { Threads = cores + 1 }).Validate()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pinned_threads_give_the_same_bits()
    {
        if (!OperatingSystem.IsLinux())
            return;
        RandomModel random = RandomModel.Llama(new());
        using var folder = new TemporaryFolder();
        random.Save(folder.FullName);
        float[] Hidden(bool pin)
        {
            using Transformer model = Transformer.Load(Model.Checkpoints.Checkpoint.Open(folder.FullName), new() { PinThreads = pin });
            float[] hidden = new float[20 * random.Spec.HiddenSize];
            model.ComputeHidden(new(random.Ids(20)), hidden);
            return hidden;
        }

        Assert.Equal(Hidden(false), Hidden(true));
    }

    /// <summary>Where each thread of a team may run, by the number that .NET gives it; items last long enough for all of them to take one.</summary>
    private static ConcurrentDictionary<int, int[]> Affinities(Team team)
    {
        ConcurrentDictionary<int, int[]> seen = [];
        GCHandle handle = GCHandle.Alloc(seen);
        try
        {
            var work = new AffinityWork { Seen = GCHandle.ToIntPtr(handle), Threads = team.Threads };
            team.Run(ref work, team.Threads);
        }
        finally
        {
            handle.Free();
        }
        return seen;
    }

    /// <summary>Each item waits until every thread has one.</summary>
    private struct AffinityWork : IWork
    {
        public nint Seen;
        public int Threads;

        public readonly void Run(int item)
        {
            var seen = (ConcurrentDictionary<int, int[]>)GCHandle.FromIntPtr(Seen).Target!;
            seen[Environment.CurrentManagedThreadId] = PhysicalCores.Allowed(0);
            int threads = Threads;
            SpinWait.SpinUntil(() => seen.Count == threads, TimeSpan.FromSeconds(30));
        }
    }
}
