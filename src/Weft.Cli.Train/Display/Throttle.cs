namespace Weft.Cli.Train.Display;

/// <summary>Lets something happen at most once an interval.</summary>
internal sealed class Throttle(TimeProvider time, TimeSpan interval)
{
    private long? _last;

    /// <summary>True when the interval has passed; starts the next one then.</summary>
    public bool TryPass()
    {
        if (_last is { } last && time.GetElapsedTime(last) < interval)
            return false;
        Restart();
        return true;
    }

    /// <summary>Starts an interval now.</summary>
    public void Restart() => _last = time.GetTimestamp();
}
