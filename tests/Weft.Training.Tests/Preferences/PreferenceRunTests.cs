using System.Text.Json;

using Weft.Data;
using Weft.Inference;
using Weft.Model.Checkpoints;
using Weft.Text;
using Weft.Training.Objectives;
using Weft.Training.Runs;
using Weft.Training.Tests.Runs;

namespace Weft.Training.Tests.Preferences;

/// <summary>Runs that learn which answers are preferred, from the rows to the exported model.</summary>
public class PreferenceRunTests
{
    /// <summary>The engine and torch sum in different orders; logits are of unit size.</summary>
    private const double LogitTolerance = 1e-3;

    /// <summary>Log-probabilities of some ten tokens by two ways, without gradients and with, in fp32, times β.</summary>
    private const double StartTolerance = 1e-5;

    /// <summary>One word in each answer tells; a model that learns nothing is right half of the time or never.</summary>
    private const double Learnt = 0.9;

    private const string Template =
        "{% for m in messages %}[{{ m.role }}]\n{{ m.content }}\n{% endfor %}{% if add_generation_prompt %}[assistant]\n{% endif %}";

    [Theory]
    [InlineData(PreferenceMethod.Dpo, false)]
    [InlineData(PreferenceMethod.Dpo, true)]
    [InlineData(PreferenceMethod.Orpo, false)]
    public void Chosen_answers_are_learnt_and_the_engine_computes_the_export(PreferenceMethod method, bool adapts)
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, method);
        recipe = adapts ? recipe with { Training = recipe.Training with { Adapter = new() { Rank = 8 }, LearningRate = 2e-2 } } : recipe;
        TrainingSnapshot? first = null;
        var watcher = new RunWatcher { OnStep = step => first ??= step };
        RunResult result = TrainingRun.Start(recipe, new(folder.File("run")), watcher, CancellationToken.None)!;
        if (method == PreferenceMethod.Dpo)
        {
            // Before the first update the model is the one that rewards are measured from.
            Assert.Equal(Math.Log(2), first!.Loss, StartTolerance);
            Assert.Equal(0, first.Preferences!.Value.Margin, StartTolerance);
        }
        Assert.Equal(method == PreferenceMethod.Dpo, File.Exists(Path.Combine(result.Folder.Path, "train.reference")));
        Assert.True(result.Test.Preferences!.Value.Accuracy >= Learnt, $"{result.Test.Preferences}");
        // Of ORPO it is a tenth of the difference of mean log-probabilities.
        Assert.True(result.Test.Preferences.Value.Margin > (method == PreferenceMethod.Dpo ? 0.1 : 0.01), $"{result.Test.Preferences}");
        Assert.Equal(result.Test.Preferences.Value.Pairs, result.Test.Tokens);
        Assert.Contains(watcher.Lines, line => line.StartsWith("loss ", StringComparison.Ordinal) && line.EndsWith(" pairs", StringComparison.Ordinal));
        JsonElement last = JsonDocument.Parse(File.ReadLines(Path.Combine(result.Folder.Path, "metrics.jsonl")).Last()).RootElement;
        foreach (string key in new[] { "accuracy", "reward_margin", "validation_accuracy", "validation_reward_margin" })
            Assert.Equal(JsonValueKind.Number, last.GetProperty(key).ValueKind);

        using TextGenerator engine = TextGenerator.Load(result.Folder.ModelFolder);
        float[] logits = new float[result.Reference.Logits.Length];
        engine.Model.ComputeOutputs(new(result.Reference.Ids), logits);
        Assert.All(logits.Zip(result.Reference.Logits), pair => Assert.Equal(pair.Second, pair.First, LogitTolerance));
        Assert.Equal(adapts, File.Exists(Path.Combine(result.Folder.AdapterFolder, "adapter_config.json")));
        // What the model was begun with stays beside it.
        Assert.Equal(Template, File.ReadAllText(Path.Combine(result.Folder.ModelFolder, "chat_template.jinja")));
        int[] prompt = Assert.Single(HeldOutPreferences.Prompts(result.Recipe, result.Folder, 1));
        Assert.EndsWith("?\n[assistant]\n", engine.Tokenizer.Decode(prompt), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stopped_run_goes_on_to_the_bits_of_an_unbroken_one(bool adapts)
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, PreferenceMethod.Dpo);
        recipe = recipe with { Training = recipe.Training with { Steps = 12, SaveEvery = 3, WindowsPerPass = 3, Dropout = 0.1, EvaluateEvery = 4, Best = "accuracy", Adapter = adapts ? new() : null } };
        RunResult whole = TrainingRun.Start(recipe, new(folder.File("whole")), new RunWatcher(), CancellationToken.None)!;
        using var stop = new CancellationTokenSource();
        var broken = new RunFolder(folder.File("broken"));
        Assert.Null(TrainingRun.Start(recipe, broken, new RunWatcher { OnStep = step => { if (step.Step == 7) stop.Cancel(); } }, stop.Token));
        File.Delete(folder.File("rows.jsonl"));
        // Trained weights are in the checkpoints; the reference is on file, and the model that gave it is needed no more.
        if (!adapts)
            Directory.Delete(folder.File("source"), recursive: true);
        RunResult resumed = TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)!;
        Assert.Equal(whole.Test, resumed.Test);
        Assert.Equal(whole.History.Select(step => (step.Loss, step.ValidationLoss)), resumed.History.Select(step => (step.Loss, step.ValidationLoss)));
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Folder.ModelFolder, "model.safetensors")), File.ReadAllBytes(Path.Combine(broken.ModelFolder, "model.safetensors")));
        // Another reference is other data.
        string reference = PreferenceFile.ReferenceBeside(broken.Shards.Train);
        File.WriteAllText(reference, File.ReadAllText(reference).Replace("\"chosen\":-", "\"chosen\":-1", StringComparison.Ordinal));
        Assert.Contains("other data", Assert.Throws<CheckpointException>(() => TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    /// <summary>One preference in each of the ways in which files have it.</summary>
    [Fact]
    public void All_formats_of_a_row_come_to_the_same_ids()
    {
        using var folder = new TemporaryFolder();
        const string User = """{"role": "user", "content": "ask 1?"}""", Good = """{"role": "assistant", "content": "good, 1"}""", Bad = """{"role": "assistant", "content": "bad, 1"}""";
        (string Name, string Text, TaskRecipe Task)[] files =
        [
            ("a.jsonl", """{"prompt": "ask 1?", "chosen": "good, 1", "rejected": "bad, 1"}""", new()),
            ("b.json", $$"""[{"prompt": [{{User}}], "chosen": [{{Good}}], "rejected": [{{Bad}}]}]""", new()),
            ("c.json", $$"""[{"chosen": [{{User}}, {{Good}}], "rejected": [{{User}}, {{Bad}}]}]""", new()),
            ("d.jsonl", $$"""{"prompt": "ask 1?", "chosen": [{{User}}, {{Good}}], "rejected": [{{User}}, {{Bad}}]}""", new()),
            ("e.csv", "q,worse,better\nask 1?,\"bad, 1\",\"good, 1\"\n", new() { Prompt = "q", Chosen = "better", Rejected = "worse" }),
            ("f.tsv", "good, 1\tbad, 1\task 1?\n", new() { Prompt = "3", Chosen = "1", Rejected = "2" }),
        ];
        foreach ((string name, string text, TaskRecipe task) in files)
        {
            File.WriteAllText(folder.File(name), text);
            PreferenceRow row = Assert.Single(PreferenceFiles.Read(task, [folder.File(name)], CancellationToken.None));
            Assert.Null(row.Problem);
            Assert.Equal(("user", "ask 1?"), (Assert.Single(row.Prompt).Role, row.Prompt[0].Content));
            Assert.Equal(("assistant", "good, 1"), (Assert.Single(row.Chosen).Role, row.Chosen[0].Content));
            Assert.Equal(("assistant", "bad, 1"), (Assert.Single(row.Rejected).Role, row.Rejected[0].Content));
        }
        File.WriteAllText(folder.File("g.json"), "[\n{\"instruction\": \"ask\", \"input\": \"1?\", \"chosen\": \"a\", \"rejected\": \"b\"},\n\n{\"instruction\": \"ask\", \"input\": \"\", \"chosen\": \"a\", \"rejected\": \"b\"}]\n");
        PreferenceRow[] rows = [.. PreferenceFiles.Read(new() { Prompt = "instruction", Input = "input" }, [folder.File("g.json")], CancellationToken.None)];
        Assert.Equal(["ask\n1?", "ask"], rows.Select(row => row.Prompt[0].Content));
        Assert.Equal([$"{folder.File("g.json")}#2", $"{folder.File("g.json")}#4"], rows.Select(row => row.Source));
    }

    [Fact]
    public void Loss_falls_on_what_follows_the_generation_prompt()
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = ByteLevelBpeTrainer.Train(["ask good bad assistant user"], new() { VocabularySize = 300, SpecialTokens = ["<|endoftext|>"] });
        var template = Weft.Text.Chat.ChatTemplate.Parse(Template, "test");
        (EncodedAnswer answer, string? problem) = new AnswerEncoder(tokenizer, template, "", null).Encode([new("user", "ask 1?")], [new("assistant", "good 1")]);
        Assert.Null(problem);
        Assert.Equal("[user]\nask 1?\n[assistant]\n", tokenizer.Decode(answer.Ids.AsSpan(..answer.Prompt)));
        Assert.Equal("good 1\n", tokenizer.Decode(answer.Ids.AsSpan(answer.Prompt..)));
        // Without a template, an answer ends with the end of the text.
        int end = tokenizer.TokenToId("<|endoftext|>")!.Value;
        (answer, problem) = new AnswerEncoder(tokenizer, null, "\nAnswer:", end).Encode([new("user", "ask 1?")], [new("assistant", " good 1")]);
        Assert.Null(problem);
        Assert.Equal("ask 1?\nAnswer:", tokenizer.Decode(answer.Ids.AsSpan(..answer.Prompt)));
        Assert.Equal(" good 1", tokenizer.Decode(answer.Ids.AsSpan(answer.Prompt..^1)));
        Assert.Equal(end, answer.Ids[^1]);

        string shard = folder.File("train.tokens");
        using (var writer = TokenShardWriter.Create(shard, tokenizer.VocabularySize))
        {
            writer.Add([5, 6, 7, 8, 9], 1);
            writer.Add([5, 6, 4], 1);
            writer.Complete();
        }
        PreferenceFile.Write(shard, [new("f#1", 3, 2)]);
        using TokenShard opened = TokenShard.Open(shard);
        var examples = new PreferenceExamples(opened, 16);
        Example example = examples.Make(0, new(0, 0, 0));
        Assert.Equal([5, 6, 7, 8], example.Ids);
        Assert.Equal([-100, -100, 8, 9], example.Targets);
        Assert.Equal([5, 6], example.Rejected!.Ids);
        Assert.Equal([-100, 4], example.Rejected.Targets);
        Assert.True(double.IsNaN(example.Reference));
        PreferenceFile.WriteReference(shard, "digest", Precision.Float32, [new(-1.25, -2.5)]);
        example = examples.Make(0, new(0, 0, 0));
        Assert.Equal((-1.25, -2.5), (example.Reference, example.Rejected!.Reference));
        Assert.Equal([5, 6, 7], examples.Prompt(0));
    }

    public static TheoryData<string, string> BadRows => new()
    {
        { """{"prompt": "ask", "chosen": "same", "rejected": "same"}""", "#3 has the same text as chosen and as rejected answer" },
        { """{"prompt": " ", "chosen": "a", "rejected": "b"}""", "#3 has an empty prompt" },
        { """{"prompt": "ask", "chosen": "", "rejected": "b"}""", "#3 has an empty chosen answer" },
        { """{"prompt": "ask", "chosen": "a"}""", "line 3: has no key 'rejected'; it has 'prompt', 'chosen'" },
        { """{"prompt": "ask", "chosen": 1, "rejected": "b"}""", "line 3: has a JSON Number, where a text or a list of messages was expected" },
        { """{"prompt": "ask", "chosen": [{"role": "user", "content": "a"}], "rejected": "b"}""", "#3 has a chosen answer that begins with a turn of 'user'" },
        { """{"prompt": "ask", "chosen": [{"role": "assistant"}], "rejected": "b"}""", "line 3: has a message without a text 'content'" },
        { """{"prompt": "ask", "chosen": "a",""", "line 3: is no JSON" },
        { """{"prompt": "LONG", "chosen": "a", "rejected": "b"}""", "#3 has a prompt of " },
        { """{"prompt": "ask", "chosen": "LONG", "rejected": "b"}""", "tokens with its chosen answer, more than model.context 48" },
        { """{"prompt": "ask", "chosen": "<|endoftext|>", "rejected": "b"}""", "#3 holds '<|endoftext|>', by which the model tells messages apart" },
    };

    [Theory]
    [MemberData(nameof(BadRows))]
    public void Bad_rows_are_named_with_file_and_line(string row, string message)
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, PreferenceMethod.Dpo);
        string[] lines = File.ReadAllLines(folder.File("rows.jsonl"));
        File.WriteAllLines(folder.File("rows.jsonl"), [.. lines[..2], row.Replace("LONG", string.Join(' ', Enumerable.Range(0, 60)), StringComparison.Ordinal), .. message.Contains("no JSON", StringComparison.Ordinal) ? Array.Empty<string>() : lines[2..]]);
        string found = Assert.Throws<InvalidDataException>(() => TrainingRun.Start(recipe, new(folder.File("run")), new RunWatcher(), CancellationToken.None)).Message;
        Assert.Contains("rows.jsonl", found, StringComparison.Ordinal);
        Assert.Contains(message, found, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_rows_are_left_out_and_listed_where_the_recipe_says_so()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, PreferenceMethod.Orpo);
        File.AppendAllLines(folder.File("rows.jsonl"), ["""{"prompt": "ask", "chosen": "same", "rejected": "same"}""", $$"""{"prompt": "{{string.Join(' ', Enumerable.Range(0, 60))}}", "chosen": "a", "rejected": "b"}"""]);
        recipe = recipe with { Task = recipe.Task! with { BadRows = Weft.Training.Runs.BadRows.Skip }, Training = recipe.Training with { Steps = 1 } };
        var watcher = new RunWatcher();
        RunResult result = TrainingRun.Start(recipe, new(folder.File("run")), watcher, CancellationToken.None)!;
        Assert.Equal(2, File.ReadAllLines(Path.Combine(result.Folder.Path, "bad-rows.txt")).Length);
        Assert.Contains(watcher.Lines, line => line.Contains("cannot be used and are left out", StringComparison.Ordinal));
    }

    public static TheoryData<string, string> BadRecipes => new()
    {
        { "nothing to begin with", "training.init-from is missing" }, { "an encoder", "the model is an encoder alone" }, { "labels", "; kind preference has none" },
        { "smoothing of orpo", "method orpo has none" }, { "smoothing of one half", "give less than 0.5" }, { "keys of another kind", "task.beta is 0.5; kind classification has none, but preference" },
        { "no generation prompt", "does not follow what the template lets an answer begin with" },
    };

    [Theory]
    [MemberData(nameof(BadRecipes))]
    public void What_cannot_be_is_refused_by_name(string what, string message)
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, what == "smoothing of orpo" ? PreferenceMethod.Orpo : PreferenceMethod.Dpo);
        if (what == "an encoder")
            RandomModels.Write(folder.File("encoder"), "bert", "some text");
        if (what == "no generation prompt")
            File.WriteAllText(folder.File("source/chat_template.jinja"), "{{ messages[-1].role }}{{ messages[0].content }}");
        recipe = what switch
        {
            "nothing to begin with" => recipe with { Training = recipe.Training with { InitFrom = null } },
            "an encoder" => recipe with { Training = recipe.Training with { InitFrom = folder.File("encoder") } },
            "labels" => recipe with { Task = recipe.Task! with { Label = "chosen" } },
            "smoothing of orpo" => recipe with { Training = recipe.Training with { Objective = new() { LabelSmoothing = 0.1 } } },
            "smoothing of one half" => recipe with { Training = recipe.Training with { Objective = new() { LabelSmoothing = 0.5 } } },
            "keys of another kind" => recipe with { Task = new() { Files = recipe.Task!.Files, Text = "prompt", Label = "chosen", Beta = 0.5 } },
            _ => recipe,
        };
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => TrainingRun.Start(recipe, new(folder.File("run")), new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_is_checked_without_training_and_its_memory_is_that_of_twice_the_rows()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, PreferenceMethod.Dpo);
        RecipePreview preview = RecipePreview.Of(recipe);
        Assert.Equal(ObjectiveKind.Preference, preview.Recipe.Training.Objective.Kind);
        string text = RecipeFile.Format(preview.Recipe);
        File.WriteAllText(folder.File("again.yaml"), text);
        Assert.Equal(text, RecipeFile.Format(RecipeFile.Read(folder.File("again.yaml"))));
        MemoryPlan pairs = MemoryPlan.Of(recipe, null, CancellationToken.None);
        TrainingPlan plan = Derivation.ToPlan(preview.Recipe);
        MemoryPlan rows = MemoryPlan.Of(preview.Spec!, plan with { BatchSize = 2 * plan.BatchSize, WindowsPerPass = 2 * plan.WindowsPerPass }, new(48, 0) { IsPadded = true });
        Assert.Equal(rows.PeakBytes, pairs.PeakBytes);
    }

    /// <summary>120 prompts; the chosen answers say that something is good, the rejected ones that it is bad.</summary>
    private static Recipe Of(TemporaryFolder folder, PreferenceMethod method)
    {
        string text = string.Join('\n', Enumerable.Range(0, 120).Select(i => $"[user]\nask {i}?\n[assistant]\nit is good, {i % 7}\n[assistant]\nit is bad, {i % 5}"));
        RandomModels.Write(folder.File("source"), "gpt2", text);
        File.WriteAllText(folder.File("source/chat_template.jinja"), Template);
        File.WriteAllLines(folder.File("rows.jsonl"), Enumerable.Range(0, 120).Select(i => $$"""{"prompt": "ask {{i}}?", "chosen": "it is good, {{i % 7}}", "rejected": "it is bad, {{i % 5}}"}"""));
        return new()
        {
            Threads = 1,
            Task = new() { Kind = TaskKind.Preference, Method = method, Files = [folder.File("rows.jsonl")], ValidationShare = 0.2, TestShare = 0.2 },
            Model = new() { Context = 48 },
            Training = new() { InitFrom = folder.File("source"), Steps = 30, Batch = 8, LearningRate = 5e-3, EvaluateEvery = 10, Precision = Precision.Float32 },
        };
    }
}
