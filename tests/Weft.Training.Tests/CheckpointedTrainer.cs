using Weft.Training.Runs.Checkpoints;

namespace Weft.Training.Tests;

/// <summary>Runs whose identity is a single word.</summary>
internal static class CheckpointedTrainer
{
    public static bool Run(this Trainer trainer, string folder, string identity, Action<TrainingSnapshot>? report, CancellationToken cancellation)
    {
        using CheckpointFolder checkpoints = Open(folder, identity);
        return trainer.Run(checkpoints, report, cancellation);
    }

    public static bool Resume(this Trainer trainer, string folder, string identity)
    {
        using CheckpointFolder checkpoints = Open(folder, identity);
        return trainer.Resume(checkpoints);
    }

    public static CheckpointFolder Open(string folder, string identity = "f") => new(folder, new(identity, "", "", ""));
}
