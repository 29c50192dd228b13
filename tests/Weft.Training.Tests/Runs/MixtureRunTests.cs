using System.Diagnostics;
using System.Text.Json;

using Weft.Data;
using Weft.Text;
using Weft.Training.Runs;

namespace Weft.Training.Tests.Runs;

/// <summary>Runs on shards that the recipe names. One text run makes the tokenizer; its shards are the sources.</summary>
public sealed class MixtureRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _tokenizer;
    private readonly int _vocabulary;
    private readonly string _hash;

    public MixtureRunTests()
    {
        IEnumerable<string> texts = Enumerable.Range(0, 300).Select(i => $"Word {i} stands in line {i} of {i * i % 97}.");
        Tokenizer tokenizer = ByteLevelBpeTrainer.Train(texts, new() { VocabularySize = 300, SpecialTokens = ["<|endoftext|>"] });
        _tokenizer = _folder.File("tokenizer.json");
        _vocabulary = tokenizer.VocabularySize;
        tokenizer.Save(_tokenizer);
        _hash = CorpusStage.TokenizerHash(new(_folder.FullName));
        foreach ((string name, int first) in new[] { ("web-0", 0), ("web-1", 100), ("code", 200), ("held", 250) })
            Shard(name, [.. texts.Skip(first).Take(100).SelectMany(text => tokenizer.EncodeToIds(text, addSpecialTokens: false))]);
    }

    [Fact]
    public void A_run_learns_from_a_mixture_logs_it_and_resumes_to_the_same_bits()
    {
        RunResult whole = TrainingRun.Start(Mixture, new(_folder.File("whole")), new Observer(), CancellationToken.None)!;
        using var stop = new CancellationTokenSource();
        var broken = new RunFolder(_folder.File("broken"));
        Assert.Null(TrainingRun.Start(Mixture, broken, new Observer { OnStep = step => { if (step == 3) stop.Cancel(); } }, stop.Token));
        var observer = new Observer();
        RunResult resumed = TrainingRun.Resume(broken, observer, CancellationToken.None)!;

        Assert.Equal(whole.History.Select(r => (r.Loss, r.ValidationLoss)), resumed.History.Select(r => (r.Loss, r.ValidationLoss)));
        Assert.Equal(whole.Reference.Logits, resumed.Reference.Logits);
        Assert.Equal((3L, 1L), (whole.Journal.Corpus.Train.Documents, whole.Journal.Corpus.Validation.Documents));
        string[] lines = File.ReadAllLines(Path.Combine(broken.Path, "metrics.jsonl"));
        Assert.Equal(Enumerable.Range(1, 6), lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("step").GetInt32()));
        Assert.Equal(resumed.History.Select(r => r.Loss), lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("loss").GetDouble()));
        Assert.Single(Directory.GetFiles(broken.Path, "events.out.tfevents.*"));
        // 6 steps of 4 x 16 tokens, a quarter of them from the code.
        using TokenShard code = TokenShard.Open(_folder.File("code.tokens"));
        Assert.Contains(FormattableString.Invariant($"{_folder.File("code.tokens")}: {6 * 64 * 0.25 / code.TokenCount:F2} epochs"), observer.Lines);
        Assert.Contains(observer.Lines, line => line.StartsWith("waiting for data took", StringComparison.Ordinal));
    }

    [Fact]
    public void Saving_a_tokenizer_that_was_loaded_keeps_its_hash()
    {
        DirectoryInfo again = Directory.CreateDirectory(_folder.File("again"));
        Tokenizer.Load(_tokenizer).Save(Path.Combine(again.FullName, "tokenizer.json"));
        Assert.Equal(_hash, CorpusStage.TokenizerHash(new(again.FullName)));
    }

    [Fact]
    public void Shards_of_another_tokenizer_are_refused_with_both_hashes()
    {
        string other = new('a', 64);
        Shard("web-1", [1, 2, 3, 4], other);
        string message = Refused(Mixture with { Data = [new() { Shard = _folder.File("web-1.tokens") }] });
        Assert.Contains("web-1.tokens was written with another tokenizer", message, StringComparison.Ordinal);
        Assert.Contains(other, message, StringComparison.Ordinal);
        Assert.Contains(_hash, message, StringComparison.Ordinal);
        Shard("held", [1, 2, 3, 4], other);
        Assert.Contains("held.tokens was written with another tokenizer", Refused(Mixture with { Data = [Mixture.Data[1]] }), StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_that_cannot_be_learnt_from_are_refused_before_the_first_step()
    {
        Shard("big", [.. Enumerable.Range(0, 1000)], hash: null, vocabulary: 1000);
        Assert.Contains($"big.tokens holds ids below 1000, but the tokenizer has {_vocabulary}", Refused(With("big")), StringComparison.Ordinal);
        Shard("empty", []);
        Assert.Contains("empty.tokens: the shard is empty", Refused(With("empty")), StringComparison.Ordinal);
        Shard("short", [.. Enumerable.Repeat(1, 16)]);
        string message = Refused(With("short"));
        Assert.Contains("short.tokens has 16 tokens, which is less than one window of 17", message, StringComparison.Ordinal);
        Assert.Contains("absent.tokens", Refused(With("absent")), StringComparison.Ordinal);
        Shard("one", [1]);
        Assert.Contains("a loss needs at least 2", Refused(Mixture with { HeldOut = new() { Validation = _folder.File("one.tokens") } }), StringComparison.Ordinal);

        Recipe With(string name) => Mixture with { Data = [Mixture.Data[0], new() { Shard = _folder.File(name + ".tokens") }] };
    }

    public static TheoryData<string, Func<Recipe, Recipe>> Contradictions() => new()
    {
        { "data and text.paths are both given", r => r with { Text = new() { Paths = ["a.txt"] } } },
        { "tokenizer.file is missing", r => r with { Tokenizer = new() } },
        { "held-out.validation is missing", r => r with { HeldOut = null } },
        { "held-out is given without data", r => r with { Data = [] } },
        { "data[1].weight is 0; give a positive share", r => r with { Data = [r.Data[0], r.Data[1] with { Weight = 0 }] } },
        { "data[0].weight is NaN", r => r with { Data = [r.Data[0] with { Weight = double.NaN }] } },
        { "data[0].shard is missing", r => r with { Data = [new()] } },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void A_mixture_that_contradicts_the_recipe_is_refused_by_key(string expected, Func<Recipe, Recipe> change) =>
        Assert.Contains(expected, Refused(change(Mixture)), StringComparison.Ordinal);

    [Fact]
    public void A_preview_derives_everything_and_trains_nothing()
    {
        RecipePreview preview = RecipePreview.Of(Mixture with { Training = Mixture.Training with { EvaluateEvery = null } }, CancellationToken.None);
        Assert.Contains(preview.Derived, setting => setting.Name == "training.warmup");
        Assert.Equal(1, preview.Recipe.Training.EvaluateEvery);
        Assert.Equal(_vocabulary, preview.Spec!.VocabularySize);
        // Embedding 300 x 16, and in the block: norms, four 16 x 16 projections of one size, three of 16 x 32 (gated).
        Assert.Equal((_vocabulary * 16) + (3 * 16) + (4 * 16 * 16) + (3 * 16 * 32), preview.Parameters);
        Assert.Contains("web-", Assert.Throws<FileNotFoundException>(() => RecipePreview.Of(Mixture with { Data = [new() { Shard = _folder.File("web-9.tokens") }] }, CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_given_tokenizer_serves_text_too_and_its_shards_know_it()
    {
        File.WriteAllText(_folder.File("text.txt"), string.Join("\n\n", Enumerable.Range(0, 2000).Select(i => $"Word {i} stands in line {i}.")));
        Recipe recipe = Mixture with { Data = [], HeldOut = null, Text = new() { Paths = [_folder.File("text.txt")], Validation = 0.1, Test = 0.1 } };
        RunResult result = TrainingRun.Start(recipe, new(_folder.File("run")), new Observer(), CancellationToken.None)!;
        using TokenShard shard = TokenShard.Open(result.Folder.Shards.Train);
        Assert.Equal(_hash, shard.TokenizerHash);
        Assert.Equal(File.ReadAllBytes(_tokenizer), File.ReadAllBytes(result.Folder.TokenizerFile));
    }

    [Fact]
    public void Run_evaluations_and_saves_are_traced()
    {
        List<string> ended = [];
        using var root = new Activity("test").Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Weft.Training",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            // Other tests train at the same time.
            ActivityStopped = activity => { if (activity.TraceId == root.TraceId) ended.Add(activity.OperationName); },
        };
        ActivitySource.AddActivityListener(listener);
        Assert.NotNull(TrainingRun.Start(Mixture, new(_folder.File("traced")), new Observer(), CancellationToken.None));
        // Validated after steps 3 and 6, saved at the end, and the held-out data is evaluated after the run.
        Assert.Equal(["evaluate", "evaluate", "save", "run", "evaluate"], ended);
    }

    public void Dispose() => _folder.Dispose();

    private Recipe Mixture => new()
    {
        Threads = 1,
        Data = [new() { Shard = _folder.File("web-*.tokens"), Weight = 0.75 }, new() { Shard = _folder.File("code.tokens"), Weight = 0.25 }],
        HeldOut = new() { Validation = _folder.File("held.tokens") },
        Tokenizer = new() { File = _tokenizer },
        Model = new() { Layers = 1, Width = 16, Heads = 2, Inner = 32, Context = 16 },
        Training = new() { Steps = 6, Batch = 4, LearningRate = 1e-3, EvaluateEvery = 3, Precision = Precision.Float32 },
    };

    private string Refused(Recipe recipe)
    {
        var observer = new Observer();
        Exception? error = Record.Exception(() => TrainingRun.Start(recipe, new(_folder.File("refused")), observer, CancellationToken.None));
        Assert.True(error is InvalidDataException or FileNotFoundException, error?.ToString() ?? "not refused");
        Assert.Equal(0, observer.Steps);
        return error!.Message;
    }

    private void Shard(string name, int[] ids, string? hash = "", int vocabulary = 0)
    {
        using var writer = TokenShardWriter.Create(_folder.File(name + ".tokens"), vocabulary == 0 ? _vocabulary : vocabulary, hash is "" ? _hash : hash);
        if (ids.Length > 0)
            writer.Add(ids, ids.Length);
        writer.Complete();
    }

    private sealed class Observer : IRunObserver
    {
        public Action<int>? OnStep { get; init; }

        public int Steps { get; private set; }

        public List<string> Lines { get; } = [];

        public void Stage(string title, string? detail = null)
        {
        }

        public void Info(string line) => Lines.Add(line);

        public void Progress(string what, long done, long total)
        {
        }

        public void Training(TrainingSnapshot snapshot)
        {
            Steps++;
            OnStep?.Invoke(snapshot.Step);
        }
    }
}
