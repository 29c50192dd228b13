using System.CommandLine;
using System.Text.Json;
using Weft.Evaluation.Metrics;

namespace Weft.Cli.Metrics;

/// <summary>A score as it is printed.</summary>
/// <param name="Value">The number.</param>
/// <param name="Details">What stands behind it in a line; empty for nothing.</param>
/// <param name="WriteJson">Writes what it is made of; null for nothing.</param>
internal sealed record PrintedScore(double Value, string Details = "", Action<Utf8JsonWriter>? WriteJson = null);

/// <summary>How the metrics of sacreBLEU are printed.</summary>
internal sealed class ScoreOptions
{
    private const int MostDecimals = 15;

    private readonly Option<bool> _sentences = CommonOptions.Flag("--sentence-level", "Print the score of each line too");
    private readonly Option<int> _width = CommonOptions.WholeNumber("--width", "Digits behind the point, without --json", 2, 0, MostDecimals);
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _sentences, _width, _json })
            command.Options.Add(option);
    }

    /// <summary>Whether each line's score is wanted.</summary>
    public bool WantsSentences(CommandContext context) => context.Get(_sentences);

    /// <summary>Whether one JSON object is wanted.</summary>
    public bool WantsJson(CommandContext context) => context.Get(_json);

    /// <summary>Prints a corpus's score, and before it those of its lines where they are wanted.</summary>
    /// <param name="context">Where to.</param>
    /// <param name="metric">Its name and signature, and the signature of single lines.</param>
    /// <param name="corpus">Of all lines.</param>
    /// <param name="sentences">Of each line; empty where they are not wanted.</param>
    public void Print(CommandContext context, (string Name, string Signature, string SentenceSignature) metric, PrintedScore corpus, IReadOnlyList<PrintedScore> sentences)
    {
        int width = context.Get(_width);
        string line = ScoreLine.Format(metric.Name, metric.Signature, corpus.Value, width, corpus.Details);
        if (!context.Get(_json))
        {
            foreach (PrintedScore sentence in sentences)
                context.Output.WriteLine(ScoreLine.Format(metric.Name, metric.SentenceSignature, sentence.Value, width, sentence.Details));
            context.Output.WriteLine(line);
            return;
        }
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteNumber("score", corpus.Value);
        json.Writer.WriteString("metric", metric.Name);
        json.Writer.WriteString("signature", metric.Signature);
        json.Writer.WriteString("text", line);
        corpus.WriteJson?.Invoke(json.Writer);
        if (WantsSentences(context))
            WriteSentences(json, metric.SentenceSignature, sentences);
        json.Writer.WriteEndObject();
        json.Complete();
    }

    private static void WriteSentences(JsonOutput json, string signature, IReadOnlyList<PrintedScore> sentences)
    {
        json.Writer.WriteString("sentence_signature", signature);
        json.Writer.WriteStartArray("sentences");
        foreach (PrintedScore sentence in sentences)
        {
            json.Writer.WriteStartObject();
            json.Writer.WriteNumber("score", sentence.Value);
            sentence.WriteJson?.Invoke(json.Writer);
            json.Writer.WriteEndObject();
            json.Drain();
        }
        json.Writer.WriteEndArray();
    }
}
