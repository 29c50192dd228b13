using System.Text.Json;

using Weft.Inference;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Spec;
using Weft.Text;
using Weft.Training.Batches;
using Weft.Training.Runs;

namespace Weft.Training.Tests.Runs;

/// <summary>Training that begins with the weights of encoders and encoder-decoders; RunPolicyTests has decoders.</summary>
public class InitialModelTests
{
    /// <summary>A mean of losses by torch in fp32 against one by the engine; other weights give whole units more.</summary>
    private const double LossTolerance = 1e-3;

    /// <summary>The engine and torch sum in different orders, and the weights are large.</summary>
    private const double LogitTolerance = 5e-3;

    /// <summary>Changes no weight by more than rounding.</summary>
    private const double NoRate = 1e-9;

    public static TheoryData<string, ObjectiveKind> Models()
    {
        var data = new TheoryData<string, ObjectiveKind>();
        foreach ((string name, ObjectiveKind objective) in RandomModels.All)
            data.Add(name, objective);
        return data;
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Training_begins_with_the_loss_of_the_model_and_lowers_it(string name, ObjectiveKind objective)
    {
        using var folder = new TemporaryFolder();
        ModelSpec spec = RandomModels.Write(folder.File("source"), name, Text(folder));
        Recipe recipe = From(folder, folder.File("source"), objective, NoRate);
        RunResult same = Start(recipe, folder.File("same"), out _);
        Assert.Equal(spec, same.Spec);
        Assert.Equal(name, same.Recipe.Model.Architecture);
        double expected = EngineLoss(folder.File("source"), same);
        Assert.Equal(expected, same.Test.Loss, LossTolerance);

        RunResult trained = Start(recipe with { Training = recipe.Training with { Steps = 30, LearningRate = 1e-2 } }, folder.File("trained"), out _);
        Assert.True(trained.Test.Loss < expected - 0.3, $"{trained.Test.Loss} is not below {expected}");
        string model = trained.Folder.ModelFolder;
        using TextGenerator generator = TextGenerator.Load(model);
        float[] logits = new float[trained.Reference.Logits.Length];
        generator.Model.ComputeOutputs(new(trained.Reference.Ids) { SourceIds = trained.ReferenceSource }, logits);
        for (int i = 0; i < logits.Length; i++)
            Assert.Equal(trained.Reference.Logits[i], logits[i], LogitTolerance);
        Assert.Equal(EngineLoss(model, trained), trained.Test.Loss, LossTolerance);
    }

    [Theory]
    [InlineData("gpt2", ObjectiveKind.Causal)]
    [InlineData("bert", ObjectiveKind.Masked)]
    [InlineData("m2m_100", ObjectiveKind.Pairs)]
    public void Files_beside_the_model_stay_beside_it_and_a_resumed_run_has_them_too(string name, ObjectiveKind objective)
    {
        using var folder = new TemporaryFolder();
        string source = folder.File("source");
        RandomModels.Write(source, name, Text(folder));
        Recipe recipe = From(folder, source, objective, NoRate) with { Name = "run" };
        recipe = recipe with { Training = recipe.Training with { Steps = 3 } };
        RunResult whole = Start(recipe, folder.File("whole"), out _);
        Dictionary<string, string> before = Directory.GetFiles(source).Where(file => Path.GetFileName(file) != "model.safetensors").ToDictionary(file => Path.GetFileName(file)!, File.ReadAllText);
        using var stop = new CancellationTokenSource();
        var broken = new RunFolder(folder.File("broken"));
        Assert.Null(TrainingRun.Start(recipe, broken, new RunWatcher { OnStep = _ => stop.Cancel() }, stop.Token));
        Directory.Delete(source, recursive: true);
        RunResult resumed = TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)!;
        Assert.Equal(whole.Reference.Logits, resumed.Reference.Logits);
        Assert.Equal(whole.Test, resumed.Test);
        foreach (string model in new[] { whole.Folder.ModelFolder, broken.ModelFolder })
        {
            foreach ((string file, string text) in before.Where(pair => pair.Key != "config.json"))
                Assert.Equal(text, File.ReadAllText(Path.Combine(model, file)));
            Assert.Equal(Config(before["config.json"]), Config(File.ReadAllText(Path.Combine(model, "config.json"))));
        }

        static SortedDictionary<string, string> Config(string text) => new(JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(text)!.ToDictionary(pair => pair.Key, pair => pair.Value.GetRawText()));
    }

