using System.Text.Json;
using Microsoft.Extensions.AI;

using Weft.Data;
using Weft.Tasks;
using Weft.Text;
using Weft.Text.Chat;
using Weft.Training.Runs;
using Weft.Training.Tests.Runs;

using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using Turn = Weft.Text.Chat.ChatMessage;

namespace Weft.Training.Tests.Conversations;

/// <summary>Runs on conversations, from the file to a model that answers.</summary>
public class ConversationRunTests
{
    private static readonly (string Question, string Answer)[] Facts =
    [
        ("Which capital has France?", "It is Paris."), ("Which capital has Norway?", "That would be Oslo."), ("How many legs has a spider?", "Eight, two more than an insect."),
        ("Say nothing but yes.", "Yes."),
    ];

    [Theory]
    [InlineData("llama", "chatml", "<|im_end|>", PackingKind.Documents)]
    [InlineData("gpt2", "alpaca", "<|endoftext|>", PackingKind.Padded)]
    public async Task A_small_model_learns_conversations_by_heart_and_answers_through_its_folder(string architecture, string template, string end, PackingKind packing)
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, architecture, template);
        recipe = recipe with { Training = recipe.Training with { Steps = 160, Objective = new() { Packing = packing }, Batch = packing == PackingKind.Documents ? 1 : 4, SampleEvery = 160 } };
        RunResult result = Start(recipe, folder.File("run"), out RunWatcher watcher);
        Assert.Contains($"chat template {template}; '{end}' ends an answer", watcher.Lines);
        Assert.Contains(watcher.Lines, line => line.StartsWith("loss ", StringComparison.Ordinal) && line.EndsWith(" tokens of answers", StringComparison.Ordinal));
        // What the trainer itself writes while it trains ends where an answer does.
        Assert.Contains(watcher.Lines, line => line.StartsWith("sample after step 160: ", StringComparison.Ordinal) && line.EndsWith($"\u2192 {Facts[0].Answer}", StringComparison.Ordinal));

        using LanguageModel model = LanguageModel.Load(result.Folder.ModelFolder);
        using var chat = new ChatModel(model, new() { Sampling = new() { Temperature = 0 }, MaximumTokens = 30 });
        foreach ((string question, string answer) in Facts)
        {
            ChatResponse response = await chat.GetResponseAsync([new ChatMessage(ChatRole.User, question)], cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal((answer, ChatFinishReason.Stop), (response.Text, response.FinishReason));
        }
        // Several turns and a system prompt were learnt too.
        ChatMessage[] turns = [new(ChatRole.System, "Be short."), new(ChatRole.User, "Hello there."), new(ChatRole.Assistant, "Good day."), new(ChatRole.User, "Who are you?")];
        Assert.Equal("A model.", (await chat.GetResponseAsync(turns, cancellationToken: TestContext.Current.CancellationToken)).Text);
        Assert.Equal("Good day.", (await chat.GetResponseAsync(turns[..2], cancellationToken: TestContext.Current.CancellationToken)).Text);

        using JsonDocument generation = JsonDocument.Parse(File.ReadAllText(Path.Combine(result.Folder.ModelFolder, "generation_config.json")));
        JsonElement ends = generation.RootElement.GetProperty("eos_token_id");
        Assert.Contains(model.Tokenizer.TokenToId(end)!.Value, ends.ValueKind == JsonValueKind.Array ? ends.EnumerateArray().Select(id => id.GetInt32()) : [ends.GetInt32()]);
        Assert.Equal(end, model.Tokenizer.Settings.Roles.End!.Content);
        AsInference(result, model.Tokenizer);
    }

    /// <summary>What was learnt from is what the exported template and tokenizer make of the question, to the id.</summary>
    private static void AsInference(RunResult result, Tokenizer tokenizer)
    {
        var encoder = new ConversationEncoder(ChatTemplate.Load(result.Folder.ModelFolder), tokenizer);
        IReadOnlyList<HeldOutConversation> held = HeldOutConversation.Of(result.Recipe, result.Folder, 100);
        Assert.Equal(Facts.Length + 1, held.Count);
        foreach (((string question, string answer), HeldOutConversation conversation) in Facts.Zip(held))
        {
            Assert.Equal(encoder.EncodePrompt([new Turn("user", question)]), conversation.Prompt);
            Assert.Equal(answer, tokenizer.Decode(conversation.Answer));
            Assert.Equal(encoder.FindEndOfTurn(), conversation.Answer[^1]);
        }
    }

    [Fact]
    public void A_stopped_run_goes_on_to_the_bits_of_an_unbroken_one()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, "llama", null);
        recipe = recipe with { Training = recipe.Training with { Steps = 12, SaveEvery = 5, Dropout = 0.1 } };
        RunResult whole = Start(recipe, folder.File("whole"), out _);
        Assert.Equal("chatml", whole.Recipe.Task!.Template);
        using var stop = new CancellationTokenSource();
        var broken = new RunFolder(folder.File("broken"));
        Assert.Null(TrainingRun.Start(recipe, broken, new RunWatcher { OnStep = step => { if (step.Step == 7) stop.Cancel(); } }, stop.Token));
        File.Delete(folder.File("rows.jsonl"));
        RunResult resumed = TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)!;
        Assert.Equal(whole.History.Select(step => (step.Loss, step.ValidationLoss)), resumed.History.Select(step => (step.Loss, step.ValidationLoss)));
        foreach (string name in Directory.GetFiles(whole.Folder.ModelFolder).Select(path => Path.GetFileName(path)!))
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Folder.ModelFolder, name)), File.ReadAllBytes(Path.Combine(broken.ModelFolder, name)));
        // Other answers are other data.
        string answers = Path.ChangeExtension(broken.Shards.Train, ".answers");
        File.WriteAllText(answers, File.ReadAllText(answers).Replace("#1\"", "#9\"", StringComparison.Ordinal));
        Assert.Contains("other data", Assert.Throws<Weft.Model.Checkpoints.CheckpointException>(() => TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_was_pretrained_on_text_learns_to_answer_and_keeps_its_tokenizer()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, "llama", null);
        File.WriteAllText(folder.File("text.txt"), string.Join("\n\n", Enumerable.Range(0, 300).Select(i => $"{Facts[i % 4].Question} {i} {Facts[i % 4].Answer}")));
        RunResult pretrained = Start(recipe with { Task = null, Text = new() { Paths = [folder.File("text.txt")], Validation = 0.1, Test = 0.1 }, Training = recipe.Training with { Steps = 4 } }, folder.File("base"), out _);
        Recipe tuning = recipe with { Model = new() { Context = recipe.Model.Context }, Tokenizer = new(), Training = recipe.Training with { InitFrom = pretrained.Folder.Path, Steps = 3 } };
        Assert.Contains("has no chat template; say with task.template", Refusal(tuning, folder), StringComparison.Ordinal);
        Assert.Contains("task.template is chatml, but the tokenizer has no token '<|im_start|>'", Refusal(tuning with { Task = tuning.Task! with { Template = "chatml" } }, folder), StringComparison.Ordinal);
        Assert.Contains("has no chat template", Assert.Throws<InvalidDataException>(() => RecipePreview.Of(tuning)).Message, StringComparison.Ordinal);

        RunResult tuned = Start(tuning with { Task = tuning.Task! with { Template = "alpaca" } }, folder.File("tuned"), out _);
        Assert.Equal(File.ReadAllBytes(pretrained.Folder.TokenizerFile), File.ReadAllBytes(Path.Combine(tuned.Folder.ModelFolder, "tokenizer.json")));
        Assert.Equal(KnownChatTemplate.Find("alpaca")!.Source, File.ReadAllText(Path.Combine(tuned.Folder.ModelFolder, "chat_template.jinja")));
        // It speaks its template from now on, also where only a checkpoint is left of it.
        foreach (string from in new[] { tuned.Folder.Path, tuned.Folder.NewestCheckpoint! })
        {
            RunResult again = Start(tuning with { Training = tuning.Training with { InitFrom = from, Steps = 1, LearningRate = 1e-9 } }, folder.File($"again-{Path.GetFileName(from)}"), out RunWatcher watcher);
            Assert.Contains($"chat template of {from}; '<|endoftext|>' ends an answer", watcher.Lines);
            Assert.Equal(tuned.Test.Loss, again.Test.Loss, 1e-4);
            foreach (string name in new[] { "chat_template.jinja", "tokenizer_config.json" })
                Assert.Equal(File.ReadAllBytes(Path.Combine(tuned.Folder.ModelFolder, name)), File.ReadAllBytes(Path.Combine(again.Folder.ModelFolder, name)));
        }
    }

    [Fact]
    public void A_template_of_ones_own_is_taken_from_a_file_and_exported()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("own.jinja");
        File.WriteAllText(file, "{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ eos_token }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}");
        Recipe recipe = Of(folder, "llama", file);
        recipe = recipe with { Training = recipe.Training with { Steps = 1 } };
        RunResult result = Start(recipe, folder.File("run"), out _);
        Assert.Equal(File.ReadAllText(file), File.ReadAllText(Path.Combine(result.Folder.ModelFolder, "chat_template.jinja")));
        File.WriteAllText(file, "{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ eos_token }}{% endfor %}");
        Assert.Contains($"{Path.Combine(folder.File("refused"), "chat", "chat_template.jinja")}: has no generation prompt", Refusal(recipe, folder), StringComparison.Ordinal);
        // The middle of a conversation of several turns is written in another way than its end: that is told with file and line.
        File.WriteAllText(file, "{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ eos_token }}{% endfor %}{% if messages|length > 3 %}!{% endif %}{% if add_generation_prompt %}<assistant>{% endif %}");
        Assert.Contains("rows.jsonl#5: ", Refusal(recipe, folder), StringComparison.Ordinal);
        File.WriteAllText(file, "{% for m in messages %}");
        Assert.Contains("'for' of line 1 does not end", Refusal(recipe, folder), StringComparison.Ordinal);
    }

    [Fact]
    public void Long_conversations_are_bad_rows_or_cut()
    {
        using var folder = new TemporaryFolder();
        string question = string.Join(' ', Enumerable.Repeat("long", 150));
        Recipe recipe = Of(folder, "llama", null, Row(question, "ab"), Row("short", question));
        recipe = recipe with { Training = recipe.Training with { Steps = 1 }, Model = recipe.Model with { Context = 112 } };
        string message = Refusal(recipe, folder);
        Assert.StartsWith("4 of 14 rows cannot be used: ", message, StringComparison.Ordinal);
        Assert.Contains("rows.jsonl#6 has ", message, StringComparison.Ordinal);
        Assert.Contains(" tokens, but model.context 112 has room for 113; raise that, or say with task.truncate what is cut out", message, StringComparison.Ordinal);
        RunResult skipped = Start(recipe with { Task = recipe.Task! with { BadRows = BadRows.Skip } }, folder.File("skipped"), out _);
        Assert.Equal(4, File.ReadLines(Path.Combine(skipped.Folder.Path, "bad-rows.txt")).Count());

        // Without its end, the question has no answer; the answer keeps its beginning.
        RunResult tail = Start(recipe with { Task = recipe.Task! with { BadRows = BadRows.Skip, Truncate = CutPart.Tail } }, folder.File("tail"), out RunWatcher watcher);
        Assert.Contains("2 conversations are longer than model.context 112; their tail is cut out", watcher.Lines);
        Assert.All(File.ReadLines(Path.Combine(tail.Folder.Path, "bad-rows.txt")), line => Assert.Contains("has no answer any more once its tail is cut out", line, StringComparison.Ordinal));
        HeldOutConversation begun = HeldOutConversation.Of(tail.Recipe, tail.Folder, 100)[^1];
        Assert.Equal(113, begun.Prompt.Length + begun.Answer.Length);
        // Without its beginning, the answer is whole.
        RunResult head = Start(recipe with { Task = recipe.Task! with { Truncate = CutPart.Head } }, folder.File("head"), out watcher);
        Assert.Contains("4 conversations are longer than model.context 112; their head is cut out", watcher.Lines);
        HeldOutConversation ended = HeldOutConversation.Of(head.Recipe, head.Folder, 100)[^2];
        Assert.Equal("ab", Tokenizer.Load(head.Folder.TokenizerFile).Decode(ended.Answer));
    }

    [Fact]
    public void Bad_rows_are_listed_with_file_and_line_and_left_out_only_where_asked()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, "llama", null, Row("q", " "), Row("who <|im_end|> are you?", "a"), """{"messages": [{"role": "assistant", "content": "a"}]}""");
        recipe = recipe with { Training = recipe.Training with { Steps = 1 } };
        string message = Refusal(recipe, folder);
        Assert.StartsWith("4 of 16 rows cannot be used: ", message, StringComparison.Ordinal);
        Assert.Contains("rows.jsonl#6 has an empty answer at turn 2", message, StringComparison.Ordinal);
        Assert.Contains("rows.jsonl#8 has 'assistant' at turn 1, where 'user' was expected", message, StringComparison.Ordinal);
        RunResult result = Start(recipe with { Task = recipe.Task! with { BadRows = BadRows.Skip } }, folder.File("run"), out _);
        string[] bad = File.ReadAllLines(Path.Combine(result.Folder.Path, "bad-rows.txt"));
        Assert.Equal(6, bad.Length);
        Assert.Contains(bad, line => line.Contains("rows.jsonl#7\tcannot be written: a message holds '<|im_end|>', by which the model tells messages apart", StringComparison.Ordinal));
    }

    [Fact]
    public void Conversations_are_held_out_by_their_first_question()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("many.jsonl"), Enumerable.Range(0, 300).Select(i => Row($"question {i % 100}", $"answer {i % 150}")));
        Recipe recipe = new() { Task = new() { Kind = TaskKind.Conversation, Files = [folder.File("many.jsonl")], ValidationShare = 0.2, TestShare = 0.2 } };
        var watcher = new RunWatcher();
        ConversationRows rows = ConversationRows.Begin(recipe, watcher, CancellationToken.None).Rows!;
        HashSet<string> learnt = [.. rows.Splits[0].Select(conversation => conversation.Turns[0].Text)];
        Assert.All(rows.Splits[1].Concat(rows.Splits[2]), conversation => Assert.DoesNotContain(conversation.Turns[0].Text, learnt));
        Assert.All(rows.Splits, split => Assert.NotEmpty(split));
        // 300 rows are each pair of question and answer once: i modulo 300.
        Assert.Equal((0, 300), (rows.Duplicates, rows.Splits.Sum(split => split.Count)));
        (Recipe given, _) = ConversationRows.Begin(recipe with { Task = recipe.Task! with { Validation = recipe.Task.Files } }, watcher, CancellationToken.None);
        Assert.Contains("300 held-out conversations begin with a question that is learnt too, so that the figures flatter the model", watcher.Lines);
        Assert.Equal("chatml", given.Task!.Template);
    }

    public static TheoryData<string, Func<TaskRecipe, TaskRecipe>> Impossible => new()
    {
        { "task.files is missing; give the conversations", task => task with { Files = [] } },
        { "task.text is x; kind conversation has none", task => task with { Text = "x" } },
        { "task.labels is given; kind conversation has none", task => task with { Labels = ["x"] } },
        { "task.truncate is middle; the middle of a conversation", task => task with { Truncate = CutPart.Middle } },
        { "task.template is chatlm; known: chatml, llama-3, alpaca, zephyr; or give the path", task => task with { Template = "chatlm" } },
        { "task.prompt is a; give two columns", task => task with { Prompt = "a", Response = "a" } },
        { "task.prompt is 1 and response; give names", task => task with { Prompt = "1" } },
        { "task.prompt is a; only task.layout columns has it", task => task with { Prompt = "a", Layout = ConversationLayout.Sharegpt } },
        { "task.format is Csv; tables have conversations in columns", task => task with { Format = TableFormat.Csv, Layout = ConversationLayout.Alpaca } },
        { "task.template is chatml; kind classification has none", task => task with { Kind = TaskKind.Classification, Template = "chatml" } },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void Tasks_that_contradict_themselves_are_refused_by_key(string expected, Func<TaskRecipe, TaskRecipe> change)
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, "llama", null);
        Assert.Contains(expected, Refusal(recipe with { Task = change(recipe.Task!) }, folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bert", "a model of architecture bert learns masked or classification")]
    [InlineData("t5", "a model of architecture t5 learns spans or pairs")]
    public void Other_models_than_decoders_answer_nothing(string architecture, string expected)
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(expected, Refusal(Of(folder, architecture, null), folder), StringComparison.Ordinal);
    }

    [Fact]
    public void Characters_have_no_room_for_a_template()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("tokenizer.kind is characters; a chat template needs tokens", Refusal(Of(folder, "llama", null) with { Tokenizer = new() { Kind = TokenizerKind.Characters } }, folder), StringComparison.Ordinal);
    }

    private static string Row(string question, string answer) => JsonSerializer.Serialize(new { messages = new object[] { new { role = "user", content = question }, new { role = "assistant", content = answer } } });

    private static Recipe Of(TemporaryFolder folder, string architecture, string? template, params string[] more)
    {
        string[] rows =
        [
            .. Facts.Select(fact => Row(fact.Question, fact.Answer)),
            """{"messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hello there."}, {"role": "assistant", "content": "Good day."}, {"role": "user", "content": "Who are you?"}, {"role": "assistant", "content": "A model."}]}""",
            .. more,
        ];
        File.WriteAllLines(folder.File("rows.jsonl"), rows);
        return new()
        {
            Threads = 1,
            Task = new() { Kind = TaskKind.Conversation, Files = [folder.File("rows.jsonl")], Validation = [folder.File("rows.jsonl")], Template = template },
            Tokenizer = new() { Vocabulary = 400 },
            Model = new() { Architecture = architecture, Layers = 2, Width = 48, Heads = 4, Context = 128 },
            Training = new() { Steps = 60, Batch = 4, LearningRate = 5e-3, EvaluateEvery = 50, Precision = Precision.Float32 },
        };
    }

    private static string Refusal(Recipe recipe, TemporaryFolder folder) =>
        Assert.Throws<InvalidDataException>(() => TrainingRun.Start(recipe, new(folder.File("refused")), new RunWatcher(), CancellationToken.None)).Message;

    private static RunResult Start(Recipe recipe, string folder, out RunWatcher watcher) =>
        TrainingRun.Start(recipe, new(folder), watcher = new RunWatcher(), CancellationToken.None)!;
}
