namespace Weft.Cli.Train.Report;

/// <summary>What the model writes, where it looks, and what it is made of.</summary>
internal static class ModelSections
{
    public static void WriteSamples(Markup page, IReadOnlyList<GeneratedSample> samples)
    {
        if (samples.Count == 0)
            return;
        page.AddLiteral("<section><h2>Samples</h2>");
        page.AddLiteral("<p class=\"note\"><span class=\"prompt\">Prompt</span> as given, the rest as the model went on.</p>\n");
        foreach (GeneratedSample sample in samples)
        {
            page.AddLiteral("<figure class=\"sample\"><blockquote><span class=\"unseen\">Prompt: </span>");
            page.Add($"<span class=\"prompt\">{sample.Prompt}</span>");
            page.Add($"<span class=\"unseen\"> Completion: </span>{sample.Completion}</blockquote>");
            if (sample.Note is not null)
                page.Add($"<figcaption>{sample.Note}</figcaption>");
            page.AddLiteral("</figure>\n");
        }
        page.AddLiteral("</section>\n");
    }

    public static void WriteAttention(Markup page, AttentionMap? map)
    {
        if (map is null)
            return;
        page.Add($"<section><h2>Attention</h2><p class=\"note\">{map.Title}. Rows attend, columns are attended to.</p>\n");
        HeatMap.Write(page, map);
        page.AddLiteral("<p class=\"legend ramp\" aria-hidden=\"true\">Probability");
        foreach (double p in new[] { 0, 0.01, 0.05, 0.2, 0.5, 1 })
        {
            page.AddLiteral("<span><svg viewBox=\"0 0 14 14\" width=\"14\" height=\"14\">");
            page.AddLiteral("<rect class=\"frame\" width=\"14\" height=\"14\"/><g class=\"cells\">");
            page.Add($"<rect width=\"14\" height=\"14\" fill-opacity=\"{HeatMap.Strength(p):0.##}\"/></g></svg>{p:0.##}</span>");
        }
        page.AddLiteral("</p></section>\n");
    }

    public static void WriteModel(Markup page, RunReport report)
    {
        if (report.Model is null && report.Parameters.Count == 0)
            return;
        page.AddLiteral("<section><h2>Model</h2><div class=\"two\">\n");
        WriteParameters(page, report.Parameters);
        if (report.Model is not null)
        {
            page.AddLiteral("<div><h3>Specification</h3><ul class=\"tree\">");
            WriteNode(page, report.Model);
            page.AddLiteral("</ul></div>\n");
        }
        page.AddLiteral("</div></section>\n");
    }

    private static void WriteParameters(Markup page, IReadOnlyList<ParameterPart> parts)
    {
        long total = parts.Sum(part => part.Count);
        if (total == 0)
            return;
        long largest = parts.Max(part => part.Count);
        page.Add($"<div><h3>Parameters</h3><p class=\"note\">{Figures.Count(total)} in all.</p><table class=\"bars\">");
        page.AddLiteral("<thead class=\"unseen\"><tr><th>Part</th><th>Compared with the largest part</th>");
        page.AddLiteral("<th>Parameters</th></tr></thead><tbody>\n");
        foreach (ParameterPart part in parts)
        {
            string value = $"{Figures.Count(part.Count)} · {Figures.Percent((double)part.Count / total)}";
            SummarySections.WriteBar(page, part.Name, (0, (double)part.Count / largest), value);
        }
        page.AddLiteral("</tbody></table></div>\n");
    }

    private static void WriteNode(Markup page, SpecNode node)
    {
        page.Add($"<li><span>{node.Name}</span>");
        if (node.Value is not null)
            page.Add($" <code>{node.Value}</code>");
        if (node.Children.Count > 0)
        {
            page.AddLiteral("<ul>");
            foreach (SpecNode child in node.Children)
                WriteNode(page, child);
            page.AddLiteral("</ul>");
        }
        page.AddLiteral("</li>");
    }
}
