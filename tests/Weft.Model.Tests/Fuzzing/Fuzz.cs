using System.Diagnostics;
using System.Globalization;

using Weft.Model.Checkpoints;

namespace Weft.Model.Tests.Fuzzing;

/// <summary>
/// Damaged inputs, one after another: each is read or refused by name, in little time and with memory in proportion to its size. The number
/// of inputs comes from the environment variable WEFT_FUZZ_ITERATIONS; each has a seed of its own, so that a failure names all it takes
/// to repeat it and a longer run begins with the shorter one.
/// </summary>
internal sealed class Fuzz
{
    /// <summary>Bytes that reading may allocate whatever the input is: exceptions, JSON, buffers of streams.</summary>
    private const long AllowedAllocation = 1 << 20;

    /// <summary>Bytes that reading may allocate besides for each byte of the input.</summary>
    private const long AllowedPerByte = 100;

    /// <summary>Bytes besides where a config is read: a few characters may describe ten thousand blocks; they share what is alike.</summary>
    public const long AllowedForBlocks = 10_000 * 512;

    private const double AllowedSeconds = 2;

    /// <summary>The file that refusals name.</summary>
    public required string File { get; init; }

    /// <summary>Makes an input.</summary>
    public required Func<Random, byte[]> Make { get; init; }

    /// <summary>Puts an input where it is read; not measured.</summary>
    public Action<byte[]> Place { get; init; } = _ => { };

    /// <summary>Reads an input; throws <see cref="CheckpointException"/> where it is refused.</summary>
    public required Action<byte[]> Read { get; init; }

    /// <summary>Bytes that reading may allocate besides, where an input may ask for more than its size.</summary>
    public long AllowedBesides { get; init; }

    /// <summary>How many inputs are wanted.</summary>
    /// <param name="otherwise">Where the environment says nothing.</param>
    public static int Iterations(int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable("WEFT_FUZZ_ITERATIONS"), CultureInfo.InvariantCulture, out int given) ? given : otherwise;

    public void Run(int iterations)
    {
        int refused = 0;
        long most = 0;
        TimeSpan longest = TimeSpan.Zero;
        long start = Stopwatch.GetTimestamp();
        for (int seed = 0; seed < iterations; seed++)
        {
            byte[] input = Make(new Random(seed));
            Place(input);
            (CheckpointException? refusal, long allocated, TimeSpan time) = Try(input, seed);
            // A machine may stall once; a slow input is slow again.
            if (time.TotalSeconds > AllowedSeconds)
                (refusal, allocated, time) = Try(input, seed);
            Assert.True(time.TotalSeconds <= AllowedSeconds, $"seed {seed} takes {time.TotalSeconds} s");
            Assert.True(allocated <= AllowedAllocation + AllowedBesides + (AllowedPerByte * input.Length), $"seed {seed} of {input.Length} bytes allocates {allocated}");
            (most, longest) = (Math.Max(most, allocated), time > longest ? time : longest);
            if (refusal is null)
                continue;
            Refusal.CheckMessage(refusal, File);
            refused++;
        }
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{iterations} inputs in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s: {refused} refused, at most {most} bytes and {longest.TotalMilliseconds:F0} ms for one"));
        // Damage that always or never matters would test nothing.
        Assert.InRange(refused, iterations / 10, iterations - (iterations / 100));
    }

    private (CheckpointException? Refusal, long Allocated, TimeSpan Time) Try(byte[] input, int seed)
    {
        CheckpointException? refusal = null;
        long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
        try
        {
            Read(input);
        }
        catch (CheckpointException e)
        {
            refusal = e;
        }
        catch (Exception e)
        {
            Assert.Fail($"seed {seed}: {e}");
        }
        return (refusal, GC.GetAllocatedBytesForCurrentThread() - before, Stopwatch.GetElapsedTime(start));
    }
}
