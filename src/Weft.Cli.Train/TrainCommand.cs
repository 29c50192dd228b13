using System.CommandLine;
using Weft.Cli.Train.Display;
using Weft.Training;
using Weft.Training.Runs;

namespace Weft.Cli.Train;

/// <summary><c>weft train</c>: the same run from a file. <c>weft finetune</c>: the same for recipes that fine-tune.</summary>
/// <param name="fineTunes">Which of the two.</param>
internal sealed class TrainCommand(bool fineTunes = false)
{
    private readonly RunOptions _run = new();

    private readonly Argument<string?> _recipe = new("RECIPE")
    {
        Description = "YAML file; docs/recipes.md lists its keys",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _check = CommonOptions.Flag("--check", "Check the recipe and its data, print every derived value, and train nothing");
    private readonly Option<bool> _schema = CommonOptions.Flag("--schema", "Print the JSON schema of recipes, for editors");

    private readonly Option<bool> _find = CommonOptions.Flag("--find-learning-rate", "Train throw-away weights with rising rates instead, and suggest one");

    private readonly Option<string?> _initFrom = new("--init-from")
    {
        Description = "Begin with the weights of a Hugging Face folder, a GGUF file, a run or a checkpoint",
        HelpName = "PATH",
    };

    private readonly Option<long?> _seed = CommonOptions.SeedOfRun("Seed of the weights, of the order of the data, and of what dropout drops");

    private string Name => fineTunes ? "finetune" : "train";

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create()
    {
        var command = new DocumentedCommand(Name, fineTunes ? "Fine-tune a model on labelled rows, conversations, or the text of a recipe" : "Train a model from a recipe")
        {
            Arguments = { _recipe },
            Options = { _initFrom, _seed, _check, _find, _schema },
            Notes =
            [
                "--text, --threads, --seed and --init-from take the place of the recipe's own values, --text of a task's files, too.",
                "A run writes its recipe back with every derived value, so that it can be repeated exactly. --json prints the",
                "same object as quickstart; of labels it has test_accuracy, test_macro_f1, test_micro_f1 and labels in place of",
                "perplexity and bits per byte, of preferences test_accuracy and test_reward_margin, of conversations format_kept",
                "beside them: the share of held-out answers that end by themselves within 128 tokens and write no turn of the",
                "other side.",
                "The run's folder gets metrics.jsonl (one object a step) and a TensorBoard event file as it goes on.",
                "--find-learning-rate shows the loss while the rate rises from step to step (Smith 2015), and prints with --json",
                "  {\"suggested\": X or null, \"steepest\": X or null, \"diverged\": X or null, \"points\": [{\"rate\": X, \"loss\": X or null}, ...]}.",
            ],
            Examples = fineTunes ?
            [
                "weft finetune samples/recipes/sms-spam.yaml --text sms.tsv.gz",
                "weft finetune samples/recipes/sst2.yaml --init-from runs/pretrained",
                "weft finetune samples/recipes/sms-spam.yaml --text sms.tsv.gz --check",
            ] :
            [
                "weft train samples/shakespeare/recipe.yaml --text input.txt",
                "weft train samples/shakespeare/recipe.yaml --resume",
                "weft train samples/shakespeare/recipe.yaml --text input.txt --find-learning-rate",
                "weft train recipe.yaml --init-from runs/quickstart/model",
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
            recipe = recipe.WithFiles(text);
        if (context.Get(_run.Threads) is { } threads)
            recipe = recipe with { Threads = threads };
        if (context.Get(_seed) is { } seed)
            recipe = recipe with { Seed = seed };
        if (context.Get(_initFrom) is { } initial)
            recipe = recipe with { Training = recipe.Training with { InitFrom = initial } };
        if (fineTunes && recipe.Task is null && recipe.Training.InitFrom is null)
            throw new UsageException($"recipe '{path}' has neither a task nor training.init-from, so there is nothing to fine-tune; give one of them, or use {RunOptions.Tool} train");
        if (context.Get(_check))
            return Check(context, recipe, path);
        return context.Get(_find) ? FindLearningRate(context, recipe) : _run.Run(context, recipe, $"{Name} {path}", (_initFrom, asked => asked.Training.InitFrom), (_seed, asked => asked.Seed));
    }

    private int FindLearningRate(CommandContext context, Recipe recipe)
    {
        _run.RefuseRun(context, _find.Name);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("weft-");
        try
        {
            LearningRateRange range;
            using (IRunDisplay display = RunDisplay.Create(context.Error, RunDisplay.IsInteractive(), LearningRateSearch.Stages))
                range = LearningRateSearch.Run(recipe, new(folder.FullName), display, context.Cancellation);
            if (context.Get(_run.Json))
                LearningRateTable.WriteJson(range, context.Output);
            else
                LearningRateTable.Write(range, context.Output);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
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
