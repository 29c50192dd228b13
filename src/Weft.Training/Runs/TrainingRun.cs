using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Weft.Data;
using Weft.Model;
using Weft.Model.Architectures;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;
using Weft.Text;
using Weft.Training.Batches;
using Weft.Training.Logs;
using Weft.Training.Modules;

namespace Weft.Training.Runs;

/// <summary>A model's life from raw text to an exported checkpoint: text, tokenizer, shards, pretraining, evaluation, export.</summary>
public sealed class TrainingRun
{
    /// <summary>Part of the time budget kept for evaluation, export and what comes after.</summary>
    private const double ReservedShare = 0.07;

    private const double ReservedSeconds = 6;
    private const int MinimumSteps = 20;

    /// <summary>
    /// Repeated text teaches less and less: after some 16 epochs next to nothing (Muennighoff et al. 2023, arXiv:2305.16264), and a small model
    /// has it by heart.
    /// </summary>
    private const int MostEpochs = 20;

    /// <summary>Steps slow down a little over a run: caches warm, but the machine does too, and windows are drawn and losses logged.</summary>
    private const double StepOverhead = 1.04;

    private readonly IRunObserver _observer;
    private readonly CancellationToken _cancellation;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<(string Title, TimeSpan Start)> _stages = [];

    private TrainingRun(RunFolder folder, IRunObserver observer, CancellationToken cancellation)
    {
        Folder = folder;
        _observer = observer;
        _cancellation = cancellation;
    }

    private RunFolder Folder { get; }

    /// <summary>Starts a run in a fresh folder.</summary>
    /// <returns>The result, or null when the run was cancelled during training; its state is saved then.</returns>
    /// <exception cref="InvalidDataException">The recipe or its text cannot be used.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled before training began.</exception>
    public static RunResult? Start(Recipe recipe, RunFolder folder, IRunObserver observer, CancellationToken cancellation)
    {
        RecipeCheck.Check(recipe);
        var run = new TrainingRun(folder, observer, cancellation);
        (Recipe resolved, IReadOnlyList<DerivedSetting> derived) = Derivation.Resolve(recipe);
        Architecture architecture = CheckExport(resolved);

        (Tokenizer tokenizer, CorpusStatistics corpus) = CorpusStage.Prepare(resolved, folder, GivenTokenizer.Of(resolved), run.Stage, (observer, cancellation));

        run.Stage("Pretraining", null);
        ModelSpec spec = Derivation.ToSpec(resolved.Model, tokenizer.VocabularySize);
        var journal = new List<DerivedSetting>(derived);
        resolved = run.Plan(resolved, spec, journal);
        folder.WriteJournal(new(corpus, journal));
        RecipeFile.Write(folder.RecipeFile, resolved);
        return run.Train(resolved, spec, tokenizer, architecture);
    }

    /// <summary>Goes on with a run that was stopped or killed.</summary>
    /// <exception cref="FileNotFoundException">Nothing to resume: the run never reached training.</exception>
    public static RunResult? Resume(RunFolder folder, IRunObserver observer, CancellationToken cancellation)
    {
        if (!File.Exists(folder.RecipeFile))
            throw new FileNotFoundException($"{folder.Path} holds no recipe.yaml, so no training had begun there; start the run anew", folder.RecipeFile);
        var run = new TrainingRun(folder, observer, cancellation);
        Recipe recipe = RecipeFile.Read(folder.RecipeFile);
        RecipeCheck.Check(recipe);
        Architecture architecture = CheckExport(recipe);
        Tokenizer tokenizer = Tokenizer.Load(folder.TokenizerFile);
        // Shards of the recipe's own may be larger than the memory; their headers and indices are checked when they are opened.
        foreach (string file in recipe.Data.Count > 0 ? [] : new[] { folder.Shards.Train, folder.Shards.Validation, folder.Shards.Test })
        {
            using TokenShard shard = TokenShard.Open(file);
            shard.VerifyChecksum();
        }
        run.Stage("Pretraining", "resumed");
        return run.Train(recipe, Derivation.ToSpec(recipe.Model, tokenizer.VocabularySize), tokenizer, architecture);
    }

    private Recipe Plan(Recipe recipe, ModelSpec spec, List<DerivedSetting> derived)
    {
        int steps;
        string reason = "given";
        if (recipe.Training.Steps is { } given)
        {
            steps = given;
        }
        else
        {
            double minutes = recipe.Training.Minutes!.Value;
            double step = Trainer.MeasureStepSeconds(spec, Derivation.ToPlan(recipe)) * StepOverhead;
            double seconds = Math.Max(0, (minutes * 60 * (1 - ReservedShare)) - _clock.Elapsed.TotalSeconds - ReservedSeconds);
            int fit = (int)Math.Min(seconds / step, int.MaxValue);
            int useful = (int)Math.Min((long)MostEpochs * TrainingData.CountTokens(recipe, Folder) / Derivation.ToPlan(recipe).TokensPerStep, int.MaxValue);
            steps = Math.Max(MinimumSteps, Math.Min(fit, useful));
            reason = steps == fit ? FormattableString.Invariant($"{seconds:F0} s left of {minutes:G3} minutes at {step * 1000:F0} ms a step, measured")
                : steps == useful ? $"{MostEpochs} times through the text; more would learn it by heart"
                : "the fewest that are worth while";
        }
        recipe = Derivation.WithSteps(recipe, steps, reason, derived);
        foreach (DerivedSetting setting in derived)
            _observer.Info($"{setting.Name} = {setting.Value} ({setting.Reason})");
        return recipe;
    }

