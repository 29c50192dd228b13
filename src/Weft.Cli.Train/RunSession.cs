using System.Diagnostics;
using System.Globalization;
using Weft.Cli.Train.Display;
using Weft.Cli.Train.Report;
using Weft.Evaluation.Metrics.Squad;
using Weft.Inference;
using Weft.Training.Runs;

namespace Weft.Cli.Train;

/// <summary>One run before the user's eyes: training, the engine's check, completions, the report, the result.</summary>
/// <param name="context">Streams and cancellation.</param>
/// <param name="folder">The run's files.</param>
/// <param name="json">The result goes to standard output as one JSON object.</param>
/// <param name="again">The command line that goes on with this run when it is stopped.</param>
internal sealed class RunSession(CommandContext context, RunFolder folder, bool json, string again)
{
    /// <summary>Text, tokenizer, shards, pretraining, evaluation, export, generation, report.</summary>
    private const int FirstStages = 8;

    /// <summary>A resumed run needs no text, tokenizer and shards.</summary>
    private const int ResumedStages = 5;

    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Runs it; the result is the exit code.</summary>
    /// <param name="train">Trains, showing how it goes; null means that it was cancelled with its state saved.</param>
    public int Execute(Func<IRunDisplay, RunResult?> train)
    {
        RunOutcome? outcome;
        int stages = File.Exists(folder.RecipeFile) ? ResumedStages : FirstStages;
        using (IRunDisplay display = RunDisplay.Create(context.Error, RunDisplay.IsInteractive(), stages))
            outcome = Execute(train, display);
        if (outcome is null)
        {
            context.Error.WriteLine($"stopped; everything is saved in {folder.Path}. Go on with: {again}");
            return Failure.Cancelled;
        }
        if (json)
            outcome.WriteJson(context.Output);
        else
            context.Output.WriteLine(outcome.Summary());
        return 0;
    }

    private RunOutcome? Execute(Func<IRunDisplay, RunResult?> train, IRunDisplay display)
    {
        bool trained = false;
        try
        {
            if (train(display) is not { } result)
                return null;
            trained = true;
            return Show(result, display);
        }
        catch (OperationCanceledException) when (trained || folder.NewestCheckpoint is not null)
        {
            // The training itself is saved; what comes after it is quickly done again.
            return null;
        }
    }

    private RunOutcome Show(RunResult result, IRunDisplay display)
    {
        List<StageDuration> stages = [.. result.Stages];
        long began = Stopwatch.GetTimestamp();
        display.Stage("Generation", "the managed engine reads the export");
        using TextGenerator generator = TextGenerator.Load(folder.ModelFolder, new() { Threads = result.Recipe.Threads!.Value });
        double difference = RuntimeCheck.Compare(generator.Model, result.Reference, result.ReferenceSource);
        display.Info(string.Create(CultureInfo.InvariantCulture,
            $"largest difference of a logit between the engine and torch: {difference:0.0e-0} (limit {RuntimeCheck.Limit:0e-0})"));
        if (!result.Spec.Generates && result.Test.Labels is null)
            display.Info("the model guesses masked tokens and writes no texts, so there are no samples");
        RunOutcome outcome = Try(result, generator, difference, display);
        stages.Add(new("Generation", Stopwatch.GetElapsedTime(began)));

        display.Stage("Report", folder.ReportFile);
        HtmlReport.Write(folder.ReportFile, new ReportBuilder(outcome, generator).Build(Stopwatch.GetElapsedTime(_start), stages));
        return outcome;
    }

    /// <summary>Shows what the exported model does with held-out text.</summary>
    private RunOutcome Try(RunResult result, TextGenerator generator, double difference, IRunDisplay display)
    {
        if (result.Recipe.Task is { Kind: TaskKind.Spans })
        {
            (SquadScore score, IReadOnlyList<GeneratedSample> answers) = AnswerSamples.Write(result, display, context.Cancellation);
            return new(result, difference, answers) { Answers = score };
        }
        if (result.Recipe.Task is { Kind: TaskKind.Conversation })
        {
            (IReadOnlyList<GeneratedSample> answers, AnswerFormat? format) = new ConversationSamples(generator, result).Write(display, context.Cancellation);
            return new(result, difference, answers) { Format = format };
        }
        return new(result, difference, result.Test.Labels is not null ? LabelSamples.Write(generator, result, display)
            : !result.Spec.Generates ? [] : new Completions(generator, result).Write(display, context.Cancellation));
    }
}
