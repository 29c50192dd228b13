namespace Weft.Cli.Train.Report;

/// <summary>The curves over the steps.</summary>
internal static class CurveSections
{
    public static void Write(Markup page, RunCurves curves, string lossUnit)
    {
        Curve[] loss =
        [
            new("loss", "Training loss of each step", "raw", curves.Loss),
            new("smoothedLoss", "Training loss, smoothed", "smooth", curves.SmoothedLoss),
            new("validationLoss", "Validation loss", "validation", curves.ValidationLoss) { Sparse = true },
        ];
        page.AddLiteral("<section><h2>Loss</h2>\n");
        if (curves.Steps.Length > 0)
        {
            page.AddLiteral("<fieldset class=\"scale\"><legend>Steps</legend>");
            page.AddLiteral("<label><input type=\"radio\" name=\"scale\" id=\"scale-linear\" checked=\"checked\"/>linear</label>");
            page.AddLiteral("<label><input type=\"radio\" name=\"scale\" id=\"scale-log\"/>logarithmic</label></fieldset>");
            WriteLegend(page, loss);
        }
        foreach (bool logarithmic in new[] { false, true })
        {
            string scale = logarithmic ? "log" : "linear";
            page.Add($"<div class=\"x-{scale}\">");
            WriteBothWidths(page, new()
            {
                Id = "loss-" + scale,
                Title = "Loss over training steps",
                Unit = lossUnit,
                Steps = curves.Steps,
                Curves = loss,
                LogarithmicSteps = logarithmic,
            });
            page.AddLiteral("</div>\n");
        }
        page.AddLiteral("</section>\n<section class=\"multiples\">\n");
        double[] steps = curves.Steps;
        WriteSmall(page, "Learning rate", "rate", new("learningRate", "Learning rate", "smooth", curves.LearningRate), steps);
        Curve speed = new("tokensPerSecond", "Tokens per second", "smooth", curves.TokensPerSecond);
        WriteSmall(page, "Training speed", "tokens per second", speed, steps);
        WriteSmall(page, "Gradient norm", "before clipping", new("gradientNorm", "Gradient norm", "thin", curves.GradientNorm), steps);
        page.AddLiteral("</section>\n");
    }

    private static void WriteLegend(Markup page, Curve[] curves)
    {
        page.AddLiteral("<p class=\"legend\">");
        foreach (Curve curve in curves)
        {
            page.AddLiteral("<span><svg viewBox=\"0 0 28 12\" width=\"28\" height=\"12\" aria-hidden=\"true\">");
            page.Add($"<path class=\"curve {curve.Style}\" d=\"M1 6L27 6\"/>");
            if (curve.Sparse)
                page.Add($"<g class=\"marks {curve.Style}\"><circle cx=\"14\" cy=\"6\" r=\"3.2\"/></g>");
            page.Add($"</svg>{curve.Name}</span>");
        }
        page.AddLiteral("</p>\n");
    }

    /// <summary>Text in a scaled SVG scales with it, so a phone gets a chart of its own proportions.</summary>
    private static void WriteBothWidths(Markup page, LineChart chart)
    {
        (chart with { Style = "for-wide" }).WriteTo(page);
        if (chart.Steps.Count > 0)
            (chart with { Id = chart.Id + "-narrow", Style = "for-narrow", Width = 400, Height = 300 }).WriteTo(page);
    }

    private static void WriteSmall(Markup page, string title, string unit, Curve curve, double[] steps)
    {
        page.Add($"<figure><figcaption>{title}</figcaption>");
        var chart = new LineChart
        {
            Id = curve.Key,
            Title = $"{title} over training steps",
            Unit = unit,
            Steps = steps,
            Curves = [curve],
            Width = 330,
            Height = 210,
            FromZero = true,
        };
        chart.WriteTo(page);
        page.AddLiteral("</figure>\n");
    }
}
