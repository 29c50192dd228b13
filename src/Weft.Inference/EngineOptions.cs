namespace Weft.Inference;

/// <summary>How the engine uses the machine; none of it changes a result.</summary>
public sealed record EngineOptions
{
    /// <summary>Threads that compute, the caller's own included. The same bits come out for any number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    internal EngineOptions Validate() => Threads >= 1
        ? this
        : throw new ArgumentOutOfRangeException(nameof(Threads), Threads, $"Threads is {Threads}; at least the caller's own thread computes, so use 1 or more");
}
