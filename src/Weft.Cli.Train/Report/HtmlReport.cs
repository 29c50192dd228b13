namespace Weft.Cli.Train.Report;

/// <summary>Writes one run as one page: no network, no framework, light and dark, wide and narrow, on screen and on paper.</summary>
internal static class HtmlReport
{
    /// <summary>Writes the page, replacing an older one whole.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Write(string path, RunReport report) => AtomicFile.WriteText(path, ToHtml(report));

    /// <summary>The page as text; well-formed as XML, too, so that other tools can read it.</summary>
    public static string ToHtml(RunReport report)
    {
        report = report with { Attention = report.Attention is null ? null : HeatMap.Crop(report.Attention) };
        RunCurves curves = RunCurves.Of(report.Steps);
        var page = new Markup();
        page.AddLiteral("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>");
        page.AddLiteral("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>");
        page.Add($"<meta name=\"color-scheme\" content=\"light dark\"/><title>{report.Title}</title>");
        page.AddLiteral($"<style>\n{PageStyle.Text}</style></head>\n<body><main>\n");
        SummarySections.WriteHeader(page, report);
        LabelSections.Write(page, report.Labels);
        CurveSections.Write(page, curves, report.LossUnit);
        ModelSections.WriteSamples(page, report.Samples);
        ModelSections.WriteAttention(page, report.Attention);
        SummarySections.WriteStages(page, report.Stages);
        ModelSections.WriteModel(page, report);
        SummarySections.WriteCorpus(page, report.Corpus);
        SummarySections.WriteSettings(page, report.Settings);
        page.AddLiteral("<footer>Written by Weft. ");
        page.AddLiteral("The numbers of this page are in it as JSON, in the element <code>#run</code>.</footer>\n");
        page.AddLiteral("</main><div id=\"tip\" hidden=\"hidden\"></div>\n");
        page.AddLiteral($"<script type=\"application/json\" id=\"run\">{RunData.ToJson(report, curves)}</script>\n");
        page.AddLiteral($"<script>//<![CDATA[\n{PageScript.Text}//]]></script></body></html>\n");
        return page.ToString();
    }
}
