using System.Globalization;

using Weft.Data;
using Weft.Training.Batches;

namespace Weft.Training.Runs;

/// <summary>The data of a run, opened and checked: what is learnt from, as batches, and what is held out.</summary>
internal sealed class TrainingData : IDisposable
{
    private readonly ShardSet[] _sources;
    private readonly ShardSet? _pairSource;
    private readonly PrefetchedBatches _prefetched;
    private readonly TaskRecipe? _task;

    private TrainingData(ShardSet[] sources, ShardSet? pairSource, HeldOutData heldOut, (Recipe Recipe, TrainingPlan Plan, ObjectiveTokens Tokens) of)
    {
        (_sources, _pairSource, HeldOut) = (sources, pairSource, heldOut);
        var data = new ObjectiveData(of.Recipe, of.Tokens);
        Examples? learnt = data.Windows ? null : data.Learnt(sources[0], pairSource);
        _prefetched = new(learnt is null ? CreateWindows(sources, of.Recipe, of.Plan) : new ExampleBatches(learnt, data.Layout, of.Plan.BatchSize, (ulong)of.Recipe.Seed));
        Batches = new(_prefetched);
        ValidationExamples = data.Windows ? null : data.Examples(heldOut.Validation, heldOut.ValidationSource);
        FinalExamples = data.Windows ? null : data.Examples(heldOut.Final, heldOut.FinalSource);
        Validation = data.Evaluation(heldOut.Validation, ValidationExamples);
        Final = data.Evaluation(heldOut.Final, FinalExamples);
        foreach ((IEvaluationSet held, string name) in new[] { (Validation, "validation"), (Final, "test") })
            if (!held.Batches(long.MaxValue, 1).Any(batch => batch.TargetCount > 0))
                throw new InvalidDataException($"objective {ObjectiveRecipe.NameOf(ObjectiveCheck.KindOf(of.Recipe))} finds nothing to predict in the {name} text, "
                    + "such as where all its words are unknown to the tokenizer; give more or other text, or another tokenizer");
        TokensPerRow = learnt is null ? null : data.Layout.Arrangement == Arrangement.Packed ? learnt.Size.Length : learnt.MeanLength;
        _task = of.Recipe.Task;
        LeftOut = (learnt as ParallelDocuments)?.LeftOut ?? 0;
    }

    /// <summary>The batches, drawn ahead, and timed as the trainer waits for them.</summary>
    public TimedBatches Batches { get; }

    /// <summary>What steers training.</summary>
    public IEvaluationSet Validation { get; }

    /// <summary>What the result is measured on.</summary>
    public IEvaluationSet Final { get; }

    /// <summary>The examples of <see cref="Validation"/>; null where text is read in windows.</summary>
    public Examples? ValidationExamples { get; }

    /// <summary>The examples of <see cref="Final"/>; null where text is read in windows.</summary>
    public Examples? FinalExamples { get; }

    /// <summary>Tokens of a row; null where all are as long as the context.</summary>
    public double? TokensPerRow { get; }

    /// <summary>Pairs that are too long for the context.</summary>
    public int LeftOut { get; }

    /// <summary>Validation and test data.</summary>
    public HeldOutData HeldOut { get; }

    /// <summary>Tokens of each split; of pairs, of their targets.</summary>
    public (long Train, long Validation, long Test) Tokens => (_sources.Sum(source => source.TokenCount), HeldOut.Validation.TokenCount, HeldOut.TestTokens);

    /// <summary>How often a run goes through each source of a mixture; nothing for one source.</summary>
    public IEnumerable<string> DescribeEpochs(Recipe recipe, TrainingPlan plan)
    {
        if (_sources.Length < 2)
            yield break;
        double weights = recipe.Data.Sum(source => source.Weight);
        foreach ((MixtureSource source, ShardSet set) in recipe.Data.Zip(_sources))
        {
            double epochs = (double)plan.Steps * plan.TokensPerStep * source.Weight / weights / set.TokenCount;
            yield return FormattableString.Invariant($"{source.Shard}: {epochs:F2} epochs");
        }
    }

