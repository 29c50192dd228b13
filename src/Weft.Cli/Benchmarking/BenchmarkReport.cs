using System.Globalization;
using System.Text.Json;
using Weft.Model.Checkpoints;

namespace Weft.Cli.Benchmarking;

/// <summary>What was measured of a model, as a table or as JSON.</summary>
/// <param name="Model">As it was named.</param>
/// <param name="Traffic">What it asks of the machine.</param>
/// <param name="Speeds">For each number of threads.</param>
/// <param name="Options">What was asked for.</param>
internal sealed record BenchmarkReport(string Model, WeightTraffic Traffic, ModelSpeed[] Speeds, BenchmarkOptions Options)
{
    /// <summary>Of the process, before the ceilings were measured.</summary>
    public required long PeakMemoryBytes { get; init; }

    /// <summary>From opening the file to the first logits.</summary>
    public required double LoadSeconds { get; init; }

    /// <summary>How keys and values were stored.</summary>
    public required ElementType CacheType { get; init; }

    /// <summary>The type that most of the weights were multiplied in.</summary>
    public required ElementType PackedType { get; init; }

    /// <summary>Of the machine, for the same numbers of threads.</summary>
    public required MachineCeilings Ceilings { get; init; }

    /// <summary>Prints it for people.</summary>
    public void WriteTable(TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Model}: {Traffic.Format}, {Traffic.BytesPerToken / 1e6:N0} MB of weights a token; loaded in {LoadSeconds:F2} s, at most {PeakMemoryBytes / 1e6:N0} MB in memory"));
        output.WriteLine("threads  prompt tokens/s  of arithmetic  generated tokens/s  of bandwidth");
        foreach (ModelSpeed speed in Speeds)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{speed.Threads,7}  {speed.Prompt,15:F2}  {PromptFraction(speed),13:P1}  {speed.Generate,18:F2}  {GenerateFraction(speed),12:P1}"));
        foreach (ModelSpeed speed in Speeds.Where(speed => speed.GenerateTogether is not null))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{speed.Threads,7}  {Options.Sequences} sequences together: {speed.GenerateTogether:F2} tokens/s, {speed.GenerateTogether / speed.Generate:F2} times one alone"));
        output.WriteLine();
        Ceilings.Write(output);
    }

    /// <summary>Prints it for programs.</summary>
    public void WriteJson(TextWriter output)
    {
        using var json = new JsonOutput(output);
        Utf8JsonWriter writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteString("model", Model);
        writer.WriteString("format", Traffic.Format);
        writer.WriteStartArray("runs");
        foreach (ModelSpeed speed in Speeds)
        {
            writer.WriteStartObject();
            writer.WriteNumber("threads", speed.Threads);
            WriteNumber(writer, "prompt_tokens_per_second", speed.Prompt, 2);
            WriteNumber(writer, "generate_tokens_per_second", speed.Generate, 2);
            WriteNumber(writer, "prompt_fraction_of_ceiling", PromptFraction(speed), 4);
            WriteNumber(writer, "generate_fraction_of_bandwidth", GenerateFraction(speed), 4);
            if (Options.Sequences > 1)
            {
                writer.WriteNumber("sequences", Options.Sequences);
                WriteNumber(writer, "together_tokens_per_second", speed.GenerateTogether, 2);
            }
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteNumber("peak_memory_bytes", PeakMemoryBytes);
        WriteNumber(writer, "load_seconds", LoadSeconds, 4);
        writer.WritePropertyName("machine");
        Ceilings.Write(writer);
        writer.WriteEndObject();
        json.Complete();
    }

    /// <summary>Tokens whose keys and values are read for the next, in the middle of generating.</summary>
    private double CacheLength => Options.Depth + (Options.Generate / 2.0);

    private double? PromptFraction(ModelSpeed speed) =>
        speed.Prompt / Options.Prompt * Traffic.PromptSeconds(Options.Prompt, Ceilings.Of(speed.Threads), PackedType, CacheType);

    private double? GenerateFraction(ModelSpeed speed) => speed.Generate * (Traffic.BytesPerToken + (CacheLength * Traffic.CacheBytesPerToken(CacheType))) / (Ceilings.Of(speed.Threads).Read * 1e9);

    private static void WriteNumber(Utf8JsonWriter writer, string name, double? value, int digits)
    {
        if (value is { } number)
            writer.WriteNumber(name, Math.Round(number, digits));
        else
            writer.WriteNull(name);
    }
}
