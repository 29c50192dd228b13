namespace Weft.Training.Logs;

/// <summary>Keeps, or passes on, the numbers of a run's steps. Not safe for concurrent use.</summary>
public interface IRunLog : IDisposable
{
    /// <summary>What messages call it.</summary>
    string Name { get; }

    /// <summary>
    /// Prepares for the steps after one: whatever a killed process has logged beyond it is dropped, for these steps come again.
    /// </summary>
    /// <param name="lastStep">Steps of the state that the run goes on from; 0 for a new run.</param>
    /// <returns>The last step that the log holds, at most <paramref name="lastStep"/>.</returns>
    int KeepUntil(int lastStep);

    /// <summary>Takes the next step.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    void Write(RunMetrics metrics);
}
