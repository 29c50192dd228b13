using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Weft.Text.Benchmarks;

/// <summary>A vocabulary of 32,768 from the documentation that comes with the .NET SDK, and from its copies with other words when that is too little.</summary>
internal static class TrainingBenchmark
{
    public static void Run(int megabytes)
    {
        int processors = Environment.ProcessorCount;
        TimeSpan used = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        Tokenizer tokenizer = ByteLevelBpeTrainer.Train(Documents(megabytes * 1_000_000L), new BpeTrainerOptions { VocabularySize = 32768 });
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds, ofProcessors = (Environment.CpuUsage.TotalTime - used).TotalSeconds;
        using Process self = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{megabytes} MB, {tokenizer.VocabularySize} tokens, {processors} processors: {seconds:0.0} s, "
            + $"{ofProcessors:0.0} s of processor time, {self.PeakWorkingSet64 / 1e9:0.00} GB"));
    }

    private static IEnumerable<string> Documents(long bytes)
    {
        string packs = Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", "..", "packs");
        string[] files = [.. Directory.GetFiles(packs, "*.xml", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        for (int copy = 0; ; copy++)
            foreach (string file in files)
            {
                string text = File.ReadAllText(file);
                // Another vowel for each copy: new words instead of higher counts.
                if (copy > 0)
                    text = text.Replace("aeiou"[(copy - 1) % 5], "ybcdf"[(copy - 1) / 5 % 5]);
                foreach (string chunk in text.Split("</member>"))
                {
                    if ((bytes -= Encoding.UTF8.GetByteCount(chunk)) < 0)
                        yield break;
                    yield return chunk;
                }
            }
    }
}
