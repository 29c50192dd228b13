using Weft.Inference;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Text;
using Weft.Training.Runs;

namespace Weft.Training.Tests.Runs;

public class ObjectiveRunTests
{
    /// <summary>The engine and torch sum in different orders; a wrong layout or constant gives far more.</summary>
    private const double LogitTolerance = 1e-3;

    /// <summary>A mean of losses in fp32 against one in fp64.</summary>
    private const double LossTolerance = 1e-4;

    public static TheoryData<string, string> Objectives() => new()
    {
        { "bert", "masked" },
        { "bert", "masked padded" },
        { "bert", "masked words" },
        { "bert", "masked wordpiece" },
        { "marian", "pairs" },
        { "bart", "pairs" },
        { "bart", "denoising" },
        { "t5", "pairs" },
        { "t5", "spans" },
        { "gpt2", "prefix" },
        { "llama", "causal documents" },
        { "llama", "causal further" },
    };

    [Theory]
    [MemberData(nameof(Objectives))]
    public void Every_objective_gives_a_model_that_the_engine_computes_alike(string architecture, string objective)
    {
        using var folder = new TemporaryFolder();
        RunResult result = TrainingRun.Start(Small(folder, architecture, objective), new(folder.File("run")), new RunWatcher(), CancellationToken.None)!;

        Assert.Equal(5, result.History.Count);
        Assert.All(result.History, step => Assert.True(double.IsFinite(step.Loss) && step.GradientNorm > 0));
        Assert.Equal(Derivation.ToSpec(result.Recipe.Model, result.Spec.VocabularySize), result.Spec);
        using Transformer engine = Transformer.Load(HuggingFaceModel.Open(result.Folder.ModelFolder));
        Assert.Equal(result.Spec, engine.Spec);
        float[] logits = new float[result.Reference.Logits.Length];
        engine.ComputeOutputs(new(result.Reference.Ids) { SourceIds = result.ReferenceSource }, logits);
        for (int i = 0; i < logits.Length; i++)
            Assert.Equal(result.Reference.Logits[i], logits[i], LogitTolerance);
        Assert.Equal(result.Spec.HasSource, result.ReferenceSource.Length > 0);
        Assert.True(result.Test.Tokens > 0 && double.IsFinite(result.Test.Loss));
        // Only WordPiece makes letters small.
        Tokenizer tokenizer = Tokenizer.Load(result.Folder.TokenizerFile);
        Assert.Equal(objective == "masked wordpiece", tokenizer.EncodeToIds("LINE").SequenceEqual(tokenizer.EncodeToIds("line")));
    }

    [Theory]
    [InlineData("marian")]
    [InlineData("bart")]
    [InlineData("t5")]
    public void The_loss_of_pairs_is_that_of_each_target_token_given_its_source(string architecture)
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Small(folder, architecture, "pairs");
        recipe = recipe with { Training = recipe.Training with { Precision = Precision.Float32, Objective = new() { LabelSmoothing = 0.1 } } };
        RunResult result = TrainingRun.Start(recipe, new(folder.File("run")), new RunWatcher(), CancellationToken.None)!;

