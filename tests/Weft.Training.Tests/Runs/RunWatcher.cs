using Weft.Training.Runs;

namespace Weft.Training.Tests.Runs;

/// <summary>Remembers what a run says.</summary>
internal sealed class RunWatcher : IRunObserver
{
    public List<string> Stages { get; } = [];

    public List<string> Lines { get; } = [];

    public Action<TrainingSnapshot>? OnStep { get; init; }

    public void Stage(string title, string? detail = null) => Stages.Add(title);

    public void Info(string line) => Lines.Add(line);

    public void Progress(string what, long done, long total)
    {
    }

    public void Training(TrainingSnapshot snapshot) => OnStep?.Invoke(snapshot);
}
