using System.CommandLine;
using Weft.Training.Runs;

namespace Weft.Cli.Train;

/// <summary><c>weft train</c>: the same run from a file.</summary>
internal sealed class TrainCommand
{
    private readonly RunOptions _run = new();

    private readonly Argument<string?> _recipe = new("RECIPE")
    {
        Description = "YAML file; docs/recipes.md lists its keys",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _check = CommonOptions.Flag("--check", "Check the recipe and its data, print every derived value, and train nothing");
    private readonly Option<bool> _schema = CommonOptions.Flag("--schema", "Print the JSON schema of recipes, for editors");

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create()
    {
        var command = new DocumentedCommand("train", "Train a model from a recipe")
        {
            Arguments = { _recipe },
            Options = { _check, _schema },
            Notes =
            [
                "--text and --threads take the place of the recipe's own values. A run writes its recipe back with every",
                "derived value, so that it can be repeated exactly. --json prints the same object as quickstart.",
                "The run's folder gets metrics.jsonl (one object a step) and a TensorBoard event file as it goes on.",
            ],
            Examples =
            [
                "weft train samples/shakespeare/recipe.yaml --text input.txt",
                "weft train samples/shakespeare/recipe.yaml --resume",
                "weft train samples/shakespeare/recipe.yaml --text input.txt --check",
            ],
        };
        _run.AddTo(command);
        return command.Runs(Run);
    }

    private int Run(CommandContext context)
    {
        if (context.Get(_schema))
        {
            context.Output.Write(RecipeSchema.Json);
            return 0;
        }
        string path = context.Get(_recipe) ?? throw new UsageException("RECIPE is missing; give a YAML file such as samples/shakespeare/recipe.yaml");
        if (!File.Exists(path))
            throw new UsageException($"recipe '{path}' does not exist; give a YAML file such as samples/shakespeare/recipe.yaml");
        Recipe recipe = RecipeFile.Read(path);
        if (context.Get(_run.Text) is { Length: > 0 } text)
            recipe = recipe with { Text = recipe.Text with { Paths = text } };
        if (context.Get(_run.Threads) is { } threads)
            recipe = recipe with { Threads = threads };
        return context.Get(_check) ? Check(context, recipe, path) : _run.Run(context, recipe, $"train {path}");
    }

    private static int Check(CommandContext context, Recipe recipe, string path)
    {
        RecipePreview preview = RecipePreview.Of(recipe, context.Cancellation);
        foreach (DerivedSetting setting in preview.Derived)
            context.Output.WriteLine($"{setting.Name} = {setting.Value} ({setting.Reason})");
        TrainingRecipe training = preview.Recipe.Training;
        string steps = training.Steps is { } count ? FormattableString.Invariant($"{count:N0} steps") : "steps";
        string parameters = preview.Parameters is { } trained ? FormattableString.Invariant($"{trained:N0} parameters, ") : "";
        context.Output.WriteLine(FormattableString.Invariant(
            $"{path} is valid: {parameters}{steps} of {training.Batch} x {preview.Recipe.Model.Context} tokens"));
        return 0;
    }
}
