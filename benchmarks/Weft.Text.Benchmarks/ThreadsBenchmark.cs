using System.Globalization;

namespace Weft.Text.Benchmarks;

/// <summary>What a second thread gains, beside what it gains a loop of multiplications on the machine at the moment.</summary>
internal static class ThreadsBenchmark
{
    private const int Rounds = 41, Parts = 64, Multiplications = 300_000;

    public static void Run(string? name)
    {
        Console.WriteLine("| Tokenizer | Text | two threads | multiplications |\n|---|---|---|---|");
        foreach (Contest contest in Contest.Named(name))
        {
            Row(contest, "English", Assets.English);
            Row(contest, "Chinese", Assets.Chinese);
        }
    }

    private static void Row(Contest contest, string language, string text)
    {
        string[] parts = [.. text.Chunk((text.Length / Parts) + 1).Select(part => new string(part))];
        // The compiler improves what runs on a thread of its own, which two threads would notice more than one.
        for (int i = 0; i < Rounds; i++)
            contest.Ours.EncodeBatchToIds(parts);
        Measure[] runs = Measure.Interleaved(Rounds, collect: false,
            () => contest.Ours.EncodeBatchToIds(parts, maximumParallelism: 1), () => contest.Ours.EncodeBatchToIds(parts, maximumParallelism: 2),
            () => Multiply(1), () => Multiply(2));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {contest.Name} | {language} | {runs[0].Seconds / runs[1].Seconds:0.00} | {runs[2].Seconds / runs[3].Seconds:0.00} |"));
    }

    private static void Multiply(int threads) => Parallel.For(0, Parts, new ParallelOptions { MaxDegreeOfParallelism = threads }, part =>
    {
        ulong product = (ulong)part | 1;
        for (int i = 0; i < Multiplications; i++)
            product *= product + (ulong)i;
        _ = Volatile.Read(ref product);
    });
}
