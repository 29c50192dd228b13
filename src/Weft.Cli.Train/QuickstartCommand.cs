using System.CommandLine;
using Weft.Training.Runs;

namespace Weft.Cli.Train;

/// <summary><c>weft quickstart</c>: a model's whole life in one command.</summary>
internal sealed class QuickstartCommand
{
    private const string Name = "quickstart";

    private readonly RunOptions _run = new();

    private readonly Option<float> _minutes = CommonOptions.Number("--minutes", "Time for the whole run",
        DefaultMinutes, value => value is >= 0.1f and <= 100_000, "use 0.1 or more");

    private readonly Option<ModelSize?> _size = new("--size")
    {
        Description = "Sets width, depth, rate and batch together (default: tiny)",
        HelpName = "nano|tiny|small",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (Enum.TryParse(text, ignoreCase: true, out ModelSize size) && !char.IsAsciiDigit(text[0]) && Enum.IsDefined(size))
                return size;
            result.AddError($"--size is '{text}'; use nano, tiny or small");
            return null;
        },
    };

    private readonly Option<ulong> _seed = CommonOptions.Seed("Start of the random numbers: the same seed gives the same model");

    /// <summary>Leaves a minute of five for the build, the start-up and a slower machine.</summary>
    private static float DefaultMinutes => 4;

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create()
    {
        var command = new DocumentedCommand(Name, "Train a small model in minutes and talk to it")
        {
            Options = { _minutes, _size, _seed },
            Notes =
            [
                "Text, tokenizer, shards, pretraining, evaluation, export, generation, report: the run's folder gets it",
                "all, the model as a Hugging Face directory in model/ and everything to see in report.html. Without --text",
                "it learns from the API documentation that comes with the .NET SDK. Ctrl-C saves; --resume goes on as if",
                "nothing had happened.",
                "--json prints, at the end, {\"model\", \"report\", \"test_loss\", \"test_perplexity\", \"test_bits_per_byte\",",
                "\"train_tokens_per_second\", \"runtime_difference\", \"samples\"}.",
            ],
            Examples =
            [
                "weft quickstart",
                "weft quickstart --text notes.txt --text \"docs/**/*.md\" --minutes 10",
                "weft quickstart --size small --minutes 120",
                "weft quickstart --resume",
            ],
        };
        _run.AddTo(command);
        return command.Runs(context => _run.Run(context, CreateRecipe(context), Name,
            (_minutes, recipe => recipe.Training.Minutes), (_size, recipe => recipe.Model.Size), (_seed, recipe => recipe.Seed)));
    }

    private Recipe CreateRecipe(CommandContext context) => new()
    {
        Name = Name,
        Seed = checked((long)(context.Get(_seed) & long.MaxValue)),
        Threads = context.Get(_run.Threads),
        Text = new() { Paths = context.Get(_run.Text) },
        Model = new() { Size = context.Get(_size) ?? ModelSize.Tiny },
        Training = new() { Minutes = (double)(decimal)context.Get(_minutes) },
    };
}
