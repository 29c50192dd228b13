using System.Globalization;
using System.Text;

namespace Weft.Cli.Train.Report;

/// <summary>Attention probabilities as a grid: rows attend, columns are attended to.</summary>
internal static class HeatMap
{
    /// <summary>More tokens than this would be unreadable and would make the page heavy.</summary>
    public const int MaximumTokens = 40;

    private const int Cell = 18;
    private const int Margin = 104;
    private const int LabelLength = 12;

    /// <summary>Probabilities below this are left blank.</summary>
    private const float Visible = 0.0005f;

    /// <summary>The first tokens of a longer map.</summary>
    /// <exception cref="ArgumentException">The map is not [T, T].</exception>
    public static AttentionMap Crop(AttentionMap map)
    {
        int all = map.Tokens.Count;
        if (map.Probabilities.Count != (long)all * all)
            throw new ArgumentException($"{all} tokens need {(long)all * all} probabilities, not {map.Probabilities.Count}", nameof(map));
        if (all <= MaximumTokens)
            return map;
        return new(
            $"{map.Title}, first {MaximumTokens} of {all} tokens",
            [.. map.Tokens.Take(MaximumTokens)],
            [.. Enumerable.Range(0, MaximumTokens).SelectMany(row => map.Probabilities.Skip(row * all).Take(MaximumTokens))]);
    }

    public static void Write(Markup page, AttentionMap map)
    {
        int shown = map.Tokens.Count;
        if (shown == 0)
        {
            page.AddLiteral("<p class=\"empty\">No attention was recorded.</p>");
            return;
        }
        string[] labels = [.. map.Tokens.Select(Label)];
        int size = Margin + (shown * Cell) + 4;
        page.Add($"<div class=\"wide\"><svg class=\"heat\" viewBox=\"0 0 {size} {size}\" style=\"max-width:{size}px\" role=\"img\" ");
        page.AddLiteral("aria-labelledby=\"heat-title heat-desc\"><title id=\"heat-title\">");
        page.Add($"{map.Title}</title><desc id=\"heat-desc\">{Describe(map, labels)}</desc><g class=\"tokens\">");
        for (int i = 0; i < shown; i++)
        {
            int middle = Margin + (i * Cell) + (Cell / 2);
            page.Add($"<text x=\"{Margin - 6}\" y=\"{middle + 4}\" text-anchor=\"end\">{labels[i]}</text>");
            page.Add($"<text transform=\"translate({middle + 4} {Margin - 6}) rotate(-90)\">{labels[i]}</text>");
        }
        page.AddLiteral("</g>");
        WriteCells(page, map, labels);
        page.AddLiteral("</svg></div>");
    }

    /// <summary>How much of the colour a probability gets: the root, so that small probabilities can be told from none.</summary>
    public static double Strength(double probability) => double.IsFinite(probability) ? Math.Sqrt(Math.Clamp(probability, 0, 1)) : 0;

    /// <summary>White space made visible, long tokens cut.</summary>
    public static string Label(string token)
    {
        var label = new StringBuilder();
        int length = 0;
        foreach (Rune rune in token.EnumerateRunes())
        {
            if (length++ == LabelLength)
                return label.Append('…').ToString();
            label.Append(rune.Value switch { ' ' => "·", '\n' => "↵", '\r' => "␍", '\t' => "⇥", _ => rune.ToString() });
        }
        return label.ToString();
    }

    private static void WriteCells(Markup page, AttentionMap map, string[] labels)
    {
        int side = labels.Length * Cell;
        page.Add($"<rect class=\"frame\" x=\"{Margin}\" y=\"{Margin}\" width=\"{side}\" height=\"{side}\"/>");
        page.AddLiteral("<g class=\"cells\">");
        for (int row = 0; row < labels.Length; row++)
        {
            page.Add($"<g transform=\"translate({Margin} {Margin + (row * Cell)})\">");
            for (int column = 0; column < labels.Length; column++)
            {
                float p = map.Probabilities[(row * map.Tokens.Count) + column];
                if (p < Visible || !float.IsFinite(p))
                    continue;
                page.Add($"<rect x=\"{column * Cell}\" width=\"{Cell}\" height=\"{Cell}\" fill-opacity=\"{Strength(p):0.##}\">");
                page.Add($"<title>{labels[row]} → {labels[column]}: {p:0.000}</title></rect>");
            }
            page.AddLiteral("</g>");
        }
        page.AddLiteral("</g>");
    }

    private static string Describe(AttentionMap map, string[] labels)
    {
        var text = new StringBuilder("Each row is a token, each column a token it attends to; the strongest column of each row: ");
        for (int row = 0; row < labels.Length; row++)
        {
            int best = Enumerable.Range(0, labels.Length).MaxBy(column => map.Probabilities[(row * map.Tokens.Count) + column]);
            text.Append(CultureInfo.InvariantCulture, $"{(row > 0 ? ", " : "")}{labels[row]} → {labels[best]}");
        }
        return text.Append('.').ToString();
    }
}
