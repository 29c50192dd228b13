using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Weft.Cli.Train.Report;

/// <summary>The page's numbers as JSON, for the page's own script and for others.</summary>
internal static class RunData
{
    /// <summary>Safe inside a script element: the writer's default encoder escapes &lt;, &gt; and &amp;.</summary>
    public static string ToJson(RunReport report, RunCurves curves)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("title", Text(report.Title));
            json.WriteString("date", report.Date.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture));
            json.WriteString("summary", Text(report.Summary));
            WriteFigures(json, report.Figures);
            if (report.Labels is { } labels)
                LabelJson.Write(json, "", labels.Scores, labels.Names);
            WriteCurves(json, curves);
            WriteArray(json, "samples", report.Samples, sample =>
                WriteStrings(json, ("prompt", sample.Prompt), ("completion", sample.Completion), ("note", sample.Note)));
            WriteAttention(json, report.Attention);
            WriteModel(json, report);
            WriteCorpus(json, report.Corpus);
            WriteArray(json, "settings", report.Settings, setting =>
                WriteStrings(json, ("name", setting.Name), ("value", setting.Value), ("reason", setting.Reason)));
            WriteArray(json, "stages", report.Stages, stage =>
            {
                WriteStrings(json, ("title", stage.Title));
                WriteNumber(json, "seconds", stage.Duration.TotalSeconds);
            });
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteFigures(Utf8JsonWriter json, KeyFigures figures)
    {
        json.WriteStartObject("figures");
        WriteNumber(json, "testLoss", figures.TestLoss);
        WriteNumber(json, "perplexity", figures.Perplexity);
        WriteNumber(json, "bitsPerByte", figures.BitsPerByte);
        WriteNumber(json, "tokensPerSecond", figures.TokensPerSecond);
        json.WriteNumber("parameters", figures.Parameters);
        WriteNumber(json, "logitDifference", figures.LogitDifference);
        WriteNumber(json, "logitDifferenceLimit", RuntimeCheck.Limit);
        WriteNumber(json, "wallSeconds", figures.WallTime.TotalSeconds);
        json.WriteEndObject();
    }

    private static void WriteCurves(Utf8JsonWriter json, RunCurves curves)
    {
        json.WriteNumber("stepsKeptEvery", curves.KeptEvery);
        json.WriteStartObject("steps");
        WriteColumn(json, "step", curves.Steps);
        WriteColumn(json, "loss", curves.Loss);
        WriteColumn(json, "smoothedLoss", curves.SmoothedLoss);
        WriteColumn(json, "validationLoss", curves.ValidationLoss);
        WriteColumn(json, "learningRate", curves.LearningRate);
        WriteColumn(json, "gradientNorm", curves.GradientNorm);
        WriteColumn(json, "tokensPerSecond", curves.TokensPerSecond);
        json.WriteEndObject();
    }

    private static void WriteAttention(Utf8JsonWriter json, AttentionMap? map)
    {
        if (map is null)
            return;
        json.WriteStartObject("attention");
        json.WriteString("title", Text(map.Title));
        json.WriteStartArray("tokens");
        foreach (string token in map.Tokens)
            json.WriteStringValue(Text(token));
        json.WriteEndArray();
        WriteColumn(json, "probabilities", map.Probabilities.Select(p => Math.Round((double)p, 4)));
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, RunReport report)
    {
        if (report.Model is not null)
        {
            json.WriteStartObject("model");
            WriteNode(json, report.Model);
            json.WriteEndObject();
        }
        WriteArray(json, "parameters", report.Parameters, part =>
        {
            WriteStrings(json, ("name", part.Name));
            json.WriteNumber("count", part.Count);
        });
    }

    private static void WriteNode(Utf8JsonWriter json, SpecNode node)
    {
        WriteStrings(json, ("name", node.Name), ("value", node.Value));
        if (node.Children.Count > 0)
            WriteArray(json, "children", node.Children, child => WriteNode(json, child));
    }

    private static void WriteCorpus(Utf8JsonWriter json, CorpusReport? corpus)
    {
        if (corpus is null)
            return;
        json.WriteStartObject("corpus");
        json.WriteNumber("documents", corpus.Documents);
        json.WriteNumber("duplicates", corpus.Duplicates);
        WriteArray(json, "splits", corpus.Splits, split =>
        {
            WriteStrings(json, ("name", split.Name));
            json.WriteNumber("documents", split.Documents);
            json.WriteNumber("bytes", split.Bytes);
            json.WriteNumber("tokens", split.Tokens);
        });
        json.WriteEndObject();
    }

    private static void WriteArray<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> items, Action<T> writeProperties)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
        {
            json.WriteStartObject();
            writeProperties(item);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteStrings(Utf8JsonWriter json, params (string Name, string? Value)[] properties)
    {
        foreach ((string name, string? value) in properties)
        {
            if (value is not null)
                json.WriteString(name, Text(value));
        }
    }

    private static void WriteColumn(Utf8JsonWriter json, string name, IEnumerable<double> values)
    {
        json.WriteStartArray(name);
        foreach (double value in values)
            json.WriteRawValue(Number(value));
        json.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(Number(value));
    }

    /// <summary>Six significant digits; JSON has no NaN.</summary>
    private static string Number(double value) => double.IsFinite(value) ? value.ToString("G6", CultureInfo.InvariantCulture) : "null";

    /// <summary>Half of a surrogate pair, as byte-level tokens may hold, would make the writer throw.</summary>
    private static string Text(string value) => string.Concat(value.EnumerateRunes().Select(rune => rune.ToString()));
}
