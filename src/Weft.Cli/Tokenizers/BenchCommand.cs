using System.CommandLine;
using System.Globalization;
using Weft.Data;
using Weft.Text;

namespace Weft.Cli.Tokenizers;

/// <summary><c>weft tokenizer bench</c>: how fast a tokenizer is on this machine.</summary>
internal sealed class BenchCommand
{
    private readonly Argument<string> _tokenizer = TokenizerCommands.TokenizerArgument();
    private readonly Option<string[]> _text = CommonOptions.Several("--text", "File, folder or glob to encode", "PATH");

    private readonly Option<int[]?> _threads = CommonOptions.ThreadCounts();
    private readonly Option<int> _runs = CommonOptions.WholeNumber("--runs", "Measured runs, whose median counts; a warm-up comes before", 5, minimum: 1, maximum: 1000);
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("bench", "Measure how fast a tokenizer encodes and decodes")
    {
        Arguments = { _tokenizer },
        Options = { _text, _threads, _runs, _json },
        Notes =
        [
            "The text is read first and cut as for training; a run encodes it whole, to ids without offsets, then decodes",
            "the ids. MB are 10^6 bytes of the text in UTF-8. --json prints",
            "  {\"bytes\": N, \"tokens\": N, \"runs\": [{\"threads\": N, \"encode_mb_per_s\": X, \"decode_mb_per_s\": X,",
            "   \"encode_allocated_per_mb\": X, \"decode_allocated_per_mb\": X}, ...]}",
            "with allocations in bytes for each MB.",
        ],
        Examples =
        [
            "weft tokenizer bench models/tinystories --text notes.txt",
            "weft tokenizer bench tokenizer.json --text notes.txt --threads 1,2 --json",
        ],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        if (context.Get(_text) is not { Length: > 0 } paths)
            throw new UsageException("--text is missing; give a file, a folder or a glob to encode");
        Tokenizer tokenizer = Tokenizer.Load(WeftTool.Resolve(context.Get(_tokenizer)));
        string[] texts = [.. TextFiles.Read(TextFiles.Expand(paths), context.Cancellation).Select(document => document.Text)];
        var bench = new TokenizerBench(tokenizer, texts, context.Get(_runs), context.Cancellation);
        int[] threads = context.Get(_threads) ?? [.. new[] { 1, Environment.ProcessorCount }.Distinct()];
        if (context.Get(_json))
            WriteJson(context, bench, threads);
        else
            WriteTable(context, bench, threads);
        return 0;
    }

    private static void WriteTable(CommandContext context, TokenizerBench bench, int[] threads)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        TextWriter output = context.Output;
        output.WriteLine(string.Create(culture, $"{bench.Bytes / 1e6:F2} MB, {bench.TokenCount:N0} tokens, {(double)bench.Bytes / Math.Max(1, bench.TokenCount):F2} bytes a token"));
        output.WriteLine("threads  encode MB/s  decode MB/s  allocated for each MB: encode    decode");
        foreach (int count in threads)
        {
            BenchResult r = bench.Measure(count);
            output.WriteLine(string.Create(culture,
                $"{count,7}  {r.EncodeSpeed,11:F1}  {r.DecodeSpeed,11:F1}  {r.EncodeAllocation / 1e6,26:F2} MB  {r.DecodeAllocation / 1e6,5:F2} MB"));
            output.Flush();
        }
    }

    private static void WriteJson(CommandContext context, TokenizerBench bench, int[] threads)
    {
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteNumber("bytes", bench.Bytes);
        json.Writer.WriteNumber("tokens", bench.TokenCount);
        json.Writer.WriteStartArray("runs");
        foreach (int count in threads)
        {
            BenchResult r = bench.Measure(count);
            json.Writer.WriteStartObject();
            json.Writer.WriteNumber("threads", count);
            json.Writer.WriteNumber("encode_mb_per_s", Math.Round(r.EncodeSpeed, 2));
            json.Writer.WriteNumber("decode_mb_per_s", Math.Round(r.DecodeSpeed, 2));
            json.Writer.WriteNumber("encode_allocated_per_mb", Math.Round(r.EncodeAllocation));
            json.Writer.WriteNumber("decode_allocated_per_mb", Math.Round(r.DecodeAllocation));
            json.Writer.WriteEndObject();
        }
        json.Writer.WriteEndArray();
        json.Writer.WriteEndObject();
        json.Complete();
    }
}
