using System.CommandLine;
using Weft.Cli.Chat;
using Weft.Cli.Conversion;
using Weft.Cli.Generation;
using Weft.Cli.Inspection;
using Weft.Cli.Scoring;
using Weft.Cli.Tokenizers;
using Weft.Cli.Training;
using Weft.Inference;

namespace Weft.Cli;

/// <summary>The commands of the tool <c>weft</c>.</summary>
internal static class WeftTool
{
    /// <summary>Makes them for a process.</summary>
    public static RootCommand CreateRoot() => CreateRoot(Console.OpenStandardInput);

    /// <summary>Makes them.</summary>
    /// <param name="openInput">Opens standard input, for the commands that read it.</param>
    public static RootCommand CreateRoot(Func<Stream> openInput) => DocumentedCommand.CreateRoot("weft",
        "Weft: train, run and look into language models, all in .NET",
        new DocumentedCommand("quickstart", "Train a small model in minutes and talk to it (starts weft-train)") { Forward = TrainingTool.Run },
        new DocumentedCommand("train", "Train a model from a recipe (starts weft-train)") { Forward = TrainingTool.Run },
        new GenerateCommand().Create(),
        new ScoreCommand().Create(),
        new InspectCommand().Create(),
        new ConvertCommand().Create(),
        new ChatTemplateCommand().Create(),
        TokenizerCommands.Create(openInput));

    /// <summary>The argument that names a model.</summary>
    public static Argument<string> ModelArgument() => new("MODEL")
    {
        Description = "Folder of a Hugging Face model (config.json, model.safetensors or shards, tokenizer.json), or a GGUF file",
    };

    /// <summary>Opens a model for computing.</summary>
    /// <param name="path">Its folder or file; where it has no tokenizer, everything is done on ids.</param>
    /// <param name="threads">Threads that compute; null for all cores.</param>
    public static TextGenerator OpenModel(string path, int? threads) =>
        TextGenerator.Load(path, threads is { } count ? new() { Threads = count } : null);
}
