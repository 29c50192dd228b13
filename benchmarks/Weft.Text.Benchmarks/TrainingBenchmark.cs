using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Weft.Text.Benchmarks;

/// <summary>
/// A vocabulary of 32,768 from the data sets, which are of several languages and half of them pages of HTML, and from the documentation that comes with the
/// .NET SDK: 114 MB together. Beyond that come copies with other words.
/// </summary>
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
        string[] dataSets = [.. Directory.GetFiles(Assets.Path("datasets"), "*.gz", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        string[] documentation = [.. Directory.GetFiles(packs, "*.xml", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        for (int copy = 0; ; copy++)
            foreach (string file in dataSets.Concat(documentation))
            {
                string text = Assets.Text(file);
                // Another vowel for each copy: new words instead of higher counts.
                if (copy > 0)
                    text = text.Replace("aeiou"[(copy - 1) % 5], "ybcdf"[(copy - 1) / 5 % 5]);
                foreach (string line in text.Split('\n'))
                {
                    if ((bytes -= Encoding.UTF8.GetByteCount(line)) < 0)
                        yield break;
                    yield return line;
                }
            }
    }
}
