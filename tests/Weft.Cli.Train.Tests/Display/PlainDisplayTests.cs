using Weft.Cli.Train.Display;
using Weft.Training;

namespace Weft.Cli.Train.Tests.Display;

public sealed class PlainDisplayTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly StringWriter _error = new() { NewLine = "\n" };

    [Fact]
    public void Lines_have_a_fixed_format()
    {
        using (var display = new PlainDisplay(_error, 8, _time))
        {
            display.Stage("Text", "read, split");
            display.Info("12 files");
            display.Stage("Pretraining");
            display.Training(Snapshot(step: 1240, validation: 3.187));
            _time.Advance(PlainDisplay.Interval);
            display.Training(Snapshot(step: 1260, validation: 3.2));
        }
        Assert.Equal(
            """
            [1/8] Text: read, split
              12 files
            [2/8] Pretraining
              step 1,240/2,000  loss 3.214  validation 3.187 (best 3.187)  rate 8.10e-4  9,120 tokens/s  elapsed 2:21  left 1:02:03
              step 1,260/2,000  loss 3.214  validation 3.200 (best 3.187)  rate 8.10e-4  9,120 tokens/s  elapsed 2:21  left 1:02:03

            """, _error.ToString());
    }

    [Fact]
    public void Training_prints_every_few_seconds_on_new_validations_and_at_the_end()
    {
        using var display = new PlainDisplay(_error, 8, _time);
        display.Stage("Pretraining");
        for (int step = 1; step <= 2000; step++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
            display.Training(Snapshot(step, step == 100 ? 3.5 : step == 101 ? 3.5 : null));
        }
        string[] lines = _error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            ["100", "600", "1,100", "1,600", "2,000"],
            lines.Skip(1).Select(line => line.Split("step ")[1].Split('/')[0]));
        Assert.Contains("validation 3.500", lines[^1]);
    }

    [Fact]
    public void Progress_prints_now_and_then_and_at_its_end()
    {
        using var display = new PlainDisplay(_error, 8, _time);
        display.Stage("Tokenizer");
        for (int i = 0; i <= 100; i++)
        {
            display.Progress("merges", i * 10, 1000);
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }
        Assert.Equal("[1/8] Tokenizer\n  merges 500/1,000 (50 %)\n  merges 1,000/1,000 (100 %)\n", _error.ToString());
    }

    [Fact]
    public void Streamed_text_cannot_steer_the_terminal()
    {
        using (var display = new PlainDisplay(_error, 8, _time))
        {
            display.Stage("Generation");
            display.Token("[red]a\e[2J");
            display.Token("\r\u009B\nb");
            display.Stage("Report");
            display.Token("end");
        }
        Assert.Equal("[1/8] Generation\n[red]a[2J\nb\n[2/8] Report\nend\n", _error.ToString());
    }

    [Fact]
    public void Missing_numbers_are_dashes()
    {
        using var display = new PlainDisplay(_error, 1, _time);
        TrainingSnapshot odd = Snapshot(1) with { Loss = double.NaN, TokensPerSecond = double.PositiveInfinity };
        display.Training(odd with { Remaining = TimeSpan.FromSeconds(-3) });
        Assert.Contains("loss –  rate 8.10e-4  – tokens/s  elapsed 2:21  left 0:00", _error.ToString());
    }

    [Theory]
    [InlineData(false, "xterm", null, true)]
    [InlineData(true, "xterm", null, false)]
    [InlineData(false, "dumb", null, false)]
    [InlineData(false, "xterm", "true", false)]
    [InlineData(false, "xterm", "false", true)]
    public void Terminals_are_told_from_logs(bool redirected, string terminal, string? continuousIntegration, bool interactive) =>
        Assert.Equal(interactive, RunDisplay.IsInteractive(redirected, name => name switch
        {
            "TERM" => terminal,
            "CI" => continuousIntegration,
            _ => null,
        }));

    [Fact]
    public void Logs_get_the_plain_display()
    {
        using IRunDisplay display = RunDisplay.Create(_error, interactive: false, 8);
        Assert.IsType<PlainDisplay>(display);
        display.Stage("Text");
        Assert.DoesNotContain('\e', _error.ToString());
    }

    public void Dispose() => _error.Dispose();

    internal static TrainingSnapshot Snapshot(int step, double? validation = null) => new(
        step, 2000, step * 4096L, 3.2141, validation, 8.1e-4, 0.6123, 9120.4, TimeSpan.FromSeconds(141), TimeSpan.FromSeconds(3723));
}
