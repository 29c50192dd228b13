using System.Globalization;

using Weft.Data;
using Weft.Training.Batches;

namespace Weft.Training.Runs;

/// <summary>The data of a run, opened and checked: what is learnt from, as batches, and what is held out.</summary>
internal sealed class TrainingData : IDisposable
{
    private readonly ShardSet[] _sources;
    private readonly PrefetchedBatches _prefetched;

    private TrainingData(ShardSet[] sources, HeldOutData heldOut, IBatchSource batches)
    {
        _sources = sources;
        HeldOut = heldOut;
        _prefetched = new(batches);
        Batches = new(_prefetched);
    }

    /// <summary>The batches, drawn ahead, and timed as the trainer waits for them.</summary>
    public TimedBatches Batches { get; }

    /// <summary>Validation and test data.</summary>
    public HeldOutData HeldOut { get; }

    /// <summary>Tokens of each split.</summary>
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
    public string Identity => string.Join(';', _sources.Concat(HeldOut.Sets).Select(source => string.Create(CultureInfo.InvariantCulture,
        $"{string.Join('+', source.Shards.Select(shard => shard.Checksum.ToString("x16", CultureInfo.InvariantCulture)))} {source.TokenCount} {source.DocumentCount} {source.ByteCount}")));

    /// <summary>Opens the data of a run whose shards are written.</summary>
    /// <param name="recipe">A recipe that has been filled in.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="plan">Size of the batches.</param>
    /// <param name="vocabularySize">The model's ids lie below this.</param>
    /// <exception cref="InvalidDataException">A shard is damaged, empty, shorter than one window, or of another tokenizer; the message names it and the remedy.</exception>
    public static TrainingData Open(Recipe recipe, RunFolder folder, TrainingPlan plan, int vocabularySize)
    {
        HeldOutData heldOut = HeldOutData.Open(recipe, folder);
        List<ShardSet> sources = [];
        try
        {
            foreach (string path in Paths(recipe, folder))
            {
                sources.Add(ShardSet.Open(path));
                CheckLength(sources[^1], recipe.Data.Count == 0 ? "the training text" : path, plan.ContextLength);
            }
            string hash = CorpusStage.TokenizerHash(folder);
            foreach (ShardSet set in sources.Concat(heldOut.Sets))
                MixtureCheck.CheckTokenizer(set, hash, vocabularySize);
            return new([.. sources], heldOut, CreateBatches(sources, recipe, plan));
        }
        catch
        {
            sources.ForEach(source => source.Dispose());
            heldOut.Dispose();
            throw;
        }
    }

    /// <summary>Tokens to learn from, before anything else is known of the run.</summary>
    public static long CountTokens(Recipe recipe, RunFolder folder)
    {
        long tokens = 0;
        foreach (string path in Paths(recipe, folder))
        {
            using ShardSet source = ShardSet.Open(path);
            tokens += source.TokenCount;
        }
        return tokens;
    }

    /// <summary>Stops drawing and unmaps the files.</summary>
    public void Dispose()
    {
        _prefetched.Dispose();
        foreach (ShardSet source in _sources)
            source.Dispose();
        HeldOut.Dispose();
    }

    private static IEnumerable<string> Paths(Recipe recipe, RunFolder folder) =>
        recipe.Data.Count == 0 ? [folder.Shards.Train] : recipe.Data.Select(source => source.Shard);

    private static IBatchSource CreateBatches(List<ShardSet> sources, Recipe recipe, TrainingPlan plan)
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
