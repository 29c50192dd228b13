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

        run.Stage("Text", "read, drop duplicates, split");
        Corpus corpus = CorpusStage.Read(resolved.Text, observer, cancellation);
        run.Stage("Tokenizer", resolved.Tokenizer.Kind == TokenizerKind.ByteBpe ? $"byte-level BPE, {resolved.Tokenizer.Vocabulary:N0} entries" : "characters");
        Tokenizer tokenizer = CorpusStage.TrainTokenizer(resolved, corpus, observer, cancellation);
        tokenizer.Save(folder.TokenizerFile);
        run.Stage("Shards", "pack token ids");
        CorpusStage.WriteShards(resolved, corpus, tokenizer, folder, (observer, cancellation));

        run.Stage("Pretraining", null);
        ModelSpec spec = Derivation.ToSpec(resolved.Model, tokenizer.VocabularySize);
        var journal = new List<DerivedSetting>(derived);
        resolved = run.Plan(resolved, spec, journal);
        folder.WriteJournal(new(corpus.Statistics, journal));
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
        foreach (string file in new[] { folder.Shards.Train, folder.Shards.Validation, folder.Shards.Test })
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
            int useful = (int)Math.Min((long)MostEpochs * TrainingTokens() / Derivation.ToPlan(recipe).TokensPerStep, int.MaxValue);
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

    private long TrainingTokens()
    {
        using TokenShard train = TokenShard.Open(Folder.Shards.Train);
        return train.TokenCount;
    }

    private RunResult? Train(Recipe recipe, ModelSpec spec, Tokenizer tokenizer, Architecture architecture)
    {
        TrainingPlan plan = Derivation.ToPlan(recipe);
        using TokenShard train = TokenShard.Open(Folder.Shards.Train);
        using TokenShard validation = TokenShard.Open(Folder.Shards.Validation);
        using TokenShard test = TokenShard.Open(Folder.Shards.Test);
        CheckLength(train, plan.ContextLength, "training");
        CheckLength(validation, 1, "validation");
        using var model = new TrainableModel(spec, recipe.Seed);
        IWindowSampler sampler = recipe.Training.Sampling == SamplingKind.Random
            ? new RandomWindowSampler(train, (ulong)recipe.Seed)
            : new ShuffledWindowSampler(train, (ulong)recipe.Seed);
        using var trainer = new Trainer(model, new CausalWindows(sampler, plan.BatchSize, plan.ContextLength), new ShardWindows(validation, plan.ContextLength), plan);
        string fingerprint = Fingerprint(train);
        if (File.Exists(Folder.StateFile))
        {
            trainer.Resume(Folder.StateFile, fingerprint);
            _observer.Info($"resumed after step {trainer.History.Count:N0} of {plan.Steps:N0}");
        }
        _observer.Info($"{model.ParameterCount:N0} parameters, {train.TokenCount:N0} training tokens, "
            + $"{(double)plan.Steps * plan.TokensPerStep / train.TokenCount:F2} epochs, {plan.Precision}, {plan.Threads} threads");
        if (!trainer.Run(Folder.StateFile, fingerprint, _observer.Training, _cancellation))
            return null;

        Stage("Evaluation", test.TokenCount > 1 ? "test split" : "validation split");
        TokenShard held = test.TokenCount > 1 ? test : validation;
        EvaluationResult result = trainer.Evaluate(new ShardWindows(held, plan.ContextLength), long.MaxValue, _cancellation);
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
            Tokens = (train.TokenCount, validation.TokenCount, test.TokenCount),
            History = trainer.History,
            Test = result,
            TokensPerSecond = plan.TokensPerStep / Median(trainer.History.Select(record => record.Seconds)),
            Reference = Reference(model, held),
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

    private static (int[], float[]) Reference(TrainableModel model, TokenShard held)
    {
        int[] ids = new int[Math.Min(model.Spec.ContextLength, held.TokenCount)];
        held.Copy(0, ids);
        float[] logits = new float[ids.Length * model.Spec.VocabularySize];
        model.ComputeLogits(ids, logits);
        return (ids, logits);
    }

    /// <summary>Asks now whether the result can be saved, not after hours of training.</summary>
    private static Architecture CheckExport(Recipe recipe)
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

    private static void CheckLength(TokenShard shard, int context, string split)
    {
        if (shard.TokenCount <= context)
            throw new InvalidDataException(
                $"the {split} text has {shard.TokenCount} tokens, which is less than one window of {context + 1}; give more text or a smaller model.context");
    }

    private string Fingerprint(TokenShard train)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(File.ReadAllBytes(Folder.RecipeFile));
        hash.AppendData(File.ReadAllBytes(Folder.TokenizerFile));
        hash.AppendData(Encoding.ASCII.GetBytes(FormattableString.Invariant($"{train.TokenCount} {train.DocumentCount} {train.ByteCount}")));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[sorted.Length / 2];
    }
}
