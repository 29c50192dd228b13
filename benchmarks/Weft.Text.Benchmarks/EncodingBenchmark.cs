using System.Globalization;
using System.Text;

namespace Weft.Text.Benchmarks;

/// <summary>Long texts to ids, beside Microsoft.ML.Tokenizers with the same vocabulary: both in one process and by turns.</summary>
internal static class EncodingBenchmark
{
    private const int Rounds = 5;

    public static void Run(string? name)
    {
        Console.WriteLine("| Tokenizer | Text | MB/s of processor time | peer MB/s | ratio | two threads | allocated per MB | peer |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (Contest contest in Contest.Named(name))
        {
            Row(contest, "English", Assets.English);
            Row(contest, "Chinese", Assets.Chinese);
        }
    }

    private static void Row(Contest contest, string language, string text)
    {
        // The peer is quadratic in places; a part of the text is enough to know its speed.
        string part = contest.Name == "Llama-2" ? text[..(text.Length / 8)] : text;
        double megabytes = Encoding.UTF8.GetByteCount(text) / 1e6, partMegabytes = Encoding.UTF8.GetByteCount(part) / 1e6;
        string[] halves = [text[..(text.Length / 2)], text[(text.Length / 2)..]];
        Check(contest, part);
        Measure[] runs = Measure.Interleaved(Rounds,
            () => contest.Ours.EncodeToIds(text, addSpecialTokens: false),
            () => contest.Ours.EncodeBatchToIds(halves, maximumParallelism: 2),
            () => contest.Peer.EncodeToIds(part, considerPreTokenization: true, considerNormalization: true));
        double ours = megabytes / runs[0].ProcessorSeconds, peer = partMegabytes / runs[2].ProcessorSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {contest.Name} | {language} | {ours:0.0} | {peer:0.0} | {ours / peer:0.0} | {runs[0].Seconds / runs[1].Seconds:0.00} | "
            + $"{runs[0].Bytes / 1e6 / megabytes:0.00} MB | {runs[2].Bytes / 1e6 / partMegabytes:0.00} MB |"));
    }

    // A ratio of different answers would mean nothing.
    private static void Check(Contest contest, string text)
    {
        int[] ours = contest.Ours.EncodeToIds(text, addSpecialTokens: false);
        IReadOnlyList<int> peer = contest.Peer.EncodeToIds(text);
        int same = ours.Zip(peer).TakeWhile(pair => pair.First == pair.Second).Count();
        if (same < ours.Length || same < peer.Count)
            Console.Error.WriteLine($"{contest.Name}: the ids differ from the peer's after {same} of {ours.Length} and {peer.Count}");
    }
}