    /// <summary>Tells data apart: sizes and checksums of every source.</summary>
    public string Identity => OfTask() + string.Join(';', _sources.Concat(HeldOut.Sets).Concat(_pairSource is null ? [] : [_pairSource]).Select(source => string.Create(CultureInfo.InvariantCulture,
        $"{string.Join('+', source.Shards.Select(shard => shard.Checksum.ToString("x16", CultureInfo.InvariantCulture)))} {source.TokenCount} {source.DocumentCount} {source.ByteCount}")));

    /// <summary>Opens the data of a run whose shards are written.</summary>
    /// <param name="recipe">A recipe that has been filled in.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="plan">Size of the batches.</param>
    /// <param name="tokens">The tokenizer, and the special tokens of the objective.</param>
    /// <param name="vocabularySize">The model's ids lie below this.</param>
    /// <exception cref="InvalidDataException">A shard is damaged, empty, shorter than one window, or of another tokenizer; the message names it and the remedy.</exception>
    public static TrainingData Open(Recipe recipe, RunFolder folder, TrainingPlan plan, ObjectiveTokens tokens, int vocabularySize)
    {
        HeldOutData heldOut = HeldOutData.Open(recipe, folder);
        List<ShardSet> sources = [];
        ShardSet? pairSource = null;
        try
        {
            foreach (string path in Paths(recipe, folder))
            {
                sources.Add(ShardSet.Open(path));
                if (ObjectiveCheck.PackingOf(recipe) == PackingKind.Windows)
                    CheckLength(sources[^1], recipe.Data.Count == 0 ? "the training text" : path, plan.ContextLength);
            }
            pairSource = !recipe.Text.HasPairs ? null : ShardSet.Open(folder.SourceShards.Train);
            string hash = CorpusStage.TokenizerHash(folder);
            foreach (ShardSet set in sources.Concat(heldOut.Sets))
                MixtureCheck.CheckTokenizer(set, hash, vocabularySize);
            return new([.. sources], pairSource, heldOut, (recipe, plan, tokens));
        }
        catch
        {
            pairSource?.Dispose();
            sources.ForEach(source => source.Dispose());
            heldOut.Dispose();
            throw;
        }
    }

    /// <summary>Stops drawing and unmaps the files.</summary>
    public void Dispose()
    {
        _prefetched.Dispose();
        foreach (ShardSet source in _sources)
            source.Dispose();
        _pairSource?.Dispose();
        HeldOut.Dispose();
    }

    /// <summary>What stands beside the shards of a task.</summary>
    private string OfTask() => _task is null ? "" : string.Join(';', _sources.Concat(HeldOut.Sets).Select(set => (_task.Objective switch
    {
        ObjectiveKind.Conversation => AnswerFile.Hash(set.Name),
        ObjectiveKind.Preference => PreferenceFile.Hash(set.Name),
        _ => LabelFile.Hash(set.Name),
    }) + " "));

    private static IEnumerable<string> Paths(Recipe recipe, RunFolder folder) =>
        recipe.Data.Count == 0 ? [folder.Shards.Train] : recipe.Data.Select(source => source.Shard);

    private static IBatchSource CreateWindows(ShardSet[] sources, Recipe recipe, TrainingPlan plan)
    {
        ulong seed = (ulong)recipe.Seed;
        if (recipe.Data.Count == 0)
            return new CausalWindows(Sampler(sources[0], seed), plan.BatchSize, plan.ContextLength);
        // Each source has a seed of its own, so that equal shards are not read in step.
        var mixture = new MixtureSampler(sources.Select((source, i) => (Sampler(source, seed + (ulong)i + 1), recipe.Data[i].Weight)), seed);
        return new MixedWindows(mixture, plan.BatchSize, plan.ContextLength);

        IWindowSampler Sampler(ITokenSequence tokens, ulong seed) => recipe.Training.Sampling == SamplingKind.Random
            ? new RandomWindowSampler(tokens, seed)
            : new ShuffledWindowSampler(tokens, seed);
    }

    private static void CheckLength(ShardSet source, string name, int context)
    {
        if (source.TokenCount <= context)
            throw new InvalidDataException(
                $"{name} has {source.TokenCount} tokens, which is less than one window of {context + 1}; give more text or a smaller model.context");
    }
}