        using TextGenerator generator = TextGenerator.Load(result.Folder.ModelFolder);
        Tokenizer tokenizer = generator.Tokenizer;
        int start = tokenizer.TokenToId(architecture == "bart" ? "</s>" : "<pad>")!.Value;
        double sum = 0;
        int tokens = 0;
        foreach ((string source, string target) in File.ReadLines(folder.File("test.source")).Zip(File.ReadLines(folder.File("test.target"))))
        {
            int[] answer = tokenizer.EncodeToIds(target);
            float[] logits = new float[answer.Length * result.Spec.VocabularySize];
            generator.Model.ComputeOutputs(new([start, .. answer[..^1]]) { SourceIds = tokenizer.EncodeToIds(source) }, logits);
            sum += answer.Select((id, t) => PlainLoss.Of(logits.AsSpan(t * result.Spec.VocabularySize, result.Spec.VocabularySize), id)).Sum();
            tokens += answer.Length;
        }
        Assert.Equal(tokens, result.Test.Tokens);
        Assert.Equal(sum / tokens, result.Test.Loss, LossTolerance);
        Assert.Equal(tokenizer.TokenToId("</s>"), tokenizer.EncodeToIds("A text.")[^1]);
        // The generator knows what the decoder begins with, and what ends an answer.
        Assert.NotEmpty(generator.Generate("Word 7 stands here.", new() { MaximumTokens = 4 }));
        Assert.Equal([tokenizer.TokenToId("</s>")!.Value], generator.EndOfTextIds);
    }

    [Theory]
    [InlineData("bert", "masked")]
    [InlineData("marian", "pairs")]
    [InlineData("t5", "spans")]
    public void A_run_that_was_stopped_goes_on_with_the_same_bits(string architecture, string objective)
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Small(folder, architecture, objective);
        RunResult whole = TrainingRun.Start(recipe, new(folder.File("whole")), new RunWatcher(), CancellationToken.None)!;
        using var stop = new CancellationTokenSource();
        var broken = new RunFolder(folder.File("broken"));
        Assert.Null(TrainingRun.Start(recipe, broken, new RunWatcher { OnStep = s => { if (s.Step == 2) stop.Cancel(); } }, stop.Token));
        RunResult resumed = TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)!;
        Assert.Equal(whole.History.Select(r => (r.Loss, r.ValidationLoss)), resumed.History.Select(r => (r.Loss, r.ValidationLoss)));
        Assert.Equal(whole.Test, resumed.Test);
        Assert.Equal(whole.Reference.Logits, resumed.Reference.Logits);
    }

    [Fact]
    public void A_masked_model_reads_texts_between_its_tokens_and_is_told_which_they_are()
    {
        using var folder = new TemporaryFolder();
        var watcher = new RunWatcher();
        RunResult result = TrainingRun.Start(Small(folder, "bert", "masked"), new(folder.File("run")), watcher, CancellationToken.None)!;
        Tokenizer tokenizer = Tokenizer.Load(result.Folder.ModelFolder);
        (int first, int last) = (tokenizer.TokenToId("[CLS]")!.Value, tokenizer.TokenToId("[SEP]")!.Value);
        Assert.Equal((first, last), (result.Reference.Ids[0], result.Reference.Ids[^1]));
        int[] ids = tokenizer.EncodeToIds("Word 12 stands in line 12.");
        Assert.Equal((first, last), (ids[0], ids[^1]));
        Assert.Equal("[MASK]", tokenizer.Settings.Roles.Mask?.Content);
        Assert.Equal("[PAD]", tokenizer.Settings.Roles.Padding?.Content);
        Assert.Contains(watcher.Lines, line => line.Contains("masked tokens", StringComparison.Ordinal));
        Assert.DoesNotContain(watcher.Lines, line => line.Contains("bits per byte", StringComparison.Ordinal));
        // About 15 of 100 tokens of the held-out text were guessed, not all of them.
        Assert.InRange(result.Test.Tokens / (double)result.Tokens.Test, 0.12, 0.18);
    }

    [Fact]
    public void A_minute_is_measured_with_the_objective_s_own_batches()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Small(folder, "marian", "pairs");
        recipe = recipe with { Training = recipe.Training with { Steps = null, Minutes = 10_000, Batch = 512 } };
        RunResult result = TrainingRun.Start(recipe, new(folder.File("run")), new RunWatcher(), CancellationToken.None)!;
        Assert.Equal((int)(20 * result.Tokens.Train / result.TokensPerStep), result.History.Count);
        // Padding is not counted: a target has far fewer tokens than the context.
        Assert.InRange(result.TokensPerStep, 512 * 4, 512 * 31);
    }

    [Fact]
    public void Files_whose_lines_do_not_correspond_are_refused_with_both_counts()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Small(folder, "marian", "pairs");
        File.AppendAllText(folder.File("train.source"), "One line more.\n");
        string message = Assert.Throws<InvalidDataException>(() =>
            TrainingRun.Start(recipe, new(folder.File("run")), new RunWatcher(), CancellationToken.None)).Message;
        Assert.Contains("1001 lines", message, StringComparison.Ordinal);
        Assert.Contains("1000; give two files", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pairs_are_held_out_by_hash_where_no_files_are_given()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Small(folder, "marian", "pairs");
        recipe = recipe with { Text = recipe.Text with { Pairs = recipe.Text.Pairs! with { Validation = null, Test = null } } };
        RunResult result = TrainingRun.Start(recipe, new(folder.File("run")), new RunWatcher(), CancellationToken.None)!;
        Assert.Equal(1000, result.Journal.Corpus.Train.Documents + result.Journal.Corpus.Validation.Documents + result.Journal.Corpus.Test.Documents);
        Assert.InRange(result.Journal.Corpus.Validation.Documents, 60, 140);
        Assert.True(result.Journal.Corpus.Test.Documents > 0);
    }

    [Fact]
    public void A_tokenizer_without_the_tokens_of_the_family_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Small(folder, "bert", "masked");
        CharacterTokenizerTrainer.Train(["abc"]).Save(folder.File("tokenizer.json"));
        recipe = recipe with { Tokenizer = new() { File = folder.File("tokenizer.json") } };
        Assert.Contains("no token '[PAD]', which a bert model needs", Assert.Throws<InvalidDataException>(() =>
            TrainingRun.Start(recipe, new(folder.File("run")), new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, Func<ObjectiveRecipe, ObjectiveRecipe>> ImpossibleObjectives() => new()
    {
        { "training.objective.kind is masked; a model of architecture llama learns causal or prefix", "llama", o => o with { Kind = ObjectiveKind.Masked } },
        { "training.objective.kind is spans; a model of architecture bart", "bart", o => o with { Kind = ObjectiveKind.Spans } },
        { "training.objective.share is 0.2; objective causal has none", "llama", o => o with { Share = 0.2 } },
        { "training.objective.share is 1; give a share", "bert", o => o with { Share = 1 } },
        { "training.objective.whole-words is True; objective spans has none", "t5", o => o with { WholeWords = true } },
        { "training.objective.density is 0.2; objective masked has none", "bert", o => o with { Density = 0.2 } },
        { "training.objective.mean-length is 0.5; give 1 token", "t5", o => o with { MeanLength = 0.5 } },
        { "training.objective.further-tokens is 2; objective prefix has none", "gpt2", o => o with { Kind = ObjectiveKind.Prefix, FurtherTokens = 2 } },
        { "training.objective.packing is windows; objective masked keeps", "bert", o => o with { Packing = PackingKind.Windows } },
        { "training.objective.label-smoothing is 1; give a share", "llama", o => o with { LabelSmoothing = 1 } },
        { "training.objective.z-loss is -1; give 0", "llama", o => o with { ZLoss = -1 } },
        { "training.objective.load-balance is 0.01; the model has no mixture", "llama", o => o with { LoadBalance = 0.01 } },
        { "training.objective.router-z-loss is 0.01; the model has no mixture", "llama", o => o with { RouterZLoss = 0.01 } },
        { "text.pairs is missing; objective pairs learns from two files", "marian", o => o },
        { "tokenizer.vocabulary is 350; objective spans needs 102 special tokens", "t5", o => o },
        { "tokenizer.kind is wordpiece; its special tokens and small letters are those of encoders, not of architecture llama; choose byte-bpe", "llama", o => o },
    };

    [Theory]
    [MemberData(nameof(ImpossibleObjectives))]
    public void What_does_not_belong_to_an_objective_is_refused_by_name(string expected, string architecture, Func<ObjectiveRecipe, ObjectiveRecipe> change)
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = SmallRecipe.Of(folder);
        recipe = recipe with
        {
            Tokenizer = new()
            {
                Kind = expected.Contains("wordpiece", StringComparison.Ordinal) ? TokenizerKind.Wordpiece : TokenizerKind.ByteBpe,
                Vocabulary = expected.Contains("is 350", StringComparison.Ordinal) ? 350 : 400,
            },
            Model = recipe.Model with { Architecture = architecture },
            Training = recipe.Training with { Objective = change(new()) },
        };
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() =>
            TrainingRun.Start(recipe, new(folder.File("run")), new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("run")));
    }

    [Fact]
    public void Words_begin_after_spaces_and_at_signs_and_sentences_end_at_full_stops()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Small(folder, "bart", "denoising");
        Tokenizer tokenizer = ByteLevelBpeTrainer.Train([File.ReadAllText(folder.File("text.txt"))], new() { VocabularySize = 300, SpecialTokens = ["<s>", "<pad>", "</s>", "<mask>"] });
        var tokens = new ObjectiveTokens(recipe, tokenizer, null);
        (IReadOnlyList<bool> begins, IReadOnlyList<bool> ends) = (tokens.BeginsWord(), tokens.EndsSentence());
        var words = new List<string>();
        foreach (int id in tokenizer.EncodeToIds("Word 1234 stänge, halts."))
        {
            if (words.Count == 0 || begins[id])
                words.Add("");
            // A letter of two bytes may be two tokens, so the text is put together by ids, not by characters.
            words[^1] += tokenizer.IdToToken(id);
            Assert.Equal(tokenizer.Decode([id]).EndsWith('.'), ends[id]);
        }
        Assert.Equal(["Word", "Ġ1234", "ĠstÃ¤nge", ",", "Ġhalts", "."], words);
    }

    [Fact]
    public void Shards_teach_whole_documents_too_but_only_one_source_of_them()
    {
        using var folder = new TemporaryFolder();
        RunFolder first = TrainingRun.Start(SmallRecipe.Of(folder), new(folder.File("first")), new RunWatcher(), CancellationToken.None)!.Folder;
        Recipe recipe = Small(folder, "llama", "causal documents") with
        {
            Text = new(),
            Data = [new() { Shard = first.Shards.Train }],
            HeldOut = new() { Validation = first.Shards.Validation, Test = first.Shards.Test },
            Tokenizer = new() { File = first.TokenizerFile },
        };
        RunResult result = TrainingRun.Start(recipe, new(folder.File("run")), new RunWatcher(), CancellationToken.None)!;
        // The first token of each piece of a document is predicted by none.
        Assert.InRange(result.Test.Tokens, result.Tokens.Test * 9 / 10, result.Tokens.Test - 1);
        Assert.Contains("data is a list of 2 sources; only windows are drawn by weight", Assert.Throws<InvalidDataException>(() =>
            TrainingRun.Start(recipe with { Data = [.. recipe.Data, .. recipe.Data] }, new(folder.File("run-2")), new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_with_pairs_and_an_objective_is_written_as_it_is_read()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Derivation.Resolve(Small(folder, "marian", "pairs")).Recipe;
        RecipeFile.Write(folder.File("recipe.yaml"), recipe);
        string text = File.ReadAllText(folder.File("recipe.yaml"));
        Assert.Contains("kind: pairs", text, StringComparison.Ordinal);
        Assert.Equal(text, RecipeFile.Format(RecipeFile.Read(folder.File("recipe.yaml"))));
    }

    internal static Recipe Small(TemporaryFolder folder, string architecture, string objective)
    {
        Recipe recipe = SmallRecipe.Of(folder);
        bool pairs = objective == "pairs";
        if (pairs)
            foreach ((string split, int first, int count) in new[] { ("train", 0, 1000), ("validation", 1000, 40), ("test", 2000, 40) })
            {
                IEnumerable<int> numbers = Enumerable.Range(first, count);
                File.WriteAllLines(folder.File(split + ".source"), numbers.Select(i => $"Word {i} has {i % 7} friends."));
                File.WriteAllLines(folder.File(split + ".target"), numbers.Select(i => $"{i % 7} Freunde, Wort {i}."));
            }
        PairFilesRecipe Files(string split) => new() { Source = folder.File(split + ".source"), Target = folder.File(split + ".target") };
        return recipe with
        {
            Text = pairs
                ? new() { Validation = 0.1, Test = 0.1, Pairs = new() { Source = folder.File("train.source"), Target = folder.File("train.target"), Validation = Files("validation"), Test = Files("test") } }
                : recipe.Text,
            Tokenizer = objective == "masked wordpiece" ? new() { Kind = TokenizerKind.Wordpiece, Vocabulary = 350 } : recipe.Tokenizer,
            Model = recipe.Model with { Architecture = architecture, Context = 48 },
            Training = recipe.Training with
            {
                Steps = 5,
                Objective = objective switch
                {
                    "masked padded" => new() { Packing = PackingKind.Padded },
                    "masked words" => new() { WholeWords = true, Share = 0.3 },
                    "spans" => new() { Density = 0.2, MeanLength = 2 },
                    "prefix" => new() { Kind = ObjectiveKind.Prefix },
                    "causal documents" => new() { Packing = PackingKind.Documents, ZLoss = 1e-4 },
                    "causal further" => new() { FurtherTokens = 2 },
                    _ => new(),
                },
            },
        };
    }
}
