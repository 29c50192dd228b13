using System.Globalization;
using System.Text;

namespace Weft.Text.Benchmarks;

/// <summary>Long texts to ids, beside Microsoft.ML.Tokenizers with the same vocabulary: both in one process and by turns.</summary>
internal static class EncodingBenchmark
{
    private const int Rounds = 9;

    public static void Run(string? name)
    {
        Console.WriteLine("| Tokenizer | Text | MB/s of processor time | allocated per MB | peer MB/s | ratio | peer allocates |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
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
        Check(contest, part);
        Action[] actions = [() => contest.Ours.EncodeToIds(text, addSpecialTokens: false)];
        if (contest.Peer is { } peer)
            actions = [.. actions, () => peer.EncodeToIds(part, considerPreTokenization: true, considerNormalization: true)];
        Measure[] runs = Measure.Interleaved(Rounds, collect: true, actions);
        double ours = megabytes / runs[0].ProcessorSeconds;
        string against = contest.Peer is null ? "cannot read it | | |"
            : string.Create(CultureInfo.InvariantCulture, $"{partMegabytes / runs[^1].ProcessorSeconds:0.0} | {ours * runs[^1].ProcessorSeconds / partMegabytes:0.0} | {runs[^1].Bytes / 1e6 / partMegabytes:0.00} MB |");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {contest.Name} | {language} | {ours:0.0} | {runs[0].Bytes / 1e6 / megabytes:0.00} MB | {against}"));
    }

    // A ratio of different answers would mean nothing.
    private static void Check(Contest contest, string text)
    {
        int[] ours = contest.Ours.EncodeToIds(text, addSpecialTokens: false);
        IReadOnlyList<int> peer = contest.Peer?.EncodeToIds(text) ?? ours;
        int same = ours.Zip(peer).TakeWhile(pair => pair.First == pair.Second).Count();
        if (same < ours.Length || same < peer.Count)
            Console.Error.WriteLine($"{contest.Name}: the ids differ from the peer's after {same} of {ours.Length} and {peer.Count}: "
                + $"'{contest.Ours.Decode(ours.AsSpan(Math.Max(0, same - 3), 6))}' here, '{contest.Peer!.Decode(peer.Skip(Math.Max(0, same - 3)).Take(6))}' there");
    }
}
