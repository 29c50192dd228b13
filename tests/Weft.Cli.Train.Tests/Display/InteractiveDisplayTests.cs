using System.Text.RegularExpressions;

using Spectre.Console;

using Weft.Cli.Train.Display;

namespace Weft.Cli.Train.Tests.Display;

public sealed class InteractiveDisplayTests : IDisposable
{
    private const string FrameEnd = "\e[J";

    private readonly ManualTime _time = new();
    private readonly StringWriter _error = new() { NewLine = "\n" };

    [Fact]
    public void Draws_at_most_eight_frames_a_second()
    {
        using var display = new InteractiveDisplay(Terminal(80, 24), 8, _time);
        display.Stage("Pretraining");
        int before = Frames();
        for (int step = 1; step <= 1000; step++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            display.Training(PlainDisplayTests.Snapshot(step));
        }
        Assert.InRange(Frames() - before, 7, 9);
    }

    [Fact]
    public void Last_change_is_drawn_although_nothing_follows()
    {
        using var display = new InteractiveDisplay(Terminal(80, 24), 8, _time);
        display.Stage("Tokenizer");
        display.Progress("merges", 1, 1000);
        display.Progress("merges", 777, 1000);
        Assert.DoesNotContain("777/1,000", _error.ToString());
        _time.Advance(InteractiveDisplay.FrameTime);
        Assert.Contains("777/1,000", _error.ToString());
    }

    [Fact]
    public void Clock_goes_on_in_silence()
    {
        using var display = new InteractiveDisplay(Terminal(80, 24), 8, _time);
        display.Stage("Pretraining");
        display.Training(PlainDisplayTests.Snapshot(5));
        _time.Advance(TimeSpan.FromSeconds(4.2));
        Assert.Contains("2:25", _error.ToString());
    }

    [Fact]
    public void Final_state_stays_and_the_cursor_comes_back()
    {
        using (var display = new InteractiveDisplay(Terminal(80, 24), 8, _time, new HiddenCursor(_error)))
        {
            display.Stage("Pretraining");
            display.Training(PlainDisplayTests.Snapshot(1999, 3.187));
            display.Training(PlainDisplayTests.Snapshot(2000));
        }
        string end = _error.ToString().Split("\e[").Aggregate("", (_, part) => part);
        Assert.Equal("?25h", end);
        Assert.StartsWith("\e[?25l", _error.ToString());
        Assert.Contains("100 %", _error.ToString());
        Assert.Contains("3.187", _error.ToString());
    }

    [Fact]
    public void Text_is_neither_markup_nor_control()
    {
        using var display = new InteractiveDisplay(Terminal(80, 24), 8, _time);
        display.Stage("[bold]Stage[/]", "[detail");
        display.Info("[red]info[/] \e]0;title\a");
        display.Progress("[x", 1, 2);
        display.Token("[green]token[/\e[2J");
        string text = _error.ToString();
        Assert.Contains("[bold]Stage[/]", text);
        Assert.Contains("[red]info[/] ]0;title", text);
        Assert.Contains("[green]token[/[2J", text);
        Assert.DoesNotContain("\e[2J", text);
        Assert.DoesNotContain("\e]", text);
    }

    [Fact]
    public void No_frame_is_drawn_over_streamed_text()
    {
        using var display = new InteractiveDisplay(Terminal(80, 24), 8, _time);
        display.Stage("Generation");
        display.Token("one");
        int before = _error.ToString().Length;
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(before, _error.ToString().Length);
        display.Stage("Report");
        Assert.Contains("one\n", _error.ToString());
    }

    [Theory]
    [InlineData(80, 24, true)]
    [InlineData(200, 60, true)]
    [InlineData(50, 30, true)]
    [InlineData(80, 14, true)]
    [InlineData(80, 12, false)]
    [InlineData(30, 5, false)]
    [InlineData(10, 3, false)]
    public void Training_fits_the_window(int width, int height, bool curve)
    {
        using var display = new InteractiveDisplay(Terminal(width, height), 8, _time);
        for (int step = 1; step <= 300; step++)
            display.Training(PlainDisplayTests.Snapshot(step, 3.4));
        display.Stage("Pretraining");
        int start = _error.ToString().Length;
        for (int step = 300; step <= 600; step++)
            display.Training(PlainDisplayTests.Snapshot(step, 3.4));
        _time.Advance(InteractiveDisplay.FrameTime);
        string frame = _error.ToString()[start..].Split(FrameEnd)[0];
        string[] lines = Regex.Replace(frame, "\e\\[[0-9;?]*[A-Za-z]", "").TrimStart('\r').TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 1, width - 1));
        Assert.InRange(lines.Length, 1, height - 1);
        Assert.Equal(curve, frame.Any(c => c is > '\u2800' and <= '\u28FF'));
    }

    [Fact]
    public void A_narrower_window_wraps_the_frame_before()
    {
        IAnsiConsole terminal = Terminal(80, 24);
        var region = new LiveRegion(terminal);
        region.Draw(new Spectre.Console.Text(new string('x', 70) + "\n" + new string('y', 20)));
        terminal.Profile.Width = 40;
        region.Draw(new Spectre.Console.Text("z"));
        Assert.Contains("\r\e[3Az", _error.ToString());
    }

    [Fact]
    public void Curve_falls_from_left_to_right_and_ends_at_the_last_step()
    {
        var curve = new LossCurve();
        for (int step = 1; step <= 5000; step++)
            curve.Add(step, 10 - (step / 1000.0));
        curve.Add(5000, double.NaN);
        (string[] lines, double top, double bottom) = curve.Draw(20, 4, 10_000);
        Assert.Equal('\u2800', lines[3][0]);
        Assert.NotEqual('\u2800', lines[0][0]);
        Assert.NotEqual('\u2800', lines[3][9]);
        Assert.All(lines, line => Assert.Equal(new string('\u2800', 9), line[11..]));
        Assert.InRange(top, 8.5, 10);
        Assert.InRange(bottom, 5, 5.2);
    }

    [Fact]
    public void Curve_without_a_loss_is_blank()
    {
        (string[] lines, double top, double _) = new LossCurve().Draw(5, 2, 0);
        Assert.Equal([new string('\u2800', 5), new string('\u2800', 5)], lines);
        Assert.Equal(double.NaN, top);
    }

    [Fact]
    public void Throttle_passes_once_an_interval()
    {
        var throttle = new Throttle(_time, TimeSpan.FromSeconds(1));
        Assert.True(throttle.TryPass());
        _time.Advance(TimeSpan.FromSeconds(0.9));
        Assert.False(throttle.TryPass());
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(throttle.TryPass());
        Assert.False(throttle.TryPass());
    }

    public void Dispose() => _error.Dispose();

    private int Frames() => Regex.Count(_error.ToString(), Regex.Escape(FrameEnd));

    private IAnsiConsole Terminal(int width, int height)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(_error),
        });
        console.Profile.Width = width;
        console.Profile.Height = height;
        return console;
    }
}