    private RunResult? Train(Recipe recipe, ModelSpec spec, Tokenizer tokenizer, Architecture architecture)
    {
        TrainingPlan plan = Derivation.ToPlan(recipe);
        using TrainingData data = TrainingData.Open(recipe, Folder, plan, spec.VocabularySize);
        (HeldOutData heldOut, long tokens) = (data.HeldOut, data.Tokens.Train);
        using var model = new TrainableModel(spec, recipe.Seed);
        using var trainer = new Trainer(model, data.Batches, new ShardWindows(heldOut.Validation, plan.ContextLength), plan);
        string fingerprint = Fingerprint(data.Identity);
        if (File.Exists(Folder.StateFile))
        {
            trainer.Resume(Folder.StateFile, fingerprint);
            _observer.Info($"resumed after step {trainer.History.Count:N0} of {plan.Steps:N0}");
        }
        _observer.Info($"{model.ParameterCount:N0} parameters, {tokens:N0} training tokens, "
            + $"{(double)plan.Steps * plan.TokensPerStep / tokens:F2} epochs, {plan.Precision}, {plan.Threads} threads");
        foreach (string line in data.DescribeEpochs(recipe, plan))
            _observer.Info(line);
        using (Activity? activity = TrainingTelemetry.Source.StartActivity("run"))
        using (RunLogs logs = RunLogs.Open(Folder.Path, _observer.Info, trainer.History.Count, trainer.History, plan.TokensPerStep))
        {
            if (!trainer.Run(Folder.StateFile, fingerprint, Report, _cancellation))
                return null;
            _observer.Info(FormattableString.Invariant($"waiting for data took {logs.DataShare:P2} of the steps' time"));

            void Report(TrainingSnapshot snapshot)
            {
                logs.Report(snapshot, trainer.History[^1].Seconds, data.Batches.TakeWaited());
                _observer.Training(snapshot);
            }
        }

        Stage("Evaluation", heldOut.HasTest ? "test split" : "validation split");
        EvaluationResult result = trainer.Evaluate(new ShardWindows(heldOut.Final, plan.ContextLength), long.MaxValue, _cancellation);
        _observer.Info(FormattableString.Invariant(
            $"loss {result.Loss:F4}, perplexity {result.Perplexity:F2}, {result.BitsPerByte:F4} bits per byte over {result.Tokens:N0} tokens"));

        Stage("Export", $"Hugging Face directory, model_type {architecture.ModelType}");
        int? endOfText = CorpusStage.EndOfTextId(tokenizer);
        HuggingFaceExport.Save(Folder.ModelFolder, architecture, spec, model.Read, new() { BeginOfTextId = endOfText, EndOfTextId = endOfText });
        tokenizer.Save(Path.Combine(Folder.ModelFolder, "tokenizer.json"));
        return new()
        {
            Folder = Folder,
            Recipe = recipe,
            Journal = Folder.ReadJournal(),
            Spec = spec,
            Tokens = data.Tokens,
            History = trainer.History,
            Test = result,
            TokensPerSecond = plan.TokensPerStep / Median(trainer.History.Select(record => record.Seconds)),
            Reference = Reference(model, heldOut.Final),
            Stages = Durations(),
        };
    }

    private void Stage(string title, string? detail)
    {
        _cancellation.ThrowIfCancellationRequested();
        _stages.Add((title, _clock.Elapsed));
        _observer.Stage(title, detail);
    }

    private List<StageDuration> Durations() =>
        [.. _stages.Select((stage, i) => new StageDuration(stage.Title, (i + 1 < _stages.Count ? _stages[i + 1].Start : _clock.Elapsed) - stage.Start))];

    private static (int[], float[]) Reference(TrainableModel model, ITokenSequence held)
    {
        long[] first = new long[Math.Min(model.Spec.ContextLength, held.TokenCount)];
        held.Copy(0, first);
        int[] ids = [.. first.Select(id => (int)id)];
        float[] logits = new float[ids.Length * model.Spec.VocabularySize];
        model.ComputeLogits(ids, logits);
        return (ids, logits);
    }

    /// <summary>Asks now whether the result can be saved, not after hours of training.</summary>
    internal static Architecture CheckExport(Recipe recipe)
    {
        const int anyVocabulary = 256;
        ModelSpec spec = Derivation.ToSpec(recipe.Model, anyVocabulary);
        try
        {
            Architecture architecture = ArchitectureCatalogue.ForModelType(recipe.Model.Architecture);
            architecture.WriteConfig(spec, []);
            return architecture;
        }
        catch (NotSupportedException e)
        {
            throw new InvalidDataException($"the recipe's model cannot be exported: {e.Message}", e);
        }
    }

    private string Fingerprint(string data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(File.ReadAllBytes(Folder.RecipeFile));
        hash.AppendData(File.ReadAllBytes(Folder.TokenizerFile));
        hash.AppendData(Encoding.ASCII.GetBytes(data));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[sorted.Length / 2];
    }
}
