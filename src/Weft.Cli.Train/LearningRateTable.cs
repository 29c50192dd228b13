using System.Globalization;
using System.Text.Json;
using Weft.Training;

namespace Weft.Cli.Train;

/// <summary>Shows a range test of the learning rate.</summary>
internal static class LearningRateTable
{
    /// <summary>As many rows as fit on a screen.</summary>
    private const int Rows = 20;

    private const int BarWidth = 40;

    /// <summary>Neighbouring steps go into one row, whose loss is their mean.</summary>
    public static void Write(LearningRateRange range, TextWriter output)
    {
        int size = Math.Max(1, (range.Points.Count + Rows - 1) / Rows);
        (double Rate, double Loss)[] rows = [.. range.Points.Chunk(size).Select(chunk => (chunk[^1].Rate, chunk.Average(point => point.Loss)))];
        double most = rows.Select(row => row.Loss).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        output.WriteLine($"{"to rate",9} {"loss",8}");
        foreach ((double rate, double loss) in rows)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Text(rate),9} {loss,8:F3}  {(double.IsFinite(loss) && most > 0 ? new string('#', (int)(loss / most * BarWidth)) : "")}").TrimEnd());
        output.WriteLine();
        output.WriteLine(range.Diverged is { } diverged
            ? $"the loss runs away at {Text(diverged)}"
            : $"the loss does not run away up to {Text(range.Points[^1].Rate)}");
        output.WriteLine(range.Suggested is { } suggested
            ? $"it falls fastest at {Text(range.Steepest!.Value)}; try training.learning-rate: {Text(suggested)}"
            : "it never falls, so no rate can be suggested; look at the recipe's data and model");
    }

    /// <summary>The same for programs, with every step.</summary>
    public static void WriteJson(LearningRateRange range, TextWriter output)
    {
        using var json = new JsonOutput(output);
        Utf8JsonWriter writer = json.Writer;
        writer.WriteStartObject();
        WriteNumber(writer, "suggested", range.Suggested);
        WriteNumber(writer, "steepest", range.Steepest);
        WriteNumber(writer, "diverged", range.Diverged);
        writer.WriteStartArray("points");
        foreach (RangePoint point in range.Points)
        {
            writer.WriteStartObject();
            writer.WriteNumber("rate", point.Rate);
            WriteNumber(writer, "loss", point.Loss);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        json.Complete();
    }

    /// <summary>JSON has no infinity.</summary>
    private static void WriteNumber(Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
            writer.WriteNumber(name, number);
        else
            writer.WriteNull(name);
    }

    private static string Text(double rate) => rate.ToString("0.0e-0", CultureInfo.InvariantCulture);
}
