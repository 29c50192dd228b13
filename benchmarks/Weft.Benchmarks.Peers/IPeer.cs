namespace Weft.Benchmarks.Peers;

/// <summary>What is measured of a model, by the engine and by each peer.</summary>
/// <param name="Model">A GGUF file.</param>
/// <param name="Threads">That compute.</param>
/// <param name="Prompt">Tokens read at once; 0 leaves it out.</param>
/// <param name="Generate">Tokens generated one by one; 0 leaves it out.</param>
internal sealed record PeerTask(string Model, int Threads, int Prompt, int Generate);

/// <summary>Tokens a second; null where nothing was asked for.</summary>
internal readonly record struct PeerSpeed(double? Prompt, double? Generate);

/// <summary>Another engine, run in a process of its own.</summary>
internal interface IPeer
{
    /// <summary>As in the table.</summary>
    string Name { get; }

    /// <summary>What it says of its own version; null before it ran.</summary>
    string? Version { get; }

    /// <summary>Loads the model, warms up and measures once.</summary>
    /// <exception cref="PeerException">It cannot; the message is its own.</exception>
    PeerSpeed Measure(PeerTask task, CancellationToken cancellation);
}

/// <summary>A peer failed. The others go on.</summary>
internal sealed class PeerException(string message) : Exception(message);
