namespace Weft.Inference;

/// <summary>How the engine is built and uses the machine; none of it changes a result.</summary>
public sealed record EngineOptions
{
    /// <summary>Threads that compute, the caller's own included. The same bits come out for any number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// Looks at every weight before the engine is built and refuses a model with one that is infinite or not a number, which would make
    /// outputs that are not numbers. The cost is one reading of all files at once, where the engine otherwise reads mapped weights when they are
    /// first used; memory does not grow.
    /// </summary>
    public bool CheckWeights { get; init; }

    internal EngineOptions Validate() => Threads >= 1
        ? this
        : throw new ArgumentOutOfRangeException(nameof(Threads), Threads, $"Threads is {Threads}; at least the caller's own thread computes, so use 1 or more");
}
