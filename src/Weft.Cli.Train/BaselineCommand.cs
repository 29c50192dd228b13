using System.CommandLine;
using Weft.Training.Baselines;
using Weft.Training.Runs;

namespace Weft.Cli.Train;

/// <summary><c>weft baseline</c>: what a linear classifier makes of a recipe's rows.</summary>
internal sealed class BaselineCommand
{
    private readonly Argument<string> _recipe = new("RECIPE") { Description = "YAML file with a task; docs/fine-tuning.md shows some" };
    private readonly RunOptions _run = new();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("baseline", "Learn the rows of a recipe with a linear classifier of n-grams, to compare")
    {
        Arguments = { _recipe },
        Options = { _run.Text, _run.Json },
        Notes =
        [
            "The rows and their split are those of a run of the recipe; its model and training play no part. Features are",
            "words, pairs of words and runs of 1 to 4 characters, hashed into 262,144 buckets and weighted by tf-idf; the",
            "optimizer is AdaGrad. --json prints {\"epochs\": N, \"validation_accuracy\": X, \"test_accuracy\": X,",
            "\"test_macro_f1\": X, \"test_micro_f1\": X, \"labels\": [{\"label\": \"...\", \"precision\": X, \"recall\": X, \"f1\": X,",
            "\"support\": N}, ...]}, or the mean absolute error of numbers.",
        ],
        Examples = ["weft baseline samples/recipes/sms-spam.yaml --text sms.tsv.gz"],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        string path = context.Get(_recipe);
        if (!File.Exists(path))
            throw new UsageException($"recipe '{path}' does not exist; give a YAML file with a task, such as samples/recipes/sms-spam.yaml");
        Recipe recipe = RecipeFile.Read(path);
        if (context.Get(_run.Text) is { Length: > 0 } files)
            recipe = recipe.WithFiles(files);
        BaselineResult result = LinearBaseline.Run(recipe, new InfoLines(context.Error), context.Cancellation);
        if (!context.Get(_run.Json))
        {
            context.Output.WriteLine(FormattableString.Invariant($"linear n-grams after {result.Epochs} passes: validation {result.Validation}; test {result.Test}"));
            return 0;
        }
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteNumber("epochs", result.Epochs);
        if (double.IsFinite(result.Validation.Accuracy))
            json.Writer.WriteNumber("validation_accuracy", result.Validation.Accuracy);
        LabelJson.Write(json.Writer, "test_", result.Test, result.Labels);
        json.Writer.WriteEndObject();
        json.Complete();
        return 0;
    }
}
