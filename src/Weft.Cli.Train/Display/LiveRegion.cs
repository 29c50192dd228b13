using System.Text;

using Spectre.Console;
using Spectre.Console.Rendering;

namespace Weft.Cli.Train.Display;

/// <summary>The last lines of a terminal, which are drawn again in place.</summary>
/// <remarks>
/// Spectre's own live display holds the caller's thread and forgets how its lines wrap when the window gets narrower. Here a
/// frame is one write, which does not flicker, and the lines of the frame before are counted as the window wraps them now.
/// </remarks>
internal sealed class LiveRegion(IAnsiConsole console)
{
    private const string ToLineEnd = "\e[K";
    private const string ToScreenEnd = "\e[J";

    private int[] _widths = [];

    /// <summary>Replaces what was drawn before.</summary>
    public void Draw(IRenderable content)
    {
        // One column stays free: a line that fills the window would wrap in some terminals.
        int width = Math.Max(1, console.Profile.Width - 1);
        var options = RenderOptions.Create(console, console.Profile.Capabilities);
        List<SegmentLine> lines = Segment.SplitLines(content.Render(options, width));
        var frame = new StringBuilder(ToStart());
        foreach (SegmentLine line in lines)
            frame.Append(console.ToAnsi(new Segments(line)).TrimEnd('\n', '\r')).Append(ToLineEnd).Append('\n');
        frame.Append(ToScreenEnd);
        Write(frame.ToString());
        _widths = [.. lines.Select(line => line.CellCount())];
    }

    /// <summary>Removes what was drawn.</summary>
    public void Erase()
    {
        if (_widths.Length > 0)
            Write(ToStart() + ToScreenEnd);
        _widths = [];
    }

    /// <summary>Leaves what was drawn where it is; the next frame begins below.</summary>
    public void Keep() => _widths = [];

    private string ToStart()
    {
        int width = Math.Max(1, console.Profile.Width);
        int rows = _widths.Sum(cells => Math.Max(1, (cells + width - 1) / width));
        return rows == 0 ? "\r" : $"\r\e[{rows}A";
    }

    private void Write(string text)
    {
        console.Profile.Out.Writer.Write(text);
        console.Profile.Out.Writer.Flush();
    }

    /// <summary>Segments that were measured and cut already.</summary>
    private sealed class Segments(IEnumerable<Segment> segments) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => new(maxWidth, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => segments;
    }
}
