using System.Globalization;
using Weft.Training.Runs;

namespace Weft.Cli.Train.Report;

/// <summary>What the run was, in figures and tables.</summary>
internal static class SummarySections
{
    public static void WriteHeader(Markup page, RunReport report)
    {
        KeyFigures figures = report.Figures;
        string date = report.Date.ToString("d MMMM yyyy, HH:mm 'UTC'zzz", CultureInfo.InvariantCulture);
        page.Add($"<header><p class=\"kicker\">Run report</p><h1>{report.Title}</h1>");
        page.Add($"<p class=\"date\"><time datetime=\"{report.Date:yyyy-MM-dd'T'HH:mm:sszzz}\">{date}</time></p>");
        page.Add($"<p class=\"lead\">{report.Summary}</p></header>\n<dl class=\"figures\">");
        WriteFigure(page, "Test loss", Figures.Fixed(figures.TestLoss, 3), report.LossUnit);
        if (report.Labels is { } labels)
        {
            LabelSections.WriteFigures(page, labels.Scores, WriteFigure);
        }
        else if (report.Preferences is { } preferences)
        {
            WriteFigure(page, "Accuracy", Figures.Fixed(preferences.Accuracy, 4), "chosen answers rewarded more");
            WriteFigure(page, "Reward margin", Figures.Fixed(preferences.Margin, 4), "mean over the pairs");
        }
        else
        {
            WriteFigure(page, "Perplexity", Figures.Fixed(figures.Perplexity, figures.Perplexity < 100 ? 2 : 0), "on held-out text");
            WriteFigure(page, "Bits per byte", Figures.Fixed(figures.BitsPerByte, 3), "on held-out text");
        }
        WriteFigure(page, "Training speed", Figures.Fixed(figures.TokensPerSecond, 0), "tokens per second");
        WriteFigure(page, "Parameters", Figures.Compact(figures.Parameters), Figures.Count(figures.Parameters));
        WriteDifference(page, figures.LogitDifference);
        WriteFigure(page, "Wall time", Figures.Duration(figures.WallTime), "the whole run");
        page.AddLiteral("</dl>\n");
    }

    public static void WriteStages(Markup page, IReadOnlyList<StageDuration> stages)
    {
        double total = stages.Sum(stage => stage.Duration.TotalSeconds);
        if (total <= 0)
            return;
        TimeSpan whole = TimeSpan.FromSeconds(total);
        page.Add($"<section><h2>Timeline</h2><p class=\"note\">{stages.Count} stages, {Figures.Duration(whole)}.</p>");
        page.AddLiteral("<table class=\"bars\"><thead class=\"unseen\"><tr><th>Stage</th>");
        page.AddLiteral("<th>Part of the time</th><th>Duration</th></tr></thead><tbody>\n");
        double start = 0;
        foreach (StageDuration stage in stages)
        {
            double seconds = stage.Duration.TotalSeconds;
            WriteBar(page, stage.Title, (start / total, seconds / total), Figures.Duration(stage.Duration));
            start += seconds;
        }
        page.AddLiteral("</tbody></table></section>\n");
    }

    public static void WriteCorpus(Markup page, CorpusReport? corpus)
    {
        if (corpus is null)
            return;
        page.Add($"<section><h2>Corpus</h2><p class=\"note\">{Figures.Count(corpus.Documents)} documents read, ");
        page.Add($"{Figures.Count(corpus.Duplicates)} exact duplicates dropped.</p><div class=\"wide\"><table class=\"data\"><thead><tr>");
        page.AddLiteral("<th scope=\"col\">Split</th><th scope=\"col\" class=\"n\">Documents</th><th scope=\"col\" class=\"n\">Bytes</th>");
        page.AddLiteral("<th scope=\"col\" class=\"n\">Tokens</th><th scope=\"col\" class=\"n\">Bytes per token</th></tr></thead><tbody>\n");
        foreach (CorpusSplit split in corpus.Splits)
        {
            double density = split.Tokens > 0 ? (double)split.Bytes / split.Tokens : double.NaN;
            page.Add($"<tr><th scope=\"row\">{split.Name}</th><td class=\"n\">{Figures.Count(split.Documents)}</td>");
            page.Add($"<td class=\"n\">{Figures.Bytes(split.Bytes)}</td><td class=\"n\">{Figures.Count(split.Tokens)}</td>");
            page.Add($"<td class=\"n\">{Figures.Fixed(density, 2)}</td></tr>\n");
        }
        page.AddLiteral("</tbody></table></div></section>\n");
    }

    public static void WriteSettings(Markup page, IReadOnlyList<DerivedSetting> settings)
    {
        if (settings.Count == 0)
            return;
        page.AddLiteral("<section><h2>Derived settings</h2><p class=\"note\">Nobody gave these; each follows from something else.</p>");
        page.AddLiteral("<table class=\"data settings\"><thead><tr><th scope=\"col\">Setting</th><th scope=\"col\">Value</th>");
        page.AddLiteral("<th scope=\"col\">From</th></tr></thead><tbody>\n");
        foreach (DerivedSetting setting in settings)
        {
            page.Add($"<tr><th scope=\"row\"><code>{setting.Name}</code></th><td><code>{setting.Value}</code></td>");
            page.Add($"<td>{setting.Reason}</td></tr>\n");
        }
        page.AddLiteral("</tbody></table></section>\n");
    }

    /// <summary>A row with a bar.</summary>
    /// <param name="page">Receives the row.</param>
    /// <param name="name">What the bar measures.</param>
    /// <param name="bar">Where it begins and how long it is, as parts of the whole.</param>
    /// <param name="value">Its length in words.</param>
    public static void WriteBar(Markup page, string name, (double Start, double Length) bar, string value)
    {
        page.Add($"<tr><th scope=\"row\">{name}</th><td class=\"track\" aria-hidden=\"true\"><div>");
        page.Add($"<i style=\"left:min({bar.Start * 100:0.##}%, 100% - 3px);");
        page.Add($"width:{bar.Length * 100:0.##}%\"></i></div></td><td class=\"n\">{value}</td></tr>\n");
    }

    private static void WriteFigure(Markup page, string name, string value, string unit) =>
        page.Add($"<div><dt>{name}</dt><dd><b>{value}</b><span>{unit}</span></dd></div>\n");

    private static void WriteDifference(Markup page, double difference)
    {
        const double limit = RuntimeCheck.Limit;
        string verdict = !double.IsFinite(difference) ? "not measured"
            : difference <= limit ? $"✓ within {Figures.Short(limit)}"
            : $"✗ above the limit {Figures.Short(limit)}";
        string style = difference <= limit ? "good" : "bad";
        page.Add($"<div class=\"{style}\"><dt><abbr title=\"largest absolute difference of a logit\">Engine vs torch</abbr></dt>");
        page.Add($"<dd><b>{Figures.Short(difference)}</b><span>{verdict}</span></dd></div>\n");
    }
}
