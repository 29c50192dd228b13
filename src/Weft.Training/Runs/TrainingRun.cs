using System.Diagnostics;
using Weft.Data;
using Weft.Model.Architectures;
using Weft.Model.Spec;
using Weft.Text;
using Weft.Training.Batches;
using Weft.Training.Logs;
using Weft.Training.Modules;
using Weft.Training.Runs.Checkpoints;

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
        var run = new TrainingRun(folder, observer, cancellation);
        var ready = Preparation.Of(recipe, folder, run.Stage, (observer, cancellation));
        (Recipe resolved, InitialModel? initial, ModelSpec spec) = (ready.Recipe, ready.Initial, ready.Spec);

        run.Stage(Training(resolved), null);
        run.CheckMemory(resolved, spec, initial);
        var journal = new List<DerivedSetting>(ready.Derived);
        resolved = run.Plan(resolved, (spec, initial), ready.Tokens, journal);
        folder.WriteJournal(new(ready.Corpus, journal));
        initial?.Keep(folder, withFiles: ready.Given is not null && resolved.Tokenizer.File is null);
        RecipeFile.Write(folder.RecipeFile, resolved);
        return run.Train(resolved, initial, ready.Tokenizer, ready.Architecture);
    }

    /// <summary>Goes on with a run that was stopped or killed.</summary>
    /// <exception cref="FileNotFoundException">Nothing to resume: the run never reached training.</exception>
    public static RunResult? Resume(RunFolder folder, IRunObserver observer, CancellationToken cancellation)
    {
        if (!File.Exists(folder.RecipeFile))
            throw new FileNotFoundException($"{folder.Path} holds no recipe.yaml, so no training had begun there; start the run anew", folder.RecipeFile);
        var run = new TrainingRun(folder, observer, cancellation);
        Recipe recipe = RecipeFile.Read(folder.RecipeFile);
        // Once a state is saved, the initial model may be gone, but for one whose weights are frozen: no state holds them.
        RecipeCheck.Check(recipe, resumes: folder.NewestCheckpoint is not null && recipe.Training.Adapter is null);
        DeviceRecipe.RequireThere(recipe);
        InitialModel? initial = InitialModel.TryRead(folder.InitialModelFile) is { } kept ? kept with { Source = recipe.Training.InitFrom ?? kept.Source } : null;
        Architecture architecture = CheckExport(recipe, initial);
        Tokenizer tokenizer = Tokenizer.Load(folder.TokenizerFile);
        // Shards of the recipe's own may be larger than the memory; their headers and indices are checked when they are opened.
        ShardFiles[] own = recipe.Data.Count > 0 ? [] : !recipe.Text.HasPairs ? [folder.Shards] : [folder.Shards, folder.SourceShards];
        foreach (string file in own.SelectMany(files => new[] { files.Train, files.Validation, files.Test }))
        {
            using TokenShard shard = TokenShard.Open(file);
            shard.VerifyChecksum();
        }
        run.Stage(Training(recipe), "resumed");
        run.CheckMemory(recipe, initial?.Spec ?? Derivation.ToSpec(recipe, tokenizer.VocabularySize), initial);
        return run.Train(recipe, initial, tokenizer, architecture);
    }

    private static string Training(Recipe recipe) => recipe.Task is null ? "Pretraining" : "Training";

    /// <summary>Says what memory the run will take, and refuses it now where there is less.</summary>
    private void CheckMemory(Recipe recipe, ModelSpec spec, InitialModel? initial)
    {
        if (DeviceRecipe.Of(recipe) is { IsCuda: true } device)
        {
            _observer.Info($"memory is predicted for the processor alone, not on {device}");
            return;
        }
        MemoryPlan memory = MemoryPlan.Of(spec, InitialModel.PlanOf(recipe, initial), LargestRows.Of(recipe), RunTeacher.SpecsOf(recipe));
        _observer.Info(memory.ToString());
        memory.Check(MemoryPlan.MachineBytes);
    }

    private Recipe Plan(Recipe recipe, (ModelSpec Spec, InitialModel? Initial) of, ObjectiveTokens tokens, List<DerivedSetting> derived)
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
            TrainingPlan plan = InitialModel.PlanOf(recipe, of.Initial);
            using TrainingData data = TrainingData.Open(recipe, Folder, plan, tokens, of.Spec.VocabularySize);
            using RunTeacher? teacher = RunTeacher.Load(recipe, of.Spec, Folder, _cancellation);
            plan = plan with { TokensPerRow = data.TokensPerRow, Teacher = teacher?.Teacher };
            double step = Trainer.MeasureStepSeconds(of.Spec, plan, data.FinalExamples is null ? null : MiddleBatch(data)) * StepOverhead;
            double seconds = Math.Max(0, (minutes * 60 * (1 - ReservedShare)) - _clock.Elapsed.TotalSeconds - ReservedSeconds);
            int fit = (int)Math.Min(seconds / step, int.MaxValue);
            int useful = (int)Math.Min((long)MostEpochs * data.Tokens.Train / plan.TokensPerStep, int.MaxValue);
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

    /// <summary>Rows are not full, and some batches are longer than others: one of middle size.</summary>
    private static TrainingBatch MiddleBatch(TrainingData data)
    {
        const int drawn = 9;
        return Enumerable.Range(0, drawn).Select(_ => data.Batches.DrawTaught()).OrderBy(batch => batch.Length + batch.SourceLength).ElementAt(drawn / 2);
    }

    private RunResult? Train(Recipe recipe, InitialModel? initial, Tokenizer tokenizer, Architecture architecture)
    {
        ModelSpec spec = initial?.Spec ?? Derivation.ToSpec(recipe, tokenizer.VocabularySize);
        using RunTeacher? teacher = RunTeacher.Load(recipe, spec, Folder, _cancellation);
        TrainingPlan plan = InitialModel.PlanOf(recipe, initial) with { Teacher = teacher?.Teacher };
        ObjectiveTokens tokens = ObjectiveTokens.Of(recipe, tokenizer, initial);
        using TrainingData data = TrainingData.Open(recipe, Folder, plan, tokens, spec.VocabularySize);
        HeldOutData heldOut = data.HeldOut;
        // What reading the text and training a tokenizer took goes back to the machine before the weights come.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        using var model = new TrainableModel(spec, recipe.Seed, plan.FurtherTokens, plan.Device.ToTorch(), plan.Adapter);
        HeldOutSample held = HeldOutSample.Of(heldOut.Final, data.FinalExamples, spec.ContextLength);
        int? endOfTurn = data.ValidationExamples is AnswerExamples ? RunChatTemplate.FindEndOfTurn(recipe, Folder) : null;
        var sample = new GreedySample(HeldOutSample.Of(heldOut.Validation, data.ValidationExamples, spec.ContextLength), tokenizer, endOfTurn ?? tokens.End);
        plan = CheckpointRecipe.Complete(plan with { TokensPerRow = data.TokensPerRow }, recipe, _observer, (trained, step) => Show(sample.Write(trained), step));
        using var trainer = new Trainer(model, data.Batches, data.Validation, plan);
        if (!Pretrain(trainer, model, plan, (recipe, initial, data)))
            return null;

        Stage("Evaluation", heldOut.HasTest ? "test split" : "validation split");
        EvaluationResult result = trainer.Evaluate(data.Final, long.MaxValue, _cancellation);
        _observer.Info(result.Describe(ObjectiveCheck.KindOf(recipe)));

        Stage("Export", $"Hugging Face directory, model_type {architecture.ModelType}");
        RunExport.Write(Folder, architecture, model, tokens);
        if (endOfTurn is { } end)
            RunChatTemplate.Export(Folder, end);
        if (plan.Adapter is not null)
            AdapterExport.Write(Folder.AdapterFolder, architecture, model, plan.Adapter, recipe.Training.InitFrom);
        return new()
        {
            Folder = Folder,
            Recipe = recipe,
            Journal = Folder.ReadJournal(),
            Spec = spec,
            Tokens = data.Tokens,
            History = trainer.History,
            Test = result,
            TokensPerStep = plan.TokensPerStep,
            TokensPerSecond = trainer.History.Count == 0 ? 0 : plan.TokensPerStep / Median(trainer.History.Select(record => record.Seconds)),
            Reference = held.Compute(model),
            ReferenceSource = held.Source,
            Sources = HeldOutSample.Sources(data),
            Stages = Durations(),
        };
    }

    /// <summary>Trains, from the newest checkpoint where there is one; the model has the weights that are to be tested and exported then.</summary>
    /// <returns>False when the run was cancelled.</returns>
    private bool Pretrain(Trainer trainer, TrainableModel model, TrainingPlan plan, (Recipe Recipe, InitialModel? Initial, TrainingData Data) from)
    {
        bool fresh = Folder.NewestCheckpoint is null;
        // Frozen weights are in no checkpoint, but each names them.
        if (fresh || plan.Adapter is not null)
            from.Initial?.Load(model, _cancellation);
        if (fresh && plan.Preference is { Method: Objectives.PreferenceMethod.Dpo })
            PreferenceStage.WriteReferences(Folder, model, plan, (_observer, _cancellation));
        RunIdentity identity = Identity(from.Recipe, model.Spec, from.Data) with { Base = model.FrozenDigest(), Teacher = plan.Teacher?.Digest() };
        using var checkpoints = new CheckpointFolder(Folder.CheckpointFolder, identity)
        {
            Keep = from.Recipe.Training.Keep,
            InspectionFolder = Folder.InspectionFolder,
            Warn = _observer.Info,
        };
        if (trainer.Resume(checkpoints))
        {
            _observer.Info($"resumed after step {trainer.Step:N0} of {plan.Steps:N0}");
        }
        else if (from.Initial is not null)
        {
            // From here on the run needs the initial model no more.
            trainer.Save(checkpoints);
            _observer.Info(from.Initial.Describe());
        }
        long tokens = from.Data.Tokens.Train;
        if (plan.Adapter is { } adapter)
            _observer.Info($"{adapter.Kind} of rank {adapter.Rank} beside {adapter.Modules.Count:N0} projections; the model's own weights are frozen{(adapter.FourBitBase ? ", in 4 bits" : "")}");
        double tokensOfEpoch = tokens * (1 - from.Recipe.Training.Objective.TokenDropout);
        _observer.Info($"{model.ParameterCount:N0} parameters, {tokens:N0} training tokens, "
            + $"{plan.Steps * plan.TokensPerStep / tokensOfEpoch:F2} epochs, {plan.Precision}, {(plan.Device.IsCuda ? $"{plan.Device}, " : "")}{plan.Threads} threads");
        if (from.Data.LeftOut > 0)
            _observer.Info($"{from.Data.LeftOut:N0} training pairs are longer than model.context {plan.ContextLength} and are left out");
        foreach (string line in from.Data.DescribeEpochs(from.Recipe, plan))
            _observer.Info(line);
        if (plan.Teacher is { } teacher)
            _observer.Info(FormattableString.Invariant($"{teacher.Share:P0} of the loss is {(teacher.Models.Count == 1 ? "a teacher's" : $"the mean of {teacher.Models.Count} teachers'")}, {string.Join(", ", from.Recipe.Training.Objective.TeacherPaths())}, at temperature {teacher.Temperature}"));
        if (!Run(trainer, checkpoints, from.Data, plan))
            return false;
        if (trainer.StoppedEarly)
            _observer.Info($"stopped early after step {trainer.Step:N0} of {plan.Steps:N0}: no better {plan.Best!.Metric.Name} in {plan.Best.Patience} evaluations");
        if (trainer.Skipped > 0)
            _observer.Info($"{trainer.Skipped:N0} batches were skipped; they are in {Folder.InspectionFolder}");
        if (trainer.Best is { } best)
        {
            trainer.LoadBest(checkpoints);
            _observer.Info(FormattableString.Invariant($"best weights: those of step {best.Step}, {plan.Best!.Metric.Name} {best.Value:F4}"));
        }
        else
        {
            // For good: nothing is trained any more.
            _ = trainer.TakeAverage();
        }
        return true;
    }

    /// <summary>Steps, with their logs.</summary>
    private bool Run(Trainer trainer, CheckpointFolder checkpoints, TrainingData data, TrainingPlan plan)
    {
        using Activity? activity = TrainingTelemetry.Source.StartActivity("run");
        using RunLogs logs = RunLogs.Open(Folder.Path, _observer.Info, trainer.Step, trainer.History, plan.TokensPerStep);
        bool done = trainer.Run(checkpoints, Report, _cancellation);
        _observer.Info(FormattableString.Invariant($"waiting for data took {logs.DataShare:P2} of the steps' time"));
        return done;

        void Report(TrainingSnapshot snapshot)
        {
            logs.Report(snapshot, trainer.History[^1].Seconds, data.Batches.TakeWaited());
            _observer.Training(snapshot);
        }
    }

    private void Show((string Prompt, string Completion) sample, int step) =>
        _observer.Info($"sample after step {step:N0}: {sample.Prompt} → {sample.Completion}".ReplaceLineEndings(" "));

    private void Stage(string title, string? detail)
    {
        _cancellation.ThrowIfCancellationRequested();
        _stages.Add((title, _clock.Elapsed));
        _observer.Stage(title, detail);
    }

    private List<StageDuration> Durations() =>
        [.. _stages.Select((stage, i) => new StageDuration(stage.Title, (i + 1 < _stages.Count ? _stages[i + 1].Start : _clock.Elapsed) - stage.Start))];

    /// <summary>Asks now whether the result can be saved, not after hours of training.</summary>
    internal static Architecture CheckExport(Recipe recipe, InitialModel? initial)
    {
        const int anyVocabulary = 256;
        ModelSpec spec = initial?.Spec ?? Derivation.ToSpec(recipe, anyVocabulary);
        try
        {
            Architecture architecture = initial?.Architecture ?? ArchitectureCatalogue.ForModelType(recipe.Model.Architecture);
            ObjectiveCheck.CheckModel(recipe, spec);
            architecture.WriteConfig(spec, []);
            _ = InitialModel.PlanOf(recipe, initial);
            return architecture;
        }
        catch (NotSupportedException e)
        {
            throw new InvalidDataException($"the recipe's model cannot be exported: {e.Message}", e);
        }
    }

    private RunIdentity Identity(Recipe recipe, ModelSpec spec, TrainingData data) => new(
        SpecJson.Write(spec).ToJsonString(),
        CorpusStage.TokenizerHash(Folder),
        data.Identity,
        RunIdentity.TextOf(recipe));

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
