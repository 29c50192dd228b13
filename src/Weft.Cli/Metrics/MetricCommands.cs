namespace Weft.Cli.Metrics;

/// <summary><c>weft metric</c>: how good finished outputs are.</summary>
internal static class MetricCommands
{
    /// <summary>Makes the command and those below it.</summary>
    public static DocumentedCommand Create() => DocumentedCommand.CreateGroup("metric", "Score finished outputs against references",
        new BleuCommand().Create(),
        new ChrfCommand().Create(),
        new TerCommand().Create(),
        new RougeCommand().Create(),
        new SquadCommand().Create(),
        new LabelCommand("accuracy", "Share of labels that are right", (report, _) => report.Accuracy).Create(),
        new LabelCommand("precision", "Share of a label's predictions that are right", (report, averaging) => report.Score(averaging).Precision).Create(),
        new LabelCommand("recall", "Share of a label's occurrences that are found", (report, averaging) => report.Score(averaging).Recall).Create(),
        new LabelCommand("f1", "Harmonic mean of precision and recall of labels", (report, averaging) => report.Score(averaging).F1).Create(),
        new LabelCommand("matthews", "Matthews' correlation coefficient of labels", (report, _) => report.Matthews).Create(),
        new PassAtKCommand().Create());
}
