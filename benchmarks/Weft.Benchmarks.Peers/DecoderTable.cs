using System.Globalization;
using System.Text;
using Weft.Cli;
using Weft.Model.Checkpoints;

namespace Weft.Benchmarks.Peers;

/// <summary>Results of decoders as Markdown: a table of prompts, one of generation.</summary>
/// <param name="peers">The columns.</param>
/// <param name="results">The rows.</param>
internal sealed class DecoderTable(IReadOnlyList<IPeer> peers, IReadOnlyList<DecoderResult> results)
{
    private static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    /// <summary>The text.</summary>
    /// <param name="rounds">Turns of each peer.</param>
    public string Write(int rounds)
    {
        var text = new StringBuilder();
        PeerTask task = results[0].Task;
        text.Append(Plain, $"Tokens a second, medians. Turns of each peer: {rounds}, every one after one of Weft; a ratio is the median of Weft by the peer over such pairs. ");
        text.Append("The ceiling, measured right after, is that of arithmetic for prompts, for the weights' type and, in attention, for that of keys and values, and that of reading every weight once for generation; beside Weft its fraction.");
        string[] versions = [.. peers.Where(peer => peer.Version is not null).Select(peer => $"{peer.Name} {peer.Version}")];
        text.Append(versions.Length == 0 ? "\n" : $" Peers: {string.Join(", ", versions)}.\n");
        if (task.Prompt > 0)
            WriteTable(text, $"prompt of {task.Prompt}", speed => speed.Prompt, PromptCeiling);
        if (task.Generate > 0)
            WriteTable(text, $"generate {task.Generate}", speed => speed.Generate, GenerateCeiling);
        foreach (DecoderResult result in results)
            foreach ((IPeer peer, PeerResult of) in peers.Zip(result.Peers).Where(pair => pair.Second.Failure is not null))
                text.Append(Plain, $"\n{peer.Name} fails on {result.Traffic.Format}, threads {result.Task.Threads}: {RunFacts.WithoutFolders(Failure.OneLine(of.Failure!))}\n");
        return text.ToString();
    }

    /// <summary>As the file says, and what the engine made of it.</summary>
    private static string Format(DecoderResult result) =>
        result.Traffic.Type == ElementType.F16 && result.Types.Packed == ElementType.BF16 ? $"{result.Traffic.Format} of bf16 numbers" : result.Traffic.Format;

    private static (double Tokens, string Text) PromptCeiling(DecoderResult result)
    {
        double seconds = result.Traffic.PromptSeconds(result.Task.Prompt, result.Ceilings, result.Types.Packed, result.Types.Cache);
        return (result.Task.Prompt / seconds, string.Create(Plain, $"{result.Ceilings.Arithmetic(result.Types.Packed):0} GOP/s"));
    }

    private static (double Tokens, string Text) GenerateCeiling(DecoderResult result) =>
        (result.Ceilings.Read * 1e9 / result.Traffic.BytesPerToken, string.Create(Plain, $"{result.Ceilings.Read:0.0} GB/s"));

    private void WriteTable(StringBuilder text, string title, Func<PeerSpeed, double?> of, Func<DecoderResult, (double Tokens, string Text)> ceiling)
    {
        text.Append(Plain, $"\n| {title} | threads | ceiling | Weft |{string.Concat(peers.Select(peer => $" {peer.Name} | ratio |"))}\n");
        text.Append(Plain, $"|---|---|---|---|{string.Concat(peers.Select(_ => "---|---|"))}\n");
        foreach (DecoderResult result in results)
        {
            (double most, string unit) = ceiling(result);
            double weft = Median.Of(result.Weft.Select(of))!.Value;
            text.Append(Plain, $"| {Format(result)} | {result.Task.Threads} | {most:0} ({unit}) | {Number(weft)} ({weft / most:0.00}) |{string.Concat(result.Peers.Select(peer => Cells(peer, of)))}\n");
        }
    }

    private static string Cells(PeerResult peer, Func<PeerSpeed, double?> of) => peer.Failure is not null || peer.Turns.Count == 0
        ? " fails | |"
        : string.Create(Plain, $" {Number(Median.Of(peer.Turns.Select(turn => of(turn.Peer)))!.Value)} | {Median.Of(peer.Turns.Select(turn => of(turn.Weft) / of(turn.Peer))):0.00} |");

    private static string Number(double speed) => speed.ToString(speed < 100 ? "0.0" : "0", Plain);
}
