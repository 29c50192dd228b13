using System.Diagnostics;
using System.Text;
using Weft.Text;

namespace Weft.Cli.Tokenizers;

/// <summary>Speeds in MB (10^6 bytes of text) a second, allocations in bytes for each MB.</summary>
internal sealed record BenchResult(double EncodeSpeed, double DecodeSpeed, double EncodeAllocation, double DecodeAllocation);

/// <summary>Measures a tokenizer on texts.</summary>
internal sealed class TokenizerBench
{
    private const int MostRepeats = 10_000;

    /// <summary>A short text is taken several times, so that a run is longer than what disturbs it.</summary>
    private static readonly TimeSpan ShortestRun = TimeSpan.FromMilliseconds(100);

    /// <summary>.NET improves code that runs often, in the background; before that is done, nothing is worth measuring.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    private static readonly EncodeOptions Plain = new() { AddSpecialTokens = false };

    private readonly Tokenizer _tokenizer;
    private readonly string[] _texts;
    private readonly int _runs;
    private readonly CancellationToken _ct;
    private readonly int[][] _ids;

    /// <summary>Encodes the texts once, to know their ids.</summary>
    public TokenizerBench(Tokenizer tokenizer, string[] texts, int runs, CancellationToken ct)
    {
        (_tokenizer, _texts, _runs, _ct) = (tokenizer, texts, runs, ct);
        Bytes = texts.Sum(text => (long)Encoding.UTF8.GetByteCount(text));
        _ids = tokenizer.EncodeBatchToIds(texts, Plain, cancellationToken: ct);
        TokenCount = _ids.Sum(ids => (long)ids.Length);
    }

    /// <summary>Bytes of the texts in UTF-8.</summary>
    public long Bytes { get; }

    /// <summary>Ids of the texts.</summary>
    public long TokenCount { get; }

    /// <summary>The medians of several runs.</summary>
    public BenchResult Measure(int threads)
    {
        (double encodeTime, double encodeBytes) = Median(() => _tokenizer.EncodeBatchToIds(_texts, Plain, threads, _ct));
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = _ct };
        (double decodeTime, double decodeBytes) = Median(() => Parallel.For(0, _ids.Length, options, i => _tokenizer.Decode(_ids[i])));
        double size = Bytes / 1e6;
        return new(size / encodeTime, size / decodeTime, encodeBytes / size, decodeBytes / size);
    }

    private (double Seconds, double Allocated) Median(Action run)
    {
        int repeats = (int)Math.Clamp(Math.Ceiling(ShortestRun / Warm(run)), 1, MostRepeats);
        double[] seconds = new double[_runs], allocated = new double[_runs];
        for (int i = 0; i < _runs; i++)
        {
            long bytes = GC.GetTotalAllocatedBytes(precise: true), start = Stopwatch.GetTimestamp();
            for (int repeat = 0; repeat < repeats; repeat++)
            {
                _ct.ThrowIfCancellationRequested();
                run();
            }
            seconds[i] = Math.Max(Stopwatch.GetElapsedTime(start).TotalSeconds, 1e-9) / repeats;
            allocated[i] = (double)(GC.GetTotalAllocatedBytes(precise: true) - bytes) / repeats;
        }
        return (Middle(seconds), Middle(allocated));
    }

    /// <summary>The time of the last of the runs that warm up.</summary>
    private TimeSpan Warm(Action run)
    {
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            _ct.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            run();
            if (Stopwatch.GetElapsedTime(began) >= WarmUp)
                return Stopwatch.GetElapsedTime(start);
        }
    }

    private static double Middle(double[] values)
    {
        Array.Sort(values);
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }
}
