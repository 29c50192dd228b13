using System.Text.Json;

using Weft.Data;
using Weft.Inference;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;
using Weft.Text;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Objectives;
using Weft.Training.Runs;
using Weft.Training.Tests.Runs;

namespace Weft.Training.Tests.Labels;

/// <summary>Runs on labelled rows, from the table to the exported classifier.</summary>
public class LabelRunTests
{
    /// <summary>The engine and torch sum in different orders; logits are of unit size.</summary>
    private const double LogitTolerance = 1e-4;

    /// <summary>One word in each text tells; guessing is right half of the time.</summary>
    private const double Learnt = 0.9;

    private static readonly string[] Good = ["fine", "lovely", "bright", "sweet"], Bad = ["awful", "dull", "bitter", "broken"], Rest = ["the", "film", "was", "a", "house", "with", "some", "rain", "and", "two"];

    public static TheoryData<string, string, PackingKind> Models => new()
    {
        { "bert", "bert", PackingKind.Padded }, { "bert", "bert", PackingKind.Documents }, { "llama", "llama", PackingKind.Documents }, { "gpt2", "gpt2", PackingKind.Padded },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void A_classifier_learns_and_the_engine_gives_its_labels(string architecture, string modelType, PackingKind packing)
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, architecture);
        recipe = recipe with { Training = recipe.Training with { Objective = new() { Packing = packing }, Batch = packing == PackingKind.Documents ? 4 : 16 } };
        RunResult result = Start(recipe, folder.File("run"), out RunWatcher watcher);
        Assert.True(result.Test.Labels!.Accuracy >= Learnt, $"{result.Test.Labels}");
        Assert.Contains(watcher.Lines, line => line.StartsWith("loss ", StringComparison.Ordinal) && line.Contains(", accuracy ", StringComparison.Ordinal));
        string[] metrics = [.. File.ReadLines(Path.Combine(result.Folder.Path, "metrics.jsonl")).Where(line => line.Contains("validation_accuracy", StringComparison.Ordinal))];
        Assert.Equal(result.History.Count(step => double.IsFinite(step.ValidationLoss)), metrics.Length);

        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(result.Folder.ModelFolder, "config.json")));
        Assert.EndsWith("ForSequenceClassification", config.RootElement.GetProperty("architectures")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(modelType, config.RootElement.GetProperty("model_type").GetString());
        Assert.Equal("single_label_classification", config.RootElement.GetProperty("problem_type").GetString());
        Assert.Equal("{\"0\":\"bad\",\"1\":\"good\"}", Compact(config.RootElement.GetProperty("id2label")));
        Assert.Equal("{\"bad\":0,\"good\":1}", Compact(config.RootElement.GetProperty("label2id")));
        using TextGenerator engine = TextGenerator.Load(result.Folder.ModelFolder);
        int padding = config.RootElement.GetProperty("pad_token_id").GetInt32();
        // The id that fills rows is none of a text's, so that the last token is found by it.
        Assert.DoesNotContain(padding, engine.Tokenizer.EncodeToIds("the film was fine"));
        Equal(result, engine, rows: 100);
    }

    [Fact]
    public void A_stopped_run_goes_on_to_the_bits_of_an_unbroken_one()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, "bert");
        recipe = recipe with { Training = recipe.Training with { Steps = 24, SaveEvery = 5, Dropout = 0.1, Best = "accuracy" } };
        RunResult whole = Start(recipe, folder.File("whole"), out _);
        using var stop = new CancellationTokenSource();
        var broken = new RunFolder(folder.File("broken"));
        Assert.Null(TrainingRun.Start(recipe, broken, new RunWatcher { OnStep = step => { if (step.Step == 13) stop.Cancel(); } }, stop.Token));
        File.Delete(folder.File("rows.tsv"));
        RunResult resumed = TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)!;
        Assert.Equal(whole.Test, resumed.Test);
        Assert.Equal(whole.History.Select(step => (step.Loss, step.ValidationLoss)), resumed.History.Select(step => (step.Loss, step.ValidationLoss)));
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Folder.ModelFolder, "model.safetensors")), File.ReadAllBytes(Path.Combine(broken.ModelFolder, "model.safetensors")));
        // Other labels are other data.
        string labels = LabelFile.Beside(broken.Shards.Train);
        File.WriteAllText(labels, File.ReadAllText(labels).Replace("[0]", "[1]", StringComparison.Ordinal));
        Assert.Contains("other data", Assert.Throws<CheckpointException>(() => TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_labels_a_row_are_learnt_and_exported()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, "bert", "several", i => string.Join(';', new[] { i % 2 == 0 ? "kind" : "", i % 3 == 0 ? "long" : "" }.Where(label => label.Length > 0)),
            i => $"{Pick(i % 2 == 0 ? Good : Bad, i)} {(i % 3 == 0 ? "long" : "short")}");
        RunResult result = Start(recipe with { Task = recipe.Task! with { Separator = ";" } }, folder.File("run"), out _);
        Assert.Equal(["kind", "long"], result.Recipe.Task!.Labels);
        Assert.True(result.Test.Labels!.Accuracy >= Learnt, $"{result.Test.Labels}");
        using Checkpoint model = Checkpoint.Open(result.Folder.ModelFolder);
        Assert.True(model.LabelsAreIndependent && !model.GivesNumber);
        Assert.Equal(["kind", "long"], model.Labels);
        using TextGenerator engine = TextGenerator.Load(result.Folder.ModelFolder);
        Equal(result, engine, rows: 20);
    }

    [Fact]
    public void Numbers_are_learnt_and_exported()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, "bert", "numbers", i => i % 2 == 0 ? "1.5" : "-0.5");
        RunResult result = Start(recipe with { Task = recipe.Task! with { Kind = TaskKind.Regression } }, folder.File("run"), out _);
        // Guessing the mean would be wrong by 1.
        Assert.InRange(result.Test.Labels!.MeanAbsoluteError, 0, 0.25);
        using Checkpoint model = Checkpoint.Open(result.Folder.ModelFolder);
        Assert.True(model.GivesNumber && !model.LabelsAreIndependent);
        Assert.Equal(new HeadSpec.SequenceClassification(1, Pooling.First, Bias: true) { Transform = Activation.Tanh }, model.Spec.Head);
        using TextGenerator engine = TextGenerator.Load(result.Folder.ModelFolder);
        Equal(result, engine, rows: 20);
    }

    [Fact]
    public void Two_texts_are_told_apart_by_segments()
    {
        using var folder = new TemporaryFolder();
        // The same words in both orders: only which text has the good one tells.
        Recipe recipe = Of(folder, "bert", "pairs", i => i % 2 == 0 ? "first" : "second", i => $"the {Pick(i % 2 == 0 ? Good : Bad, i)} film\tthe {Pick(i % 2 == 0 ? Bad : Good, i / 2)} film");
        recipe = recipe with { Task = recipe.Task! with { Pair = "2", Label = "3" } };
        RunResult result = Start(recipe, folder.File("run"), out _);
        Assert.True(result.Test.Labels!.Accuracy >= Learnt, $"{result.Test.Labels}");
        CorpusStatistics corpus = result.Journal.Corpus;
        Assert.Equal(File.ReadLines(folder.File("rows.tsv")).Sum(line => line.Split('\t')[..2].Sum(text => text.Length)), corpus.Train.Bytes + corpus.Validation.Bytes + corpus.Test.Bytes);
        HeldOutRow row = HeldOutRow.Of(result.Recipe, result.Folder, 1)[0];
        Assert.Equal([0, 1], row.TokenTypes.Distinct());
        using TextGenerator engine = TextGenerator.Load(result.Folder.ModelFolder);
        EncodedText text = engine.Tokenizer.EncodePair("the fine film", "the dull film");
        Assert.Equal(row.TokenTypes.Count(1), text.TypeIds.Count(1));
        Equal(result, engine, rows: 20);
        Recipe decoder = recipe with { Model = recipe.Model with { Architecture = "llama" } };
        Assert.Contains("puts no token between two texts", Assert.Throws<InvalidDataException>(() => Start(decoder, folder.File("decoder"), out _)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_that_are_too_long_are_refused_left_out_or_cut()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, "bert", "long", i => i % 2 == 0 ? "good" : "bad", i => $"{string.Join(' ', Rest)} {(i % 50 == 0 ? string.Join(' ', Rest.Concat(Rest)) : "")} {Pick(i % 2 == 0 ? Good : Bad, i)}");
        recipe = recipe with { Training = recipe.Training with { Steps = 2 }, Model = recipe.Model with { Context = 24 } };
        string message = Assert.Throws<InvalidDataException>(() => Start(recipe, folder.File("a"), out _)).Message;
        Assert.StartsWith("12 of 600 rows cannot be used: ", message, StringComparison.Ordinal);
        Assert.Contains("rows.tsv#1 has ", message, StringComparison.Ordinal);
        Assert.Contains("more than model.context 24; raise that, or say with task.truncate what is cut out", message, StringComparison.Ordinal);
        Assert.False(File.Exists(new RunFolder(folder.File("a")).Shards.Train));
        RunResult skipped = Start(recipe with { Task = recipe.Task! with { BadRows = BadRows.Skip } }, folder.File("b"), out _);
        Assert.Equal(12, File.ReadLines(Path.Combine(skipped.Folder.Path, "bad-rows.txt")).Count());
        RunResult cut = Start(recipe with { Task = recipe.Task! with { Truncate = CutPart.Head } }, folder.File("c"), out RunWatcher watcher);
        Assert.Contains("12 texts are longer than model.context 24; their head is cut out", watcher.Lines);
        Assert.Equal(skipped.Tokens.Train + skipped.Tokens.Validation + skipped.Tokens.Test + (12 * 24), cut.Tokens.Train + cut.Tokens.Validation + cut.Tokens.Test);
    }

    [Fact]
    public void Pretraining_and_fine_tuning_follow_each_other()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, "bert");
        RunResult pretrained = Start(recipe with { Task = null, Text = new() { Paths = [folder.File("rows.tsv")], Columns = new() { Text = "1" } }, Training = recipe.Training with { Steps = 20 } }, folder.File("first"), out _);
        Recipe tuning = recipe with { Model = new() { Context = recipe.Model.Context }, Training = recipe.Training with { InitFrom = pretrained.Folder.Path } };
        RunResult tuned = Start(tuning, folder.File("second"), out RunWatcher watcher);
        Assert.Contains($"weights of {pretrained.Folder.Path}; the head of the labels begins anew", watcher.Lines);
        Assert.Equal(pretrained.Spec with { Head = tuned.Spec.Head }, tuned.Spec);
        Assert.True(tuned.Test.Labels!.Accuracy >= Learnt, $"{tuned.Test.Labels}");

        // A model with these labels goes on with its head, from its folder and from a checkpoint; with others, it gets a new one.
        RunResult again = Start(Slow(tuning, tuned.Folder.Path), folder.File("third"), out watcher);
        Assert.Contains($"weights of {tuned.Folder.Path}", watcher.Lines);
        Assert.Equal(tuned.Test.Labels, again.Test.Labels);
        RunResult state = Start(Slow(tuning, tuned.Folder.NewestCheckpoint!), folder.File("fourth"), out _);
        Assert.Equal(tuned.Test.Labels, state.Test.Labels);
        Recipe others = Slow(tuning, tuned.Folder.Path);
        Start(others with { Task = others.Task! with { Labels = ["good", "bad"] } }, folder.File("fifth"), out watcher);
        Assert.Contains($"weights of {tuned.Folder.Path}; the head of the labels begins anew", watcher.Lines);

        static Recipe Slow(Recipe recipe, string from) => recipe with { Training = recipe.Training with { InitFrom = from, Steps = 1, LearningRate = 1e-9 } };
    }

    [Theory]
    [InlineData("roberta", "pad_token_id", Pooling.First)]
    [InlineData("distilbert", "pad_token_id", Pooling.First)]
    [InlineData("gpt2", "pad_token_id", Pooling.Last)]
    public void Models_of_others_get_a_head_and_keep_their_config(string name, string padding, Pooling pooling)
    {
        using var folder = new TemporaryFolder();
        RandomModels.Write(folder.File("source"), name, string.Join('\n', Good.Concat(Bad).Concat(Rest)));
        Recipe recipe = Of(folder, "bert");
        recipe = recipe with { Tokenizer = new(), Task = recipe.Task! with { Truncate = CutPart.Tail }, Model = new() { Context = 40 }, Training = recipe.Training with { InitFrom = folder.File("source"), Steps = 6 } };
        RunResult result = Start(recipe, folder.File("run"), out _);
        HeadSpec.SequenceClassification head = Assert.IsType<HeadSpec.SequenceClassification>(result.Spec.Head);
        Assert.Equal((2, pooling), (head.Labels, head.Pooling));
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(result.Folder.ModelFolder, "config.json")));
        Assert.Equal("kept", config.RootElement.GetProperty("unknown_key").GetString());
        Assert.Equal("{\"0\":\"bad\",\"1\":\"good\"}", Compact(config.RootElement.GetProperty("id2label")));
        Assert.Equal(JsonValueKind.Number, config.RootElement.GetProperty(padding).ValueKind);
        using TextGenerator engine = TextGenerator.Load(result.Folder.ModelFolder);
        Equal(result, engine, rows: 20);
    }

    [Fact]
    public void An_encoder_decoder_labels_nothing_and_says_so()
    {
        using var folder = new TemporaryFolder();
        RandomModels.Write(folder.File("source"), "bart", string.Join('\n', Good));
        Recipe recipe = Of(folder, "bert");
        recipe = recipe with { Tokenizer = new(), Model = new() { Context = 40 }, Training = recipe.Training with { InitFrom = folder.File("source") } };
        Assert.Contains("holds a model of family 'bart', which labels no sequences here", Assert.Throws<InvalidDataException>(() => Start(recipe, folder.File("run"), out _)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_with_a_task_is_checked_without_training_and_written_as_it_is_read()
    {
        using var folder = new TemporaryFolder();
        Of(folder, "bert");
        File.WriteAllText(folder.File("recipe.yaml"), $"task:\n  files: ['{folder.File("rows.tsv")}']\n  text: 1\n  label: 2\n  truncate: middle\n  bad-rows: skip\n  balance: true\nmodel: {{ architecture: bert, context: 32 }}\ntraining: {{ steps: 2 }}\n");
        Recipe recipe = RecipeFile.Read(folder.File("recipe.yaml"));
        Assert.Equal((TaskKind.Classification, CutPart.Middle, BadRows.Skip), (recipe.Task!.Kind, recipe.Task.Truncate!.Value, recipe.Task.BadRows));
        RecipePreview preview = RecipePreview.Of(recipe);
        Assert.Equal(["bad", "good"], preview.Recipe.Task!.Labels);
        Assert.Equal(2, ((HeadSpec.SequenceClassification)preview.Spec!.Head).Labels);
        string text = RecipeFile.Format(preview.Recipe);
        File.WriteAllText(folder.File("again.yaml"), text);
        Assert.Equal(text, RecipeFile.Format(RecipeFile.Read(folder.File("again.yaml"))));
    }

    /// <summary>Trainer and engine agree on every row: labels equal, logits but for rounding.</summary>
    private static void Equal(RunResult result, TextGenerator engine, int rows)
    {
        using var model = new TrainableModel(result.Spec, seed: 0);
        using (Checkpoint checkpoint = Checkpoint.Open(result.Folder.ModelFolder))
            foreach (ParameterSpec parameter in ModelParameters.Enumerate(result.Spec))
            {
                float[] values = new float[parameter.Count];
                checkpoint.Read(parameter, values);
                model.Write(parameter, values);
            }
        IReadOnlyList<HeldOutRow> held = HeldOutRow.Of(result.Recipe, result.Folder, rows);
        Assert.True(held.Count >= Math.Min(rows, 40), $"{held.Count} rows");
        // The trainer's logits come from its own path: padded batches.
        TrainingBatch batch = new RowLayout(Arrangement.Padded).Lay([.. held.Select(row => new[] { new Example([.. row.Ids.Select(id => (long)id)], [0, .. Enumerable.Repeat(TrainingBatch.Ignored, row.Ids.Length - 1)])
        {
            TokenTypes = row.TokenTypes.Length == 0 ? null : [.. row.TokenTypes.Select(type => (long)type)],
        } })], new(result.Spec.ContextLength, 0));
        int outputs = result.Spec.Head.OutputSize(result.Spec);
        float[] expected;
        using (TorchSharp.torch.NewDisposeScope())
        using (TorchSharp.torch.no_grad())
            expected = LabelLoss.Logits(model, batch, Precision.Float32, null).data<float>().ToArray();
        for (int row = 0; row < held.Count; row++)
        {
            float[] logits = new float[outputs];
            engine.Model.ComputeOutputs(new(held[row].Ids) { TokenTypes = held[row].TokenTypes }, logits);
            float[] own = expected[(row * outputs)..((row + 1) * outputs)];
            Assert.Equal(Array.IndexOf(own, own.Max()), Array.IndexOf(logits, logits.Max()));
            for (int label = 0; label < outputs; label++)
                Assert.Equal(own[label], logits[label], LogitTolerance);
        }
    }

    /// <summary>600 rows; words of one kind stand in some place among others.</summary>
    private static Recipe Of(TemporaryFolder folder, string architecture, string kind = "one", Func<int, string>? label = null, Func<int, string>? text = null)
    {
        label ??= i => i % 2 == 0 ? "good" : "bad";
        text ??= i => string.Join(' ', Enumerable.Range(0, 1 + (i % 9)).Select(word => word == i % (1 + (i % 9)) ? Pick(i % 2 == 0 ? Good : Bad, i) : Pick(Rest, (i * 7) + word)));
        // A number makes texts different from each other.
        File.WriteAllLines(folder.File("rows.tsv"), Enumerable.Range(0, 600).Select(i => $"{i} {text(i)}\t{label(i)}"));
        return new()
        {
            Name = kind,
            Threads = 1,
            Task = new() { Files = [folder.File("rows.tsv")], Text = "1", Label = "2", ValidationShare = 0.2, TestShare = 0.2 },
            Tokenizer = new() { Vocabulary = 400 },
            Model = new() { Architecture = architecture, Layers = 1, Width = 32, Heads = 4, Context = 40 },
            Training = new() { Steps = 150, Batch = 16, LearningRate = 5e-3, EvaluateEvery = 50, Precision = Precision.Float32 },
        };
    }

    private static string Pick(string[] words, int index) => words[index / 2 % words.Length];

    private static string Compact(JsonElement json) => JsonSerializer.Serialize(json);

    private static RunResult Start(Recipe recipe, string folder, out RunWatcher watcher) =>
        TrainingRun.Start(recipe, new(folder), watcher = new RunWatcher(), CancellationToken.None)!;
}

file static class Counting
{
    public static int Count(this int[] values, int value) => values.AsSpan().Count(value);
}
