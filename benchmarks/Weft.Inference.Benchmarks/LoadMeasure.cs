using System.Diagnostics;
using System.Globalization;
using Weft.Model.Checkpoints;

namespace Weft.Inference.Benchmarks;

/// <summary>What it takes from a path to the logits of one token, in a process that did nothing before.</summary>
/// <param name="OpenSeconds">Until the checkpoint is open.</param>
/// <param name="LogitSeconds">Until the logits are there, from the beginning on.</param>
/// <param name="Allocated">Bytes of managed memory.</param>
/// <param name="Anonymous">Growth of resident memory that is no file's, in bytes.</param>
/// <param name="Peak">Most resident memory of the process, mapped files and runtime with it, in bytes.</param>
internal sealed record LoadMeasure(double OpenSeconds, double LogitSeconds, double Allocated, double Anonymous, double Peak)
{
    public static LoadMeasure Of(string path)
    {
        double anonymous = Status("RssAnon");
        long allocated = GC.GetTotalAllocatedBytes(precise: true), start = Stopwatch.GetTimestamp();
        Checkpoint checkpoint = Checkpoint.Open(path);
        TimeSpan open = Stopwatch.GetElapsedTime(start);
        using Transformer model = Transformer.Load(checkpoint);
        model.Forward([1], model.CreateCache(1), new float[model.Spec.VocabularySize]);
        return new(open.TotalSeconds, Stopwatch.GetElapsedTime(start).TotalSeconds, GC.GetTotalAllocatedBytes(precise: true) - allocated,
            Status("RssAnon") - anonymous, Status("VmHWM"));
    }

    /// <summary>Measures in a process of its own.</summary>
    public static LoadMeasure InProcess(string path)
    {
        using Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["measure", path]) { RedirectStandardOutput = true })!;
        double[] values = [.. process.StandardOutput.ReadToEnd().Split(' ').Select(value => double.Parse(value, CultureInfo.InvariantCulture))];
        process.WaitForExit();
        return new(values[0], values[1], values[2], values[3], values[4]);
    }

    public void Write() => Console.Write(string.Create(CultureInfo.InvariantCulture, $"{OpenSeconds:R} {LogitSeconds:R} {Allocated:R} {Anonymous:R} {Peak:R}"));

    /// <summary>A line of what Linux says of the process, in bytes.</summary>
    private static double Status(string key) => 1024 * double.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith(key + ":", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
}
