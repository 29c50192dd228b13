using Weft.Evaluation.Harness;

namespace Weft.Cli.Evaluation;

/// <summary>An evaluation as one page: all scores, and of each task some rows as the model saw them.</summary>
internal static class EvaluationPage
{
    private const string Style = """
        .facts { display: flex; flex-wrap: wrap; gap: 0.8rem 2.2rem; margin-top: 1.6rem; }
        .facts dt { color: var(--quiet); font-size: 0.8rem; }
        .facts dd { overflow-wrap: anywhere; }
        .wide { overflow-x: auto; }
        .data td.arrow { color: var(--quiet); padding-right: 0.6rem; }
        .group th { font-weight: 650; }
        details { margin-top: 1rem; border: 1px solid var(--rule); border-radius: 6px; background: var(--surface); padding: 0.7rem 1rem; }
        summary { cursor: pointer; overflow-wrap: anywhere; font-size: 0.9rem; color: var(--quiet); }
        pre { font: 0.85rem/1.5 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; margin: 0.7rem 0 0; max-height: 24rem; overflow-y: auto; }
        .texts { margin-top: 0.7rem; }
        .texts td.text { white-space: pre-wrap; overflow-wrap: anywhere; font-family: var(--mono); font-size: 0.85rem; width: 100%; }
        .gold .text { color: var(--good); font-weight: 600; }
        .picked .n { color: var(--accent); font-weight: 650; }

        """;

    /// <summary>The page as text; well-formed as XML, too.</summary>
    public static string ToHtml(EvaluationReport report)
    {
        var page = new Markup();
        page.AddLiteral("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>");
        page.AddLiteral("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>");
        page.Add($"<meta name=\"color-scheme\" content=\"light dark\"/><title>Evaluation of {report.Model}</title>");
        page.AddLiteral($"<style>\n{PageBase.Text}{Style}</style></head>\n<body><main>\n");
        page.Add($"<header><p class=\"kicker\">Evaluation</p><h1>{report.Model}</h1></header>\n<dl class=\"facts\">");
        foreach ((string name, string value) in report.Facts())
            page.Add($"<div><dt>{name}</dt><dd>{value}</dd></div>");
        page.AddLiteral("</dl>\n");
        WriteScores(page, report.Result);
        foreach (TaskResult task in report.Result.Tasks)
            WriteTask(page, task);
        page.AddLiteral("<footer>Written by Weft.</footer>\n</main></body></html>\n");
        return page.ToString();
    }

    private static void WriteScores(Markup page, EvaluationResult result)
    {
        page.AddLiteral("<section aria-labelledby=\"scores\"><h2 id=\"scores\">Scores</h2>");
        page.AddLiteral("<p class=\"note\">The interval holds 95 % of 1,000 bootstrap draws of the rows. An arrow shows which direction is good.</p>\n");
        page.AddLiteral("<div class=\"wide\"><table class=\"data\"><thead><tr><th scope=\"col\">task</th><th scope=\"col\" class=\"n\">shots</th><th scope=\"col\" class=\"n\">rows</th><th scope=\"col\">metric</th>");
        page.AddLiteral("<th scope=\"col\"><span class=\"unseen\">good direction</span></th><th scope=\"col\" class=\"n\">score</th><th scope=\"col\" class=\"n\">± error</th><th scope=\"col\" class=\"n\">95 % interval</th></tr></thead><tbody>\n");
        foreach (TaskResult task in result.Tasks)
            foreach (MetricScore score in task.Scores)
            {
                page.Add($"<tr><th scope=\"row\">{task.Task}</th><td class=\"n\">{task.Shots}</td><td class=\"n\">{task.Rows:N0}</td>");
                WriteScore(page, score);
            }
        foreach (GroupResult group in result.Groups)
            foreach (MetricScore score in group.Scores)
            {
                page.Add($"<tr class=\"group\"><th scope=\"row\">{group.Group}</th><td></td><td class=\"n\">{group.Rows:N0}</td>");
                WriteScore(page, score);
            }
        page.AddLiteral("</tbody></table></div></section>\n");
    }

    private static void WriteScore(Markup page, MetricScore score)
    {
        page.Add($"<td>{score.Metric}</td><td class=\"arrow\">{(score.HigherIsBetter ? "↑" : "↓")}</td><td class=\"n\">{EvaluationReport.Shown(score.Estimate.Value)}</td>");
        page.Add($"<td class=\"n\">{(score.Estimate.StandardError is { } error ? EvaluationReport.Shown(error) : "")}</td><td class=\"n\">{EvaluationReport.Interval(score.Estimate)}</td></tr>\n");
    }

    private static void WriteTask(Markup page, TaskResult task)
    {
        page.Add($"<section aria-labelledby=\"task-{task.Task}\"><h2 id=\"task-{task.Task}\">{task.Task}</h2><p class=\"note\">Version {task.Version}, {task.Rows:N0} rows of {task.File}, ");
        page.Add($"prompts {task.PromptHash}, {EvaluationReport.Time(task.Duration)}.");
        if (task.Truncated > 0)
            page.Add($" {task.Truncated:N0} prompts lost their beginning, since they do not fit the model's context.");
        if (EvaluationReport.Seen(task) is { } seen)
            page.Add($" {seen}.");
        if (task.Skipped.Count > 0)
            page.Add($" {task.Skipped.Count:N0} rows do not fit and do not count.");
        page.AddLiteral("</p>\n");
        foreach (EvaluatedExample example in task.Examples)
            WriteExample(page, example);
        page.AddLiteral("</section>\n");
    }

    private static void WriteExample(Markup page, EvaluatedExample example)
    {
        bool sharesPrompt = example.Texts.All(text => text.Prompt == example.Texts[0].Prompt);
        double? best = example.Texts.Count > 1 ? example.Texts.Max(text => text.LogLikelihood) : null;
        page.Add($"<details><summary>{example.Source}{Verdict(example, best)}</summary>");
        if (sharesPrompt && example.Texts[0].Prompt.Length > 0)
            page.Add($"<pre>{example.Texts[0].Prompt}</pre>");
        page.AddLiteral("<table class=\"data texts\"><tbody>\n");
        foreach (ExampleText text in example.Texts)
        {
            string classes = $"{(text.IsGold ? "gold " : "")}{(best is not null && text.LogLikelihood == best ? "picked" : "")}";
            page.Add($"<tr class=\"{classes}\"><td class=\"text\">{(sharesPrompt ? "" : text.Prompt)}{text.Text}</td><td>{(text.IsGold ? "right" : "")}</td>");
            page.Add($"<td class=\"n\">{(text.LogLikelihood is { } score ? EvaluationReport.Shown(score) : "")}</td></tr>\n");
        }
        page.AddLiteral("</tbody></table>");
        if (example.Outcome is { } outcome)
            page.Add($"<p class=\"note\">{(outcome.Passed ? "The program passed." : $"The program failed: {outcome.Problem}")}</p>");
        if (example.Answer is { } answer)
            page.Add($"<p class=\"note\">Right answer:</p><pre>{answer}</pre>");
        page.AddLiteral("</details>\n");
    }

    /// <summary>Whether the choice that the model finds likeliest is the right one; nothing where there is none to make.</summary>
    private static string Verdict(EvaluatedExample example, double? best) => example.Texts.FirstOrDefault(text => text.IsGold) is { } gold && best is not null
        ? gold.LogLikelihood == best ? " · right" : " · wrong" : "";
}
