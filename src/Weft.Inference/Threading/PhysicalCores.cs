using System.Globalization;
using System.Runtime.InteropServices;

namespace Weft.Inference.Threading;

/// <summary>
/// The physical cores that this process may run on. Two threads of one core share its arithmetic units, and products keep those busy alone: a second thread there
/// gains nothing and waits for the first.
/// </summary>
internal static partial class PhysicalCores
{
    /// <summary>Bits that a mask of processors begins with; the system refuses one that is smaller than its own.</summary>
    private const int FewestBits = 1024, MostBits = 1 << 16;

    private static readonly Lazy<int[]> All = new(Find);

    /// <summary>One logical processor of each core, on Linux; empty elsewhere, where they are not looked for.</summary>
    public static ReadOnlySpan<int> Processors => All.Value;

    /// <summary>How many there are, no more than .NET counts, which heeds a container's share of time; elsewhere than on Linux what .NET counts.</summary>
    public static int Count => All.Value.Length == 0 ? Environment.ProcessorCount : Math.Min(All.Value.Length, Environment.ProcessorCount);

    /// <summary>The first logical processor of each core.</summary>
    /// <param name="folder">With a folder <c>cpuN/topology</c> for each processor; one without is a core of its own.</param>
    /// <param name="allowed">Logical processors that may be used, ascending.</param>
    public static int[] FirstOfEach(string folder, IReadOnlyList<int> allowed)
    {
        HashSet<int> taken = [];
        List<int> first = [];
        foreach (int processor in allowed)
        {
            if (!taken.Add(processor))
                continue;
            first.Add(processor);
            string file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"cpu{processor}"), "topology", "thread_siblings_list");
            if (File.Exists(file))
                taken.UnionWith(ParseList(File.ReadAllText(file)));
        }
        return [.. first];
    }

    /// <summary>Reads a list of processors as Linux writes it, such as <c>0-3,8,10-11</c>; empty where it is something else.</summary>
    public static IReadOnlyList<int> ParseList(string text)
    {
        List<int> processors = [];
        foreach (string part in text.Trim().Split(','))
        {
            string[] ends = part.Split('-');
            if (ends.Length > 2 || !int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
                || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last) || first > last || last >= MostBits)
                return [];
            for (int processor = first; processor <= last; processor++)
                processors.Add(processor);
        }
        return processors;
    }

    /// <summary>The logical processors that a thread may run on, ascending; empty where the system does not say.</summary>
    /// <param name="thread">The system's number of it; 0 for the one that calls.</param>
    public static int[] Allowed(int thread)
    {
        if (!OperatingSystem.IsLinux())
            return [];
        for (int bits = FewestBits; bits <= MostBits; bits *= 2)
        {
            ulong[] mask = new ulong[bits / 64];
            if (GetAffinity(thread, mask.Length * sizeof(ulong), mask) == 0)
                return [.. Enumerable.Range(0, bits).Where(processor => (mask[processor / 64] >> (processor % 64) & 1) != 0)];
        }
        return [];
    }

    /// <summary>Keeps the calling thread on one logical processor.</summary>
    /// <returns>False where the system refuses.</returns>
    public static bool Pin(int processor)
    {
        ulong[] mask = new ulong[Math.Max(FewestBits, processor + 64) / 64];
        mask[processor / 64] = 1UL << (processor % 64);
        return SetAffinity(0, mask.Length * sizeof(ulong), mask) == 0;
    }

    // The first thread of the process stands for all: nothing pins it.
    private static int[] Find() => FirstOfEach("/sys/devices/system/cpu", Allowed(Environment.ProcessId));

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nint bytes, [Out] ulong[] mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint bytes, [In] ulong[] mask);
}
