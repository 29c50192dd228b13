namespace Weft.Cli.Tests;

/// <summary>The line about a model that is loaded.</summary>
public sealed class LoadDisplayTests
{
    [Fact]
    public void A_load_that_is_over_soon_shows_nothing()
    {
        Clock clock = new();
        using var error = new StringWriter();
        using (var display = new LoadDisplay(error, watched: true, clock))
        {
            clock.Advance(LoadDisplay.Patience - TimeSpan.FromMilliseconds(1));
            display.Report(new(5_000_000, 10_000_000));
        }
        Assert.Equal("", error.ToString());
    }

    [Fact]
    public void A_load_that_lasts_shows_a_bar_and_takes_it_away()
    {
        Clock clock = new();
        using var error = new StringWriter();
        using (var display = new LoadDisplay(error, watched: true, clock))
        {
            clock.Advance(LoadDisplay.Patience);
            display.Report(new(5_000_000, 10_000_000));
            Assert.EndsWith("5.0 MB of 10.0 MB (50 %)\e[K", error.ToString(), StringComparison.Ordinal);
        }
        Assert.EndsWith("\r\e[K", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_written_where_nobody_watches()
    {
        Clock clock = new();
        using var error = new StringWriter();
        using (var display = new LoadDisplay(error, watched: false, clock))
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            display.Report(new(5_000_000, 10_000_000));
        }
        Assert.Equal("", error.ToString());
    }

    private sealed class Clock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan time) => _ticks += time.Ticks;
    }
}
