using Weft.Inference.Kernels;
using Weft.Inference.Threading;
using Weft.Model.Checkpoints;

namespace Weft.Inference;

/// <summary>How the engine is built and uses the machine.</summary>
public sealed record EngineOptions
{
    /// <summary>
    /// Threads that compute, the caller's own included. The same bits come out for any number. Without it, one for each physical core that the process may run on
    /// (Linux; elsewhere one for each logical processor), and no more than a container's share of time allows.
    /// </summary>
    public int Threads { get; init; } = PhysicalCores.Count;

    /// <summary>
    /// Keeps each of the engine's own threads on a physical core of its own; the first core is left to the caller's thread, which is not the engine's to pin. Steadier
    /// times on a machine that does nothing else; two pinned engines on one machine get in each other's way. Linux only.
    /// </summary>
    public bool PinThreads { get; init; }

    /// <summary>
    /// Looks at every weight before the engine is built and refuses a model with one that is infinite or not a number, which would make
    /// outputs that are not numbers. The cost is one reading of all files at once, where the engine otherwise reads mapped weights when they are
    /// first used; memory does not grow.
    /// </summary>
    public bool CheckWeights { get; init; }

    /// <summary>
    /// Computes every product in fp32, whatever the weights are stored as. Otherwise inputs are rounded as is usual for the type of the weights: to 8 bits in
    /// blocks of 32 for block-quantized ones, to bf16 for BF16, and for F16 whose numbers are all of bf16 too, where the processor multiplies that; several times faster.
    /// </summary>
    public bool Exact { get; init; }

    /// <summary>
    /// How keys and values are stored: F32, F16, BF16, or Q8_0 for 8 bits with a scale for each position and head. Narrower ones take less memory, and less time
    /// where a long context is read. Null takes BF16 where the model's products round their inputs and the processor multiplies bf16, and else F32;
    /// <see cref="Transformer.CacheType"/> tells which.
    /// </summary>
    public ElementType? CacheType { get; init; }

    /// <summary>
    /// Told how far the loading of a model is, each time that a parameter is ready, from the thread that loads; the last time all bytes are. Matrices are packed
    /// when a model is loaded, which takes seconds for large ones. Null for nobody.
    /// </summary>
    public IProgress<LoadProgress>? Progress { get; init; }

    /// <summary>
    /// Told, in a sentence for people, what the engine has to do without on this machine though the processor could: once for each model that is loaded. Null
    /// for nobody.
    /// </summary>
    public Action<string>? Log { get; init; }

    internal EngineOptions Validate()
    {
        InstructionTiers.Check(Environment.GetEnvironmentVariable(InstructionTiers.Variable));
        if (Threads < 1)
            throw new ArgumentOutOfRangeException(nameof(Threads), Threads, $"Threads is {Threads}; at least the caller's own thread computes, so use 1 or more");
        if (PinThreads && !OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("PinThreads keeps threads on their cores on Linux only; leave it off on this system");
        if (PinThreads && Threads > PhysicalCores.Processors.Length)
            throw new ArgumentOutOfRangeException(nameof(Threads), Threads,
                $"Threads is {Threads}, but of the physical cores that this process may run on there are {PhysicalCores.Processors.Length}, and pinned threads have one each; use no more threads, or do not pin them");
        return CacheType is null or ElementType.F32 or ElementType.F16 or ElementType.BF16 or ElementType.Q8_0 ? this
            : throw new ArgumentOutOfRangeException(nameof(CacheType), CacheType, $"CacheType is {CacheType}; keys and values are stored as F32, F16, BF16 or Q8_0");
    }
}
