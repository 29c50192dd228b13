using Spectre.Console;
using Spectre.Console.Rendering;
using Weft.Training;
using PlainText = Spectre.Console.Text;

namespace Weft.Cli.Train.Display;

/// <summary>How training looks while it goes on.</summary>
internal static class TrainingPanel
{
    private const int MaximumWidth = 100;

    /// <summary>Columns of the curve's scale.</summary>
    private const int ScaleWidth = 7;

    private static readonly Style Quiet = new(decoration: Decoration.Dim);
    private static readonly Style Strong = new(decoration: Decoration.Bold);
    private static readonly Style Accent = new(Color.Teal);
    private static readonly Style Validation = new(Color.Olive);

    /// <summary>A panel that fits the window; one line where the window is too small for a panel.</summary>
    /// <param name="s">The last step.</param>
    /// <param name="losses">Last and best validation loss.</param>
    /// <param name="curve">The loss so far.</param>
    /// <param name="window">Columns and lines of the terminal.</param>
    public static IRenderable Render(
        TrainingSnapshot s, (double? Last, double? Best) losses, LossCurve curve, (int Width, int Height) window)
    {
        int inner = Math.Min(window.Width - 1, MaximumWidth) - 4;
        int pairs = inner >= 68 ? 3 : inner >= 44 ? 2 : 1;
        (string Name, string Value, Style Style)[] figures =
        [
            ("loss", DisplayText.Loss(s.Loss), Strong),
            ("validation", DisplayText.Loss(losses.Last), Validation),
            ("best", DisplayText.Loss(losses.Best), Validation),
            ("learning rate", DisplayText.Rate(s.LearningRate), Style.Plain),
            ("gradient norm", DisplayText.Norm(s.GradientNorm), Style.Plain),
            ("tokens/s", DisplayText.Speed(s.TokensPerSecond), Style.Plain),
            ("elapsed", DisplayText.Clock(s.Elapsed), Style.Plain),
            ("left", DisplayText.Clock(s.Remaining), Strong),
            DisplayText.Accuracy(s) is { } accuracy ? ("accuracy", accuracy, Validation) : ("tokens", DisplayText.Count(s.Tokens), Style.Plain),
        ];
        int fixedLines = 2 + 2 + ((figures.Length + pairs - 1) / pairs);
        // The stage's line and the line of the cursor stay visible.
        int room = window.Height - 3 - fixedLines;
        if (room < 0 || inner < 24)
            return OneLine(s, losses.Last, window.Width);

        var parts = new List<IRenderable>
        {
            Bar((double)s.Step / Math.Max(s.Steps, 1), inner, $"{DisplayText.Count(s.Step)}/{DisplayText.Count(s.Steps)}"),
            PlainText.Empty,
            Figures(figures, pairs, inner),
        };
        int curveLines = Math.Min(6, room - 1);
        if (curveLines >= 3 && inner > 3 * ScaleWidth)
        {
            parts.Add(PlainText.Empty);
            parts.Add(Curve(curve, (inner, curveLines), s.Steps));
        }
        return new Panel(new Rows(parts)) { Border = BoxBorder.Rounded, BorderStyle = Quiet, Width = inner + 4 };
    }

    /// <summary>Fills <paramref name="width"/> columns: a bar, the percentage, and the count.</summary>
    public static IRenderable Bar(double share, int width, string count)
    {
        string percent = DisplayText.Percent(share).PadLeft(6);
        int length = Math.Max(4, width - percent.Length - count.Length - 3);
        int filled = (int)(Math.Clamp(share, 0, 1) * length);
        return new Paragraph()
            .Append(new string('━', filled), Accent)
            .Append(new string('─', length - filled), Quiet)
            .Append(percent, Strong)
            .Append("   " + count);
    }

    private static PlainText OneLine(TrainingSnapshot s, double? validation, int width)
    {
        string line = $"{DisplayText.Percent((double)s.Step / Math.Max(s.Steps, 1))} loss {DisplayText.Loss(s.Loss)} "
            + $"val {DisplayText.Loss(validation)} left {DisplayText.Clock(s.Remaining)}";
        return new(line[..Math.Clamp(width - 1, 1, line.Length)]);
    }

    /// <summary>Names and values in columns, each filled from top to bottom.</summary>
    private static Paragraph Figures((string Name, string Value, Style Style)[] figures, int pairs, int inner)
    {
        const int nameWidth = 14;
        const int gap = 4;
        int valueWidth = Math.Min(12, ((inner + gap) / pairs) - nameWidth - gap);
        int rows = (figures.Length + pairs - 1) / pairs;
        var text = new Paragraph();
        for (int row = 0; row < rows; row++)
        {
            for (int i = row; i < figures.Length; i += rows)
            {
                (string name, string value, Style style) = figures[i];
                text.Append(name.PadRight(nameWidth), Quiet).Append(value.PadLeft(valueWidth), style);
                if (i + rows < figures.Length)
                    text.Append(new string(' ', gap));
            }
            if (row < rows - 1)
                text.Append("\n");
        }
        return text;
    }

    private static Paragraph Curve(LossCurve curve, (int Width, int Lines) size, int steps)
    {
        (string[] lines, double top, double bottom) = curve.Draw(size.Width - ScaleWidth, size.Lines, steps);
        var text = new Paragraph();
        for (int i = 0; i < lines.Length; i++)
        {
            string scale = i == 0 ? DisplayText.Loss(top) : i == lines.Length - 1 ? DisplayText.Loss(bottom) : "";
            text.Append(scale.PadLeft(ScaleWidth - 1) + " ", Quiet).Append(lines[i], Accent);
            if (i < lines.Length - 1)
                text.Append("\n");
        }
        return text;
    }
}
