using System.CommandLine;
using Weft.Evaluation.Metrics.Squad;
using Weft.Training.Baselines;
using Weft.Training.Runs;

namespace Weft.Cli.Train;

/// <summary><c>weft baseline</c>: what a linear classifier makes of a recipe's rows, a sliding window of its questions, or the nearest neighbour of its pairs.</summary>
internal sealed class BaselineCommand
{
    private readonly Argument<string> _recipe = new("RECIPE") { Description = "YAML file with a task, or with pairs of texts; docs/fine-tuning.md shows some" };
    private readonly RunOptions _run = new();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("baseline", "Do the task of a recipe by simple means, to compare")
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
            "Questions (task.kind spans) are answered by a sliding window: the run of words around which most words of the",
            "question stand, weighted by how rare they are in the text. --json prints {\"test_exact_match\": X, \"test_f1\": X,",
            "\"test_questions\": N}.",
            "Pairs of texts (text.pairs, or source and target of text.columns) are answered by the nearest neighbour: the",
            "target of the training pair whose source is nearest by the cosine of the n-grams above; of equals the first.",
            "BLEU (13a) and chrF are sacreBLEU's, ROUGE is rouge-score's, without stems. --json prints {\"test_bleu\": X,",
            "\"test_chrf\": X, \"test_rouge1\": X, \"test_rouge2\": X, \"test_rougeL\": X, \"test_pairs\": N}.",
        ],
        Examples = ["weft baseline samples/recipes/sms-spam.yaml --text sms.tsv.gz", "weft baseline samples/recipes/multi30k-en-de.yaml"],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        string path = context.Get(_recipe);
        if (!File.Exists(path))
            throw new UsageException($"recipe '{path}' does not exist; give a YAML file with a task or with pairs, such as samples/recipes/sms-spam.yaml");
        Recipe recipe = RecipeFile.Read(path);
        if (context.Get(_run.Text) is { Length: > 0 } files)
            recipe = recipe.WithFiles(files);
        if (recipe.Task is { Kind: TaskKind.Spans })
            return Answer(context, recipe);
        if (recipe.Task is null && (recipe.Text.Pairs is not null || recipe.Text.Columns?.Source is not null))
            return AnswerPairs(context, recipe);
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

    private int AnswerPairs(CommandContext context, Recipe recipe)
    {
        NearestPairResult result = NearestPairBaseline.Run(recipe, new InfoLines(context.Error), context.Cancellation);
        var scores = PairScores.Of(result.Answers, result.Targets);
        if (!context.Get(_run.Json))
        {
            context.Output.WriteLine($"nearest neighbour: {scores}");
            return 0;
        }
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        scores.Write(json.Writer, "test_");
        json.Writer.WriteEndObject();
        json.Complete();
        return 0;
    }

    private int Answer(CommandContext context, Recipe recipe)
    {
        SlidingWindowResult result = SlidingWindowBaseline.Run(recipe, new InfoLines(context.Error), context.Cancellation);
        SquadScore score = AnswerSamples.Score(result.Questions, result.Predictions);
        if (!context.Get(_run.Json))
        {
            context.Output.WriteLine($"sliding window: {AnswerSamples.Describe(score)}");
            return 0;
        }
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteNumber("test_exact_match", score.ExactMatch);
        json.Writer.WriteNumber("test_f1", score.F1);
        json.Writer.WriteNumber("test_questions", score.Total);
        json.Writer.WriteEndObject();
        json.Complete();
        return 0;
    }
}
