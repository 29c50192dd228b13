using System.CommandLine;
using Weft.Training.Runs;

namespace Weft.Cli.Train;

/// <summary><c>weft data preview</c>: what a recipe's model will see, and where loss falls.</summary>
internal sealed class DataPreviewCommand
{
    private const int UsualRows = 3;

    private readonly Argument<string> _recipe = new("RECIPE") { Description = "YAML file; docs/recipes.md lists its keys" };
    private readonly Option<int> _rows = CommonOptions.WholeNumber("--rows", "Rows to show", UsualRows, minimum: 1);

    private readonly Option<string?> _initFrom = new("--init-from") { Description = "As weft train has it: its tokenizer and chat template are what is shown", HelpName = "PATH" };

    private readonly RunOptions _run = new();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("preview", "Show exactly what a recipe's model will see, and where loss falls")
    {
        Arguments = { _recipe },
        Options = { _rows, _run.Text, _initFrom, _run.Json },
        Notes =
        [
            "The data is read, split and encoded as a run does it (a tokenizer is trained where the recipe says so), and the",
            "rows are those of the run's first batches. Tokens that are predicted stand in brackets, [so], or in colour on a",
            "terminal; other tokens have a dot between them, and a line end is shown as a sign. What a mask hides stands",
            "after an arrow. Nothing is trained, and nothing is kept. --json prints",
            "  {\"rows\": [{\"tokens\": [{\"id\": N, \"token\": \"...\", \"text\": \"...\", \"loss\": true or false, ...}, ...],",
            "  \"labels\": [\"...\", ...], \"padding\": N}, ...]}, of an encoder-decoder with \"source\" beside \"tokens\".",
        ],
        Examples = ["weft data preview samples/recipes/sms-spam.yaml --text sms.tsv.gz", "weft data preview recipe.yaml --rows 10 --json"],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        string path = context.Get(_recipe);
        if (!File.Exists(path))
            throw new UsageException($"recipe '{path}' does not exist; give a YAML file such as samples/shakespeare/recipe.yaml");
        Recipe recipe = RecipeFile.Read(path);
        if (context.Get(_run.Text) is { Length: > 0 } files)
            recipe = recipe.WithFiles(files);
        if (context.Get(_initFrom) is { } initial)
            recipe = recipe with { Training = recipe.Training with { InitFrom = initial } };
        var preview = DataPreview.Of(recipe, context.Get(_rows), new InfoLines(context.Error), context.Cancellation);
        if (context.Get(_run.Json))
        {
            PreviewText.WriteJson(preview, context.Output);
            return 0;
        }
        bool watched = Terminal.IsWatched(Console.IsOutputRedirected, Environment.GetEnvironmentVariable)
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        var text = new PreviewText(context.Output, watched);
        foreach ((int index, PreviewRow row) in preview.Rows.Index())
            text.Write(index + 1, row);
        return 0;
    }
}
