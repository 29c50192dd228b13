using Weft.Training;
using Weft.Training.Objectives;

namespace Weft.Cli.Train.Report;

/// <summary>How well labels were predicted.</summary>
internal static class LabelSections
{
    /// <summary>The figures at the head of the page.</summary>
    public static void WriteFigures(Markup page, LabelScores scores, Action<Markup, string, string, string> write)
    {
        if (scores.Kind == LabelKind.Number)
        {
            write(page, "Mean absolute error", Figures.Short(scores.MeanAbsoluteError), "on held-out rows");
            return;
        }
        if (scores.Kind == LabelKind.Span)
        {
            write(page, "Span accuracy", Figures.Fixed(scores.Accuracy, 4), "held-out windows with both ends right");
            return;
        }
        if (scores.Entities is { } entities)
            write(page, "Entity F1", Figures.Fixed(entities.F1, 4), FormattableString.Invariant($"of {Figures.Count(entities.Actual)} held-out entities"));
        write(page, "Accuracy", Figures.Fixed(scores.Accuracy, 4), scores.Kind == LabelKind.Several ? "rows with all labels right" : scores.Kind == LabelKind.EachWord ? "of held-out words" : "on held-out rows");
        write(page, "Macro F1", Figures.Fixed(scores.MacroF1, 4), "mean over the labels");
    }

    /// <summary>A table of the labels.</summary>
    public static void Write(Markup page, LabelReport? labels)
    {
        if (labels is null || labels.Names.Count == 0)
            return;
        LabelScores scores = labels.Scores;
        page.Add($"<section><h2>Labels</h2><p class=\"note\">On {Figures.Count(scores.Rows)} held-out {(scores.Kind == LabelKind.EachWord ? "words" : "rows")}.</p><div class=\"wide\"><table class=\"data\"><thead><tr>");
        page.AddLiteral("<th scope=\"col\">Label</th><th scope=\"col\" class=\"n\">Precision</th><th scope=\"col\" class=\"n\">Recall</th>");
        page.Add($"<th scope=\"col\" class=\"n\">F1</th><th scope=\"col\" class=\"n\">{(scores.Kind == LabelKind.EachWord ? "Words" : "Rows")}</th></tr></thead><tbody>\n");
        for (int label = 0; label < scores.Count; label++)
        {
            page.Add($"<tr><th scope=\"row\">{labels.Names[label]}</th><td class=\"n\">{Figures.Fixed(scores.Precision(label), 4)}</td>");
            page.Add($"<td class=\"n\">{Figures.Fixed(scores.Recall(label), 4)}</td><td class=\"n\">{Figures.Fixed(scores.F1(label), 4)}</td>");
            page.Add($"<td class=\"n\">{Figures.Count(scores.Support(label))}</td></tr>\n");
        }
        page.AddLiteral("</tbody></table></div></section>\n");
    }
}
