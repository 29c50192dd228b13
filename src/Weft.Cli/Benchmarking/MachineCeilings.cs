using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Weft.Model.Checkpoints;
using Weft.Model.Quantization;

namespace Weft.Cli.Benchmarking;

/// <summary>The most that some threads of this machine do in a second, in 10^9 bytes and operations.</summary>
internal sealed record ThreadCeilings(int Threads)
{
    /// <summary>From memory in huge pages; null where a program cannot ask for them.</summary>
    public required double? ReadHugePages { get; init; }

    /// <summary>From memory in the system's usual pages.</summary>
    public required double ReadOrdinaryPages { get; init; }

    /// <summary>Multiplications and additions of fp32 numbers.</summary>
    public required double Single { get; init; }

    /// <summary>The same of bytes.</summary>
    public required double Byte { get; init; }

    /// <summary>The same of bf16 numbers.</summary>
    public required double BFloat16 { get; init; }

    /// <summary>The better of both kinds of pages.</summary>
    public double Read => Math.Max(ReadHugePages ?? 0, ReadOrdinaryPages);

    /// <summary>Of products with weights of a type.</summary>
    public double Arithmetic(ElementType type) => type.IsBlockQuantized() ? Byte : type == ElementType.BF16 ? BFloat16 : Single;
}

/// <summary>What this machine could do at best, measured.</summary>
/// <param name="Single">The instruction that multiplies and adds fp32 numbers.</param>
/// <param name="Byte">The one for bytes.</param>
/// <param name="BFloat16">The one for bf16 numbers.</param>
/// <param name="All">For each number of threads.</param>
internal sealed record MachineCeilings(string Single, string Byte, string BFloat16, IReadOnlyList<ThreadCeilings> All)
{
    private const int Runs = 16;

    private const double ShortestRun = 0.02;

    /// <summary>Measures for some numbers of threads, a second each.</summary>
    public static MachineCeilings Measure(IEnumerable<int> threads, CancellationToken cancellation)
    {
        using AssembledLoop? bytes = AssembledLoop.OfBytes(), brains = AssembledLoop.OfBFloat16();
        (ArithmeticLoop Loop, long Rounds) ofSingle = Fastest(ArithmeticLoop.OfSingles(), cancellation),
            ofByte = Fastest(ArithmeticLoop.OfBytes(bytes), cancellation), ofBFloat16 = Fastest(ArithmeticLoop.OfBFloat16(brains), cancellation);
        return new(ofSingle.Loop.Instruction, ofByte.Loop.Instruction, ofBFloat16.Loop.Instruction, [.. threads.Select(count => new ThreadCeilings(count)
        {
            ReadHugePages = Read(count, hugePages: true, cancellation),
            ReadOrdinaryPages = Read(count, hugePages: false, cancellation)!.Value,
            Single = Compute(ofSingle, count, cancellation),
            Byte = Compute(ofByte, count, cancellation),
            BFloat16 = Compute(ofBFloat16, count, cancellation),
        })]);
    }

    /// <summary>Of one number of threads.</summary>
    public ThreadCeilings Of(int threads) => All.First(ceilings => ceilings.Threads == threads);

    /// <summary>Writes an object.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("processor", ProcessorFacts.Name);
        writer.WriteNumber("cores", Environment.ProcessorCount);
        writer.WriteString("architecture", RuntimeInformation.ProcessArchitecture.ToString());
        writer.WriteString("system", RuntimeInformation.OSDescription);
        writer.WriteString("framework", RuntimeInformation.FrameworkDescription);
        writer.WriteStartArray("isa");
        foreach (string set in ProcessorFacts.InstructionSets)
            writer.WriteStringValue(set);
        writer.WriteEndArray();
        writer.WriteString("fp32_instruction", Single);
        writer.WriteString("int8_instruction", Byte);
        writer.WriteString("bf16_instruction", BFloat16);
        writer.WriteStartArray("ceilings");
        foreach (ThreadCeilings of in All)
        {
            writer.WriteStartObject();
            writer.WriteNumber("threads", of.Threads);
            if (of.ReadHugePages is { } huge)
                writer.WriteNumber("read_gb_per_second_huge_pages", Math.Round(huge, 2));
            else
                writer.WriteNull("read_gb_per_second_huge_pages");
            writer.WriteNumber("read_gb_per_second_ordinary_pages", Math.Round(of.ReadOrdinaryPages, 2));
            writer.WriteNumber("fp32_gflop_per_second", Math.Round(of.Single, 1));
            writer.WriteNumber("int8_gop_per_second", Math.Round(of.Byte, 1));
            writer.WriteNumber("bf16_gflop_per_second", Math.Round(of.BFloat16, 1));
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>Writes a table.</summary>
    public void Write(TextWriter output)
    {
        output.WriteLine($"{ProcessorFacts.Name}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}: {string.Join(' ', ProcessorFacts.InstructionSets)}");
        output.WriteLine($"fp32 by {Single}; int8 by {Byte}; bf16 by {BFloat16}");
        output.WriteLine("threads  read GB/s, huge pages  ordinary pages  fp32 GFLOP/s  int8 GOP/s  bf16 GFLOP/s");
        foreach (ThreadCeilings of in All)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{of.Threads,7}  {(of.ReadHugePages is { } huge ? huge.ToString("F1", CultureInfo.InvariantCulture) : "-"),21}  {of.ReadOrdinaryPages,14:F1}  {of.Single,12:F0}  {of.Byte,10:F0}  {of.BFloat16,12:F0}"));
    }

    /// <summary>The loop that does most, and how often it goes round in a run.</summary>
    private static (ArithmeticLoop Loop, long Rounds) Fastest(IEnumerable<ArithmeticLoop> loops, CancellationToken cancellation) => loops.Select(loop =>
    {
        long rounds = 1 << 12;
        double seconds;
        while ((seconds = ThreadRace.Shortest(1, 2, _ => loop.Run(rounds), cancellation)) < ShortestRun)
            rounds *= 2;
        return (Loop: loop, Rounds: rounds, Speed: loop.Operations * rounds / seconds);
    }).ToArray().MaxBy(tried => tried.Speed) is var best ? (best.Loop, best.Rounds) : default;

    private static double Compute((ArithmeticLoop Loop, long Rounds) of, int threads, CancellationToken cancellation) =>
        of.Loop.Operations * of.Rounds * (double)threads / ThreadRace.Shortest(threads, Runs, _ => of.Loop.Run(of.Rounds), cancellation) / 1e9;

    private static double? Read(int threads, bool hugePages, CancellationToken cancellation)
    {
        using ReadBandwidth? memory = ReadBandwidth.TryCreate(hugePages);
        if (memory is null)
            return null;
        ThreadRace.Shortest(threads, 1, index => memory.Touch(index, threads), cancellation);
        return ReadBandwidth.Size / ThreadRace.Shortest(threads, Runs, index => memory.Read(index, threads), cancellation) / 1e9;
    }
}
