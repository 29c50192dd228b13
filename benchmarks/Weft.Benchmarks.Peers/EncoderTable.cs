using System.Globalization;
using System.Text;
using Weft.Cli.Benchmarking;

namespace Weft.Benchmarks.Peers;

/// <summary>Results of an encoder as Markdown.</summary>
/// <param name="results">For each number of threads.</param>
internal sealed class EncoderTable((int Threads, EncoderResult[] Results, ThreadCeilings Ceilings)[] results)
{
    private static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    /// <summary>The text.</summary>
    /// <param name="batch">What was read.</param>
    /// <param name="operations">Of a sequence in products with weights.</param>
    public string Write(EncoderBatch batch, double operations)
    {
        var text = new StringBuilder();
        text.Append(Plain, $"Hidden states of {batch.Size} sequences of {batch.Length} tokens by {batch.Spec.Stack.Blocks.Length} blocks of width {batch.Spec.HiddenSize}, medians of {results[0].Results[0].Speeds.Count} turns; ");
        text.Append("all have the same weights, and a ratio is the median over rounds. The ceiling is that of arithmetic for the type; the difference is the largest of any state from libtorch in fp32.\n\n");
        EncoderResult[] peers = [.. results[0].Results.Where(result => !IsWeft(result))];
        text.Append(Plain, $"| | threads | ceiling | tokens/s |{string.Concat(peers.Select(peer => $" to {peer.Name} |"))} difference |\n");
        text.Append(Plain, $"|---|---|---|---|{string.Concat(peers.Select(_ => "---|"))}---|\n");
        foreach ((int threads, EncoderResult[] all, ThreadCeilings ceilings) in results)
            foreach (EncoderResult result in all)
            {
                double speed = Median.Of(result.Speeds.Select(value => (double?)value))!.Value, arithmetic = ceilings.Arithmetic(result.Type), most = arithmetic * 1e9 * batch.Length / operations;
                string ratios = string.Concat(all.Where(other => !IsWeft(other)).Select(other => $" {Ratio(result, other)} |"));
                text.Append(Plain, $"| {result.Name} | {threads} | {most:0} ({arithmetic:0} GOP/s) | {speed:0} ({speed / most:0.00}) |{ratios} {result.Difference:0.0e+0} |\n");
            }
        return text.ToString();
    }

    private static bool IsWeft(EncoderResult result) => result.Name.StartsWith("Weft", StringComparison.Ordinal);

    private static string Ratio(EncoderResult result, EncoderResult other) =>
        Median.Of(result.Speeds.Zip(other.Speeds, (mine, its) => (double?)(mine / its)))!.Value.ToString("0.00", Plain);
}
