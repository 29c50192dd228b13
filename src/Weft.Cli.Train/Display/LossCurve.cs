namespace Weft.Cli.Train.Display;

/// <summary>The loss so far, drawn in braille characters of 2 by 4 dots.</summary>
internal sealed class LossCurve
{
    /// <summary>More than the dots of any terminal's width.</summary>
    private const int MaximumPoints = 2048;

    private const char EmptyBraille = '\u2800';

    /// <summary>Dots left out when the range is chosen: the fall of the first steps would flatten all that follows.</summary>
    private const int DotsBeforeRange = 4;

    private readonly List<(double Step, double Loss, int Count)> _points = [];
    private int _stride = 1;

    public void Add(int step, double loss)
    {
        if (!double.IsFinite(loss))
            return;
        if (_points.Count > 0 && _points[^1] is var last && last.Count < _stride)
            _points[^1] = Mean(last, (step, loss, 1));
        else
            _points.Add((step, loss, 1));
        if (_points.Count <= MaximumPoints)
            return;
        for (int i = 0; i < _points.Count / 2; i++)
            _points[i] = Mean(_points[2 * i], _points[(2 * i) + 1]);
        _points.RemoveRange(_points.Count / 2, _points.Count - (_points.Count / 2));
        _stride *= 2;
    }

    /// <summary>Draws the loss over all steps of the run, so that the curve grows from left to right.</summary>
    /// <param name="width">Characters.</param>
    /// <param name="height">Lines.</param>
    /// <param name="steps">Steps of the whole run.</param>
    /// <returns>The lines, and the losses at the top and at the bottom; NaN where there is no loss yet.</returns>
    public (string[] Lines, double Top, double Bottom) Draw(int width, int height, int steps)
    {
        double[] dots = ToDots(2 * width, steps);
        double[] finite = [.. dots.Where(double.IsFinite)];
        char[][] grid = [.. Enumerable.Range(0, height).Select(_ => Enumerable.Repeat(EmptyBraille, width).ToArray())];
        if (finite.Length == 0)
            return ([.. grid.Select(row => new string(row))], double.NaN, double.NaN);
        double bottom = finite.Min();
        double top = finite.Length > 8 * DotsBeforeRange ? finite[DotsBeforeRange..].Max() : finite.Max();
        int rows = 4 * height;
        int before = -1;
        for (int x = 0; x < dots.Length; x++)
        {
            if (!double.IsFinite(dots[x]))
                continue;
            double share = top > bottom ? Math.Clamp((top - dots[x]) / (top - bottom), 0, 1) : 0.5;
            int y = (int)Math.Round(share * (rows - 1));
            // A steep part is drawn as a vertical line that begins next to the dot before.
            int from = before < 0 ? y : y > before ? before + 1 : y < before ? before - 1 : y;
            for (int dot = Math.Min(from, y); dot <= Math.Max(from, y); dot++)
                grid[dot / 4][x / 2] |= Dot(x % 2, dot % 4);
            before = y;
        }
        return ([.. grid.Select(row => new string(row))], top, bottom);
    }

    /// <summary>Mean loss of each column of dots; columns between two points are interpolated, those to come are NaN.</summary>
    private double[] ToDots(int columns, int steps)
    {
        double[] sums = new double[columns];
        int[] counts = new int[columns];
        foreach ((double step, double loss, int count) in _points)
        {
            int column = Math.Clamp((int)(step / Math.Max(steps, 1) * columns), 0, columns - 1);
            sums[column] += loss * count;
            counts[column] += count;
        }
        double[] dots = [.. sums.Zip(counts, (sum, count) => count > 0 ? sum / count : double.NaN)];
        int known = -1;
        for (int x = 0; x < columns; x++)
        {
            if (counts[x] == 0)
                continue;
            for (int gap = known + 1; known >= 0 && gap < x; gap++)
                dots[gap] = dots[known] + ((dots[x] - dots[known]) * (gap - known) / (x - known));
            known = x;
        }
        return dots;
    }

    private static (double Step, double Loss, int Count) Mean(
        (double Step, double Loss, int Count) a, (double Step, double Loss, int Count) b)
    {
        int count = a.Count + b.Count;
        return (((a.Step * a.Count) + (b.Step * b.Count)) / count, ((a.Loss * a.Count) + (b.Loss * b.Count)) / count, count);
    }

    /// <summary>The bit of a dot in Unicode's braille block, whose fourth row came later and took the highest bits.</summary>
    private static char Dot(int x, int y) => (char)(y < 3 ? 1 << (y + (3 * x)) : 0x40 << x);
}
