using System.CommandLine;
using System.Text.Json;
using Weft.Cli.Train.Report;
using Weft.Training.Logs;

namespace Weft.Cli.Train;

/// <summary><c>weft curves</c>: what several runs recorded, in one picture.</summary>
internal sealed class CurvesCommand
{
    private readonly Argument<string[]> _runs = new("RUN")
    {
        Description = $"Folders of runs, or files like their {MetricsLog.FileName}: a JSON object with \"step\" on each line",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> _value = new("--value")
    {
        Description = "Key of what is drawn, such as loss, lr, grad_norm or tokens_per_second",
        DefaultValueFactory = _ => "validation_loss",
        HelpName = "KEY",
    };

    private readonly Option<string> _out = new("--out")
    {
        Description = "SVG file to write",
        DefaultValueFactory = _ => "curves.svg",
        HelpName = "FILE",
    };

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("curves", "Draw what several runs recorded in one picture")
    {
        Arguments = { _runs },
        Options = { _value, _out, _json },
        Notes =
        [
            "The picture is an SVG file that needs nothing else. More than 200 values of a run are smoothed. --json prints",
            "  {\"out\": \"...\", \"value\": \"...\", \"curves\": [{\"name\": \"...\", \"values\": N, \"lowest\": X, \"lowest_step\": N, \"last\": X}, ...]}.",
        ],
        Examples =
        [
            "weft curves runs/shakespeare runs/shakespeare-2 --out losses.svg",
            "weft curves runs/shakespeare --value grad_norm",
        ],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        string[] runs = context.Get(_runs);
        if (runs.Length > CurvesPicture.MostCurves)
            throw new UsageException($"{runs.Length} runs are given; a picture has colours for {CurvesPicture.MostCurves}");
        string value = context.Get(_value), path = context.Get(_out);
        RecordedCurve[] curves = [.. runs.Select(run => Read(run, value))];
        AtomicFile.WriteText(path, CurvesPicture.ToSvg(value, curves));
        if (context.Get(_json))
            WriteJson(context.Output, path, value, curves);
        else
            WriteLines(context.Output, path, value, curves);
        return 0;
    }

    private static RecordedCurve Read(string run, string value)
    {
        string file = Directory.Exists(run) ? Path.Combine(run, MetricsLog.FileName) : run;
        if (!File.Exists(file))
            throw new FileNotFoundException($"'{file}' does not exist; give the folder of a run, or a file like its {MetricsLog.FileName}");
        // A step that was done again after a crash counts as it was done last.
        var points = new SortedDictionary<double, double>();
        var keys = new SortedSet<string>(StringComparer.Ordinal);
        int number = 0;
        foreach (string line in File.ReadLines(file))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            JsonElement record = Parse(file, number, line);
            keys.UnionWith(record.EnumerateObject().Where(property => property.Value.ValueKind == JsonValueKind.Number).Select(property => property.Name));
            if (record.TryGetProperty(value, out JsonElement found) && found.ValueKind == JsonValueKind.Number && record.TryGetProperty("step", out JsonElement step) && step.TryGetDouble(out double at))
                points[at] = found.GetDouble();
        }
        if (points.Count == 0)
            throw new InvalidDataException($"'{file}' has no number '{value}' beside a step; it has {string.Join(", ", keys)}");
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(run));
        return new(Directory.Exists(run) ? Path.GetFileName(full) : Path.GetFileNameWithoutExtension(full), [.. points.Select(point => (point.Key, point.Value))]);
    }

    private static JsonElement Parse(string file, int number, string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // Said below, as for what is JSON but no object.
        }
        throw new InvalidDataException($"'{file}', line {number}, is no JSON object; a run's {MetricsLog.FileName} has one on each line");
    }

    private static void WriteLines(TextWriter output, string path, string value, RecordedCurve[] curves)
    {
        foreach (RecordedCurve curve in curves)
        {
            ((double last, double lastValue), (double lowest, double lowestValue)) = (curve.Points[^1], curve.Points.MinBy(point => point.Value));
            output.WriteLine($"{curve.Name}: {value} {Figures.Fixed(lastValue, 4)} at step {Figures.Fixed(last, 0)}, lowest {Figures.Fixed(lowestValue, 4)} at step {Figures.Fixed(lowest, 0)}");
        }
        output.WriteLine($"written to {path}");
    }

    private static void WriteJson(TextWriter output, string path, string value, RecordedCurve[] curves)
    {
        using var json = new JsonOutput(output);
        json.Writer.WriteStartObject();
        json.Writer.WriteString("out", path);
        json.Writer.WriteString("value", value);
        json.Writer.WriteStartArray("curves");
        foreach (RecordedCurve curve in curves)
        {
            (double step, double lowest) = curve.Points.MinBy(point => point.Value);
            json.Writer.WriteStartObject();
            json.Writer.WriteString("name", curve.Name);
            json.Writer.WriteNumber("values", curve.Points.Count);
            json.Writer.WriteNumber("lowest", lowest);
            json.Writer.WriteNumber("lowest_step", step);
            json.Writer.WriteNumber("last", curve.Points[^1].Value);
            json.Writer.WriteEndObject();
        }
        json.Writer.WriteEndArray();
        json.Writer.WriteEndObject();
        json.Complete();
    }
}
