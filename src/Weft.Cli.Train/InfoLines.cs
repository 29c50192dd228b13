using Weft.Training.Runs;

namespace Weft.Cli.Train;

/// <summary>Shows what is told, line by line, and nothing of how far it is.</summary>
/// <param name="error">Takes the lines.</param>
internal sealed class InfoLines(TextWriter error) : IRunObserver
{
    /// <inheritdoc/>
    public void Stage(string title, string? detail = null)
    {
    }

    /// <inheritdoc/>
    public void Info(string line) => error.WriteLine(line);

    /// <inheritdoc/>
    public void Progress(string what, long done, long total)
    {
    }

    /// <inheritdoc/>
    public void Training(Weft.Training.TrainingSnapshot snapshot)
    {
    }
}