    public static TheoryData<string, HeadSpec> OtherHeads() => new()
    {
        { "bert", new HeadSpec.PooledEmbedding(Pooling.First, Normalized: false) { Transform = Activation.Tanh } },
        { "roberta", new HeadSpec.SequenceClassification(3, Pooling.First, Bias: true) { Transform = Activation.Tanh } },
        { "xlm-roberta", new HeadSpec.PooledEmbedding(Pooling.Mean, Normalized: true) },
        { "distilbert", new HeadSpec.TokenClassification(5) },
    };

    [Theory]
    [MemberData(nameof(OtherHeads))]
    public void An_encoder_with_another_head_gets_one_that_guesses_masked_tokens_and_says_so(string name, HeadSpec head)
    {
        using var folder = new TemporaryFolder();
        string source = folder.File("source");
        ModelSpec spec = RandomModels.Write(source, name, Text(folder), head);
        RunResult result = Start(From(folder, source, ObjectiveKind.Masked, NoRate), folder.File("run"), out RunWatcher watcher);
        Assert.IsType<HeadSpec.MaskedLanguageModel>(result.Spec.Head);
        Assert.Contains($"weights of {source}; its head does not guess masked tokens, so that one begins anew", watcher.Lines);
        using Checkpoint before = Checkpoint.Open(source), after = Checkpoint.Open(result.Folder.ModelFolder);
        Assert.Equal(spec with { Head = after.Spec.Head }, after.Spec);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(after.Spec))
        {
            float[] values = new float[parameter.Count];
            after.Read(parameter, values);
            if (parameter.Part != "head" && !parameter.Name.StartsWith("head.", StringComparison.Ordinal))
            {
                float[] old = new float[parameter.Count];
                before.Read(parameter, old);
                Assert.Equal(old, values, (a, b) => Math.Abs(a - b) < 1e-6f);
            }
            else if (parameter.Shape.Length == 2)
            {
                // Anew: spread as training begins, and not as the old head's layer of the same name and shape.
                Assert.InRange(Math.Sqrt(values.Average(value => value * value)), 0.01, 0.03);
            }
        }
        Assert.Equal(EngineLoss(result.Folder.ModelFolder, result), result.Test.Loss, LossTolerance);
    }

    [Theory]
    [InlineData("bert", ObjectiveKind.Masked)]
    [InlineData("bart", ObjectiveKind.Denoising)]
    public void A_gguf_file_with_its_tokenizer_is_as_good_as_its_folder(string name, ObjectiveKind objective)
    {
        using var folder = new TemporaryFolder();
        string source = folder.File("source"), file = folder.File("model.gguf");
        RandomModels.Write(source, name, Text(folder));
        using (Checkpoint checkpoint = Checkpoint.Open(source))
            GgufExport.Save(file, checkpoint, Tokenizer.Load(source).ToGguf(checkpoint.Spec.VocabularySize, checkpoint.EndOfTextIds).Keys, new());
        RunResult ofFolder = Start(From(folder, source, objective, NoRate), folder.File("folder"), out _);
        RunResult ofFile = Start(From(folder, file, objective, NoRate), folder.File("file"), out _);
        Assert.Equal(ofFolder.Test, ofFile.Test);
        Assert.Equal(ofFolder.Reference.Logits, ofFile.Reference.Logits);
        const string text = "Word 12 stands in line 12.";
        Assert.Equal(Tokenizer.Load(source).EncodeToIds(text), Tokenizer.Load(ofFile.Folder.ModelFolder).EncodeToIds(text));
        Assert.NotNull(Tokenizer.Load(ofFile.Folder.ModelFolder).Settings.Roles.Mask);
    }

    [Theory]
    [InlineData("llama", ObjectiveKind.Causal)]
    [InlineData("bert", ObjectiveKind.Masked)]
    [InlineData("t5", ObjectiveKind.Pairs)]
    public void A_run_its_model_and_its_checkpoint_are_one_and_the_same_beginning(string architecture, ObjectiveKind objective)
    {
        using var folder = new TemporaryFolder();
        Text(folder);
        Recipe first = Learning(folder, objective, 1e-2);
        RunResult run = Start(first with { Model = SmallRecipe.Of(folder).Model with { Architecture = architecture, Context = 40 } }, folder.File("first"), out _);
        string state = run.Folder.NewestCheckpoint!;
        RunResult ofModel = Start(From(folder, run.Folder.ModelFolder, objective, NoRate), folder.File("of-model"), out _);
        RunResult ofRun = Start(From(folder, run.Folder.Path, objective, NoRate), folder.File("of-run"), out _);
        RunResult ofState = Start(From(folder, state, objective, NoRate), folder.File("of-state"), out _);
        Directory.Delete(run.Folder.ModelFolder, recursive: true);
        RunResult ofStopped = Start(From(folder, run.Folder.Path, objective, NoRate), folder.File("of-stopped"), out _);
        foreach (RunResult result in new[] { ofRun, ofState, ofStopped })
        {
            Assert.Equal(run.Spec, result.Spec);
            Assert.Equal(ofModel.Test, result.Test);
            Assert.Equal(ofModel.Reference.Logits, result.Reference.Logits);
            using TextGenerator generator = TextGenerator.Load(result.Folder.ModelFolder);
            Assert.Equal(Tokenizer.Load(ofModel.Folder.ModelFolder).EncodeToIds("Word 3."), generator.Tokenizer.EncodeToIds("Word 3."));
        }
        Assert.Equal(run.Test.Loss, ofModel.Test.Loss, LossTolerance);
        File.Move(state, folder.File("step-000000001.safetensors"));
        Assert.Contains("leave the checkpoint in the folder of its run",
            Refusal<CheckpointException>(folder, From(folder, folder.File("step-000000001.safetensors"), objective, NoRate)), StringComparison.Ordinal);
    }

    [Fact]
    public void Targets_of_Marian_are_read_by_their_own_model_and_both_are_kept()
    {
        using var folder = new TemporaryFolder();
        Text(folder);
        string source = folder.File("source"), assets = TestAssets.Require("tokenizers/marian-like");
        RandomModels.Write(source, "marian", "Any text.", vocabulary: Tokenizer.Load(Path.Combine(assets, "vocab.joint.spm")).VocabularySize);
        foreach (string file in new[] { "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json" })
            File.Delete(Path.Combine(source, file));
        foreach ((string from, string to) in new[] { ("vocab.joint.spm", "source.spm"), ("vocab.joint.spm", "target.spm"), ("vocab.json", "vocab.json") })
            File.Copy(Path.Combine(assets, from), Path.Combine(source, to));
        Tokenizer tokenizer = Tokenizer.Load(source);
        Assert.Equal("</s>", tokenizer.IdToToken(tokenizer.EncodeToIds("Word")[^1]));
        foreach (string file in new[] { "config.json", "generation_config.json" })
            RandomModels.Edit(Path.Combine(source, file), json =>
            {
                json["eos_token_id"] = tokenizer.TokenToId("</s>");
                json["decoder_start_token_id"] = tokenizer.TokenToId("<pad>");
            });
        RunResult result = Start(From(folder, source, ObjectiveKind.Pairs, NoRate), folder.File("run"), out _);
        Assert.Equal(EngineLoss(source, result), result.Test.Loss, LossTolerance);
        string model = result.Folder.ModelFolder;
        Assert.False(File.Exists(Path.Combine(model, "tokenizer.json")));
        foreach (string file in new[] { "source.spm", "target.spm", "vocab.json" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(source, file)), File.ReadAllBytes(Path.Combine(model, file)));

        // Another model cuts targets elsewhere, and leaves sources as they are.
        File.Copy(TestAssets.Require("tokenizers/t5/spiece.model"), Path.Combine(source, "target.spm"), overwrite: true);
        RunResult other = Start(From(folder, source, ObjectiveKind.Pairs, NoRate), folder.File("other"), out _);
        Assert.NotEqual(File.ReadAllBytes(result.Folder.Shards.Train), File.ReadAllBytes(other.Folder.Shards.Train));
        Assert.Equal(File.ReadAllBytes(result.Folder.SourceShards.Train), File.ReadAllBytes(other.Folder.SourceShards.Train));
    }

    [Fact]
    public void A_check_a_memory_plan_and_a_range_test_look_at_the_model_too()
    {
        using var folder = new TemporaryFolder();
        string source = folder.File("source");
        ModelSpec spec = RandomModels.Write(source, "roberta", Text(folder));
        Recipe recipe = From(folder, source, ObjectiveKind.Masked, NoRate);
        recipe = recipe with { Training = recipe.Training with { Objective = new() } };
        RecipePreview preview = RecipePreview.Of(recipe);
        Assert.Equal(spec, preview.Spec);
        Assert.Equal((ObjectiveKind.Masked, "roberta"), (preview.Recipe.Training.Objective.Kind!.Value, preview.Recipe.Model.Architecture));
        Assert.DoesNotContain(preview.Derived, setting => setting.Name.StartsWith("model.", StringComparison.Ordinal));
        long weights = ModelParameters.Enumerate(spec).Sum(parameter => parameter.Count) * sizeof(float);
        Assert.Equal(weights, MemoryPlan.Of(recipe, null, CancellationToken.None).Parts.Single(part => part.Name == "weights").Bytes);
        // Of the same first batch the same loss, which is not that of a model that begins from nothing.
        RunResult run = Start(recipe, folder.File("run"), out _);
        LearningRateRange range = LearningRateSearch.Run(recipe, new(folder.File("search")), new RunWatcher(), CancellationToken.None);
        Assert.Equal(run.History[0].Loss, range.Points[0].Loss, 1e-5);
        Assert.True(Math.Abs(run.History[0].Loss - Math.Log(spec.VocabularySize)) > 0.05);
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        string text = Text(folder);
        foreach (string name in new[] { "bert", "bart", "marian", "m2m_100" })
            RandomModels.Write(folder.File(name), name, text);
        Assert.Contains("training.objective.kind is causal; the model is an encoder alone; choose masked", Refused("bert", ObjectiveKind.Causal), StringComparison.Ordinal);
        Assert.Contains("training.objective.kind is masked; the model is a decoder beside an encoder; choose pairs, spans or denoising", Refused("bart", ObjectiveKind.Masked), StringComparison.Ordinal);
        Assert.Contains("names no '<extra_id_0>', which objective spans needs", Refused("bart", ObjectiveKind.Spans), StringComparison.Ordinal);
        Assert.Contains("names no mask token, which objective denoising needs", Refused("marian", ObjectiveKind.Denoising), StringComparison.Ordinal);
        Assert.Contains("model.context is 49", Refusal<InvalidDataException>(folder, From(folder, folder.File("bert"), ObjectiveKind.Masked, NoRate) with { Model = new() { Context = 49 } }), StringComparison.Ordinal);
        Recipe shaped = From(folder, folder.File("bert"), ObjectiveKind.Masked, NoRate) with { Model = new() { Architecture = "bert", Layers = 2, Width = 16, Heads = 2, Inner = 25, Context = 48 } };
        Assert.Contains("feed_forward.inner_size is 25 in the recipe, 24 in the model", Refusal<InvalidDataException>(folder, shaped), StringComparison.Ordinal);
        // The language of targets is the model's to name.
        foreach (string file in new[] { "config.json", "generation_config.json" })
            RandomModels.Edit(folder.File($"m2m_100/{file}"), json => json.Remove("forced_bos_token_id"));
        Assert.Contains("names no language of the targets, which objective pairs needs", Refused("m2m_100", ObjectiveKind.Pairs), StringComparison.Ordinal);
        RandomModels.Edit(folder.File("marian/config.json"), json => json.Remove("decoder_start_token_id"));
        RandomModels.Edit(folder.File("marian/generation_config.json"), json => json.Remove("decoder_start_token_id"));
        Assert.Contains("names no start of a decoder", Refused("marian", ObjectiveKind.Pairs), StringComparison.Ordinal);

        string Refused(string name, ObjectiveKind kind) => Refusal<InvalidDataException>(folder, From(folder, folder.File(name), kind, NoRate));
    }

    [Fact]
    public void Tensors_that_are_missing_left_over_or_of_another_shape_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        string source = folder.File("source"), config = folder.File("source/config.json");
        RandomModels.Write(source, "bert", Text(folder));
        string whole = File.ReadAllText(config);
        RandomModels.Edit(config, json => json["num_hidden_layers"] = 3);
        Assert.Matches("tensor 'bert.encoder.layer.2.[a-zA-Z.]+' is missing", Damaged());
        File.WriteAllText(config, whole);
        RandomModels.Edit(config, json => json["num_hidden_layers"] = 1);
        Assert.Matches("tensor 'bert.encoder.layer.1.[a-zA-Z.]+' is not part of the model", Damaged());
        File.WriteAllText(config, whole);
        RandomModels.Edit(config, json => json["intermediate_size"] = 25);
        Assert.Contains("intermediate.dense.weight' has shape [24, 16], expected [25, 16]", Damaged(), StringComparison.Ordinal);

        string Damaged() => Refusal<CheckpointException>(folder, From(folder, source, ObjectiveKind.Masked, NoRate));
    }

    /// <summary>The mean loss of a result's held-out targets, by the engine, one row after the other.</summary>
    private static double EngineLoss(string model, RunResult result)
    {
        using TextGenerator generator = TextGenerator.Load(model);
        int vocabulary = generator.Model.Spec.VocabularySize;
        InitialModel? initial = InitialModel.TryRead(result.Folder.InitialModelFile);
        ObjectiveTokens tokens = ObjectiveTokens.Of(result.Recipe, Tokenizer.Load(result.Folder.TokenizerFile), initial);
        using TrainingData data = TrainingData.Open(result.Recipe, result.Folder, Derivation.ToPlan(result.Recipe), tokens, vocabulary);
        double sum = 0;
        long targets = 0;
        foreach (TrainingBatch batch in data.Final.Batches(long.MaxValue, 1))
        {
            int[] kept = [.. Enumerable.Range(0, batch.Length).Where(i => batch.Documents is not { } documents || documents[i] != TrainingBatch.Padding)];
            int[] source = [.. Enumerable.Range(0, batch.SourceLength).Where(i => batch.SourceDocuments is not { } documents || documents[i] != TrainingBatch.Padding).Select(i => (int)batch.SourceIds![i])];
            float[] logits = new float[kept.Length * vocabulary];
            generator.Model.ComputeOutputs(new([.. kept.Select(i => (int)batch.Ids[i])]) { SourceIds = source }, logits);
            for (int t = 0; t < kept.Length; t++)
                if (batch.Targets[kept[t]] is var target and not TrainingBatch.Ignored)
                {
                    sum += PlainLoss.Of(logits.AsSpan(t * vocabulary, vocabulary), (int)target);
                    targets++;
                }
        }
        Assert.Equal(targets, result.Test.Tokens);
        return sum / targets;
    }

    private static string Text(TemporaryFolder folder) => File.ReadAllText(SmallRecipe.Of(folder).Text.Paths[0]);

    /// <summary>A recipe that begins with a model and takes it as it is.</summary>
    private static Recipe From(TemporaryFolder folder, string source, ObjectiveKind objective, double rate)
    {
        Recipe recipe = Learning(folder, objective, rate);
        return recipe with { Model = new() { Context = 40 }, Training = recipe.Training with { InitFrom = source } };
    }

    private static Recipe Learning(TemporaryFolder folder, ObjectiveKind objective, double rate)
    {
        Recipe recipe = SmallRecipe.Of(folder);
        if (objective == ObjectiveKind.Pairs)
        {
            File.WriteAllLines(folder.File("pairs.source"), Enumerable.Range(0, 400).Select(i => $"Word {i} has {i % 7} friends."));
            File.WriteAllLines(folder.File("pairs.target"), Enumerable.Range(0, 400).Select(i => $"{i % 7} friends, word {i}."));
            recipe = recipe with { Text = new() { Validation = 0.1, Test = 0.1, Pairs = new() { Source = folder.File("pairs.source"), Target = folder.File("pairs.target") } } };
        }
        return recipe with
        {
            Training = recipe.Training with
            {
                Steps = 1,
                Batch = 8,
                LearningRate = rate,
                FinalLearningRate = 0,
                Warmup = 0,
                EvaluateEvery = 100,
                Precision = Precision.Float32,
                Objective = new() { Kind = objective, Packing = objective == ObjectiveKind.Causal ? null : PackingKind.Padded },
            },
        };
    }

    private static RunResult Start(Recipe recipe, string folder, out RunWatcher watcher)
    {
        watcher = new RunWatcher();
        return TrainingRun.Start(recipe, new(folder), watcher, CancellationToken.None)!;
    }

    private static string Refusal<TException>(TemporaryFolder folder, Recipe recipe)
        where TException : Exception
    {
        string message = Assert.Throws<TException>(() => TrainingRun.Start(recipe, new(folder.File("refused")), new RunWatcher(), CancellationToken.None)).Message;
        Assert.False(Directory.Exists(folder.File("refused")));
        return message;
    }
}
