namespace Weft.Training.Runs;

/// <summary>Who watches a run: a terminal, a log, a test.</summary>
public interface IRunObserver
{
    /// <summary>A stage of the run begins.</summary>
    /// <param name="title">What it does.</param>
    /// <param name="detail">With what.</param>
    void Stage(string title, string? detail = null);

    /// <summary>One line about what was found or chosen.</summary>
    void Info(string line);

    /// <summary>How far a part of the stage is.</summary>
    void Progress(string what, long done, long total);

    /// <summary>One training step is done.</summary>
    void Training(TrainingSnapshot snapshot);
}
