namespace Weft.Evaluation.Harness.Code;

/// <summary>What a program may use.</summary>
public sealed record CodeLimits
{
    /// <summary>Time of day until it is ended; its processor time has the same limit.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Address space of each of its processes, in bytes. Python itself needs some 20 MB.</summary>
    public long Memory { get; init; } = 1L << 30;

    /// <summary>Bytes of all its files, which lie in memory.</summary>
    public long Files { get; init; } = 16L << 20;

    /// <summary>Processes and threads at once. Linux does not hold the superuser to it.</summary>
    public int Processes { get; init; } = 16;
}
