using System.CommandLine;
using Weft.Cli.Train.Benchmarking;

namespace Weft.Cli.Train;

/// <summary>The commands of the tool <c>weft-train</c>.</summary>
internal static class WeftTrainTool
{
    /// <summary>Folder that runs are written to, below the current one.</summary>
    public const string RunsFolder = "runs";

    /// <summary>Makes them.</summary>
    public static RootCommand CreateRoot() => DocumentedCommand.CreateRoot("weft-train",
        "weft-train: take a language model from raw text to a checkpoint, all in .NET",
        new QuickstartCommand().Create(),
        new TrainCommand().Create(),
        new TrainCommand(fineTunes: true).Create(),
        new BaselineCommand().Create(),
        new BenchTrainCommand().Create(),
        new PlanMemoryCommand().Create(),
        DocumentedCommand.CreateGroup("data", "Look at a recipe's data, or make questions of texts", new DataPreviewCommand().Create(), new QuestionsCommand().Create()),
        new CurvesCommand().Create());
}
