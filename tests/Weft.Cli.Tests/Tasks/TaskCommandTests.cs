using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Weft.Tasks;
using Weft.Tasks.Tests;

namespace Weft.Cli.Tests.Tasks;

/// <summary><c>weft answer</c>, <c>chat</c>, <c>complete</c>, <c>embed</c>, <c>fill</c>, <c>summarize</c> and <c>translate</c> against the library.</summary>
public sealed class TaskCommandTests
{
    private const string Context = "Ada Lovelace was born in London. The cat slept.";

    private const string Template = "{% for m in messages %}{{ '<' + m.role + '> ' + m.content + ' <end> ' }}{% endfor %}{{ '<assistant> ' }}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Answer_prints_the_best_span_and_as_json_where_it_stands()
    {
        using TaskModel task = TaskModel.Of("spans", WordTokenizer.Bert);
        AnswerSearch expected = new QuestionAnswerer(task.Model).Answer("who was born", Context, Token);
        Assert.Equal(expected.Best!.Text + Environment.NewLine, CommandRun.Of("answer", task.Folder, "who was born", Context).OutputOfSuccess());
        JsonElement json = CommandRun.With(Context + "\n", "answer", task.Folder, "who was born", "--best", "3", "--json").Json;
        Assert.Equal(["answer", "start", "end", "no_answer", "answers"], CommandRun.Keys(json));
        Assert.Equal(expected.Candidates.Take(3).Select(answer => (answer.Text, answer.Start, answer.Score)),
            json.GetProperty("answers").EnumerateArray().Select(one => (one.GetProperty("answer").GetString()!, one.GetProperty("start").GetInt32(), one.GetProperty("score").GetDouble())));
        Assert.Equal(expected.NoAnswerScore, json.GetProperty("no_answer").GetProperty("score").GetDouble());
        Assert.Equal(3, CommandRun.Of("answer", task.Folder, "who was born", Context, "--best", "3").OutputOfSuccess().Split('\n').Length - 1);
    }

    [Fact]
    public void Answer_finds_nothing_where_no_answer_is_likelier()
    {
        using TaskModel task = TaskModel.Of("spans", WordTokenizer.Bert);
        CommandRun run = CommandRun.Of("answer", task.Folder, "who was born", Context, "--allow-no-answer", "--no-answer-threshold", "-100");
        Assert.Equal("", run.OutputOfSuccess());
        JsonElement json = CommandRun.Of("answer", task.Folder, "who was born", Context, "--allow-no-answer", "--no-answer-threshold", "-100", "--json").Json;
        Assert.Equal(JsonValueKind.Null, json.GetProperty("answer").ValueKind);
    }

    [Fact]
    public void Answer_answers_all_questions_of_a_file_of_SQuAD()
    {
        using TaskModel task = TaskModel.Of("spans", WordTokenizer.Bert);
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("dev.json"), JsonSerializer.Serialize(new
        {
            data = new[] { new { paragraphs = new[] { new { context = Context, qas = new[] { "who was born", " the cat " }.Select((question, i) => new { id = $"q{i}", question, answers = Array.Empty<object>() }) } } } },
        }));
        var answerer = new QuestionAnswerer(task.Model);
        JsonElement json = CommandRun.Of("answer", task.Folder, "--squad", folder.File("dev.json")).Json;
        Assert.Equal([("q0", answerer.Answer("who was born", Context, Token).Best!.Text), ("q1", answerer.Answer("the cat", Context, Token).Best!.Text)], json.EnumerateObject().Select(one => (one.Name, one.Value.GetString()!)));
        json = CommandRun.Of("answer", task.Folder, "--squad", folder.File("dev.json"), "--allow-no-answer", "--no-answer-threshold", "-100").Json;
        Assert.Equal(["", ""], json.EnumerateObject().Select(one => one.Value.GetString()!));
        using TaskModel small = TaskModel.Of("spans", WordTokenizer.Bert, context: 13);
        Assert.Contains($"{folder.File("dev.json")}, question 'q0': the text is 17 tokens", CommandRun.Of("answer", small.Folder, "--squad", folder.File("dev.json")).Refusal(Failure.Error), StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_text_is_refused_with_both_lengths_and_read_in_windows_on_request()
    {
        using TaskModel task = TaskModel.Of("spans", WordTokenizer.Bert, context: 13);
        string refusal = CommandRun.Of("answer", task.Folder, "who was born", Context).Refusal(Failure.Usage);
        Assert.Contains("17 tokens, but the model reads 13", refusal, StringComparison.Ordinal);
        Assert.Equal(new QuestionAnswerer(task.Model, new() { Long = LongInput.Stride, Overlap = 3 }).Answer("who was born", Context, Token).Best!.Text + Environment.NewLine,
            CommandRun.Of("answer", task.Folder, "who was born", Context, "--long", "stride", "--overlap", "3").OutputOfSuccess());
    }

    [Fact]
    public void Options_that_would_mean_nothing_are_refused()
    {
        using TaskModel spans = TaskModel.Of("spans", WordTokenizer.Bert), both = TaskModel.Of("the original Transformer", WordTokenizer.Translator);
        foreach ((string named, string[] command) in new (string, string[])[]
        {
            ("--overlap", ["answer", spans.Folder, "who", Context, "--overlap", "3"]),
            ("--no-answer-threshold", ["answer", spans.Folder, "who", Context, "--no-answer-threshold", "3"]),
            ("QUESTION", ["answer", spans.Folder]),
            ("--squad", ["answer", spans.Folder, "who", Context, "--squad", "dev.json"]),
            ("--best", ["answer", spans.Folder, "--squad", "dev.json", "--best", "2"]),
            ("--overlap", ["classify", spans.Folder, "cat", "--overlap", "3"]),
            ("--length-penalty", ["translate", both.Folder, "cat", "--beams", "1", "--length-penalty", "2"]),
            ("--coverage-penalty", ["summarize", both.Folder, "cat", "--beams", "1", "--coverage-penalty", "2"]),
            ("--coverage-penalty", ["translate", both.Folder, "cat", "--coverage-penalty", "-1"]),
            ("--lines", ["embed", spans.Folder, "cat", "--lines", "file.txt"]),
        })
            Assert.Contains(named, CommandRun.Of(command).Refusal(Failure.Usage), StringComparison.Ordinal);
    }

    [Fact]
    public void Fill_prints_the_likeliest_tokens_of_each_mask()
    {
        using TaskModel task = TaskModel.Of("masked language model, tied", WordTokenizer.Bert);
        IReadOnlyList<IReadOnlyList<MaskCandidate>> expected = new FillMask(task.Model).Fill("the [MASK] sat on the [MASK]", 2);
        JsonElement json = CommandRun.Of("fill", task.Folder, "the [MASK] sat on the [MASK]", "--top", "2", "--json").Json;
        Assert.Equal(expected.SelectMany(mask => mask.Select(candidate => (candidate.Id, candidate.Text, candidate.Probability))),
            json.GetProperty("masks").EnumerateArray().SelectMany(mask => mask.EnumerateArray())
                .Select(one => (one.GetProperty("id").GetInt32(), one.GetProperty("text").GetString()!, one.GetProperty("probability").GetSingle())));
        string[] lines = CommandRun.Of("fill", task.Folder, "the [MASK] sat on the [MASK]", "--top", "2").OutputOfSuccess().ReplaceLineEndings("\n").Split('\n');
        Assert.Equal([$"  {expected[0][0].Text}", $"  {expected[0][1].Text}", "", $"  {expected[1][0].Text}", $"  {expected[1][1].Text}", ""], lines.Select(line => line.Length > 8 ? line[8..] : line));
    }

    [Fact]
    public void Embed_prints_what_encode_prints_for_each_line()
    {
        using TaskModel task = TaskModel.Of("mean embedding", WordTokenizer.Bert);
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("texts.txt"), ["the cat sat", "a red book"]);
        string[] expected = [.. new[] { "the cat sat", "a red book" }.Select(text => CommandRun.Of("encode", task.Folder, text).OutputOfSuccess())];
        Assert.Equal(string.Concat(expected), CommandRun.Of("embed", task.Folder, "--lines", folder.File("texts.txt")).OutputOfSuccess());
        Assert.Equal(expected[0], CommandRun.With("the cat sat\n", "embed", task.Folder).OutputOfSuccess());
        JsonElement json = CommandRun.Of("embed", task.Folder, "the cat sat", "--pooling", "last", "--normalize", "--json").Json;
        Assert.Equal(CommandRun.Of("encode", task.Folder, "the cat sat", "--pooling", "last", "--normalize").OutputOfSuccess().Trim(),
            string.Join(' ', json.GetProperty("embedding").EnumerateArray().Select(number => number.GetSingle().ToString("R", CultureInfo.InvariantCulture))));
    }

    [Fact]
    public void Translate_prints_the_best_texts_with_the_languages_that_are_named()
    {
        using TaskModel task = TaskModel.Of("the original Transformer", WordTokenizer.Translator);
        var translator = new Translator(task.Model, new() { SourceLanguage = "en", TargetLanguage = "de", Beams = 3, LengthPenalty = 0.5, MaximumTokens = 6 });
        string[] expected = [.. translator.Candidates("the red sun", Token).Select(one => one.Text.Trim())];
        string[] options = ["--from", "en", "--to", "de", "--beams", "3", "--length-penalty", "0.5", "--max-tokens", "6"];
        Assert.Equal(expected[0] + Environment.NewLine, CommandRun.Of(["translate", task.Folder, "the red sun", .. options]).OutputOfSuccess());
        JsonElement json = CommandRun.Of(["translate", task.Folder, "the red sun", "--best", "3", "--json", .. options]).Json;
        Assert.Equal(expected, json.GetProperty("candidates").EnumerateArray().Select(one => one.GetProperty("text").GetString()));
        Assert.Equal(expected[0], json.GetProperty("text").GetString());
        Assert.Contains("it knows de, en, fra", CommandRun.Of("translate", task.Folder, "sun", "--to", "xx").Refusal(Failure.Usage), StringComparison.Ordinal);
        Assert.Contains("--best", CommandRun.Of("translate", task.Folder, "sun", "--best", "2", "--long", "map-reduce").Refusal(Failure.Usage), StringComparison.Ordinal);
    }

    [Fact]
    public void A_coverage_penalty_is_told_to_the_search()
    {
        using TaskModel task = TaskModel.Of("the original Transformer", WordTokenizer.Translator);
        var translator = new Translator(task.Model, new() { Beams = 3, CoveragePenalty = 0.5, MaximumTokens = 2 });
        double[] expected = [.. translator.Candidates("the red sun", Token).Select(one => one.Score)];
        string[] options = ["the red sun", "--beams", "3", "--max-tokens", "2", "--coverage-penalty", "0.5"];
        foreach (string command in (string[])["translate", "summarize"])
            Assert.Equal(expected, CommandRun.Of([command, task.Folder, .. options, "--best", "3", "--json"]).Json.GetProperty("candidates").EnumerateArray().Select(one => one.GetProperty("score").GetDouble()));
        int[] ids = [.. CommandRun.Of(["generate", task.Folder, .. options, "--json"]).Json.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
        Assert.Equal(translator.Candidates("the red sun", Token)[0].Ids, ids);
        Assert.Contains("--coverage-penalty needs --beams", CommandRun.Of("generate", task.Folder, "the red sun", "--coverage-penalty", "0.5").Refusal(Failure.Usage), StringComparison.Ordinal);
        using TaskModel decoder = TaskModel.Llama(WordTokenizer.Chat);
        Assert.Contains("no encoder", CommandRun.Of("generate", decoder.Folder, "the cat", "--beams", "2", "--coverage-penalty", "0.5").Refusal(Failure.Usage), StringComparison.Ordinal);
    }

    [Fact]
    public void Summarize_reads_a_file_and_puts_long_ones_together()
    {
        using TaskModel task = TaskModel.Of("T5's relative positions", WordTokenizer.Translator, context: 9);
        using var folder = new TemporaryFolder();
        const string Text = "The cat sat on the mat. The moon is blue. It slept in a very red book.";
        File.WriteAllText(folder.File("text.txt"), Text + "\n");
        string expected = new Summarizer(task.Model, new() { MaximumTokens = 2, Long = LongInput.MapReduce }).Summarize(Text, Token).Trim();
        Assert.Equal(expected + Environment.NewLine, CommandRun.Of("summarize", task.Folder, "--file", folder.File("text.txt"), "--max-tokens", "2", "--long", "map-reduce").OutputOfSuccess());
        Assert.Contains("no such file", CommandRun.Of("summarize", task.Folder, "--file", folder.File("none.txt")).Refusal(Failure.Error), StringComparison.Ordinal);
        Assert.Contains("give one of them", CommandRun.Of("summarize", task.Folder, "text", "--file", folder.File("text.txt")).Refusal(Failure.Usage), StringComparison.Ordinal);
    }

    [Fact]
    public void Complete_fills_a_gap_or_says_that_it_does_not()
    {
        var tokenizer = new WordTokenizer(["<unk>", "<fim_prefix>", "<fim_suffix>", "<fim_middle>"]) { Unknown = "<unk>" };
        using TaskModel task = TaskModel.Llama(tokenizer), plain = TaskModel.Llama(WordTokenizer.Chat);
        CodeCompletion expected = new CodeCompleter(task.Model, new() { MaximumTokens = 9 }).Complete("the cat ", " on the mat", Token);
        CommandRun run = CommandRun.Of("complete", task.Folder, "the cat <FILL> on the mat", "--max-tokens", "9");
        Assert.Equal((expected.Text + Environment.NewLine, ""), (run.OutputOfSuccess(), run.Error));
        JsonElement json = CommandRun.With("the cat @ on the mat", "complete", task.Folder, "--gap", "@", "--max-tokens", "9", "--json").Json;
        Assert.Equal(["text", "fills_gap", "stop"], CommandRun.Keys(json));
        Assert.Equal(expected.Text, json.GetProperty("text").GetString());
        Assert.Contains("no tokens for gaps", CommandRun.Of("complete", plain.Folder, "the cat <FILL> on the mat", "--max-tokens", "2").Error, StringComparison.Ordinal);
        Assert.Contains("2 gaps", CommandRun.Of("complete", task.Folder, "<FILL> a <FILL>").Refusal(Failure.Usage), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_keeps_a_conversation_or_answers_one_message()
    {
        using TaskModel task = TaskModel.Llama(WordTokenizer.Chat).WithFile("chat_template.jinja", Template);
        using var chat = new ChatModel(task.Model);
        var options = new ChatOptions { Temperature = 0, MaxOutputTokens = 8 };
        List<ChatMessage> conversation = [new(ChatRole.User, "where is the cat")];
        string first = (await chat.GetResponseAsync(conversation, options, Token)).Text;
        conversation.AddRange([new(ChatRole.Assistant, first), new(ChatRole.User, "when")]);
        string second = (await chat.GetResponseAsync(conversation, options, Token)).Text;
        string[] arguments = ["chat", task.Folder, "--temperature", "0", "--max-tokens", "8"];
        Assert.Equal($"{first}{Environment.NewLine}{second}{Environment.NewLine}", CommandRun.With("where is the cat\n\nwhen\n", arguments).OutputOfSuccess());
        Assert.Equal(first + Environment.NewLine, CommandRun.Of([.. arguments, "--message", "where is the cat"]).OutputOfSuccess());
        JsonElement json = CommandRun.Of([.. arguments, "--message", "where is the cat", "--json"]).Json;
        Assert.Equal(["answer", "finish_reason", "input_tokens", "output_tokens"], CommandRun.Keys(json));
        Assert.Equal((first, "length", 7, 8), (json.GetProperty("answer").GetString(), json.GetProperty("finish_reason").GetString(), json.GetProperty("input_tokens").GetInt32(), json.GetProperty("output_tokens").GetInt32()));
        Assert.Contains("--message", CommandRun.Of([.. arguments, "--json"]).Refusal(Failure.Usage), StringComparison.Ordinal);
        // Every option reaches the model.
        Assert.NotEqual(first + Environment.NewLine, CommandRun.Of([.. arguments, "--message", "where is the cat", "--system", "very good"]).OutputOfSuccess());
        Assert.Equal(Environment.NewLine, CommandRun.Of([.. arguments, "--message", "where is the cat", "--stop", first[..1]]).OutputOfSuccess());
    }

    [Fact]
    public void Chat_needs_a_template_that_works()
    {
        using TaskModel none = TaskModel.Llama(WordTokenizer.Chat), broken = TaskModel.Llama(WordTokenizer.Chat).WithFile("chat_template.jinja", "{{ raise_exception('only poems') }}");
        Assert.Contains("no chat template", CommandRun.Of("chat", none.Folder, "--message", "a").Refusal(Failure.Error), StringComparison.Ordinal);
        Assert.Contains("only poems", CommandRun.Of("chat", broken.Folder, "--message", "a").Refusal(Failure.Error), StringComparison.Ordinal);
    }

    [Fact]
    public void Chat_reads_the_template_that_a_GGUF_file_holds()
    {
        using SavedModel model = SavedModel.Llama();
        File.WriteAllText(model.File("chat_template.jinja"), "{% for m in messages %}{{ m.content }}{% endfor %}!");
        CommandRun.Of("convert", model.Folder, model.File("model.gguf")).OutputOfSuccess();
        string[] options = ["--message", "Hello", "--max-tokens", "9", "--temperature", "0"];
        string answer = CommandRun.Of(["chat", model.Folder, .. options]).OutputOfSuccess();
        Assert.Equal(answer, CommandRun.Of(["chat", model.File("model.gguf"), .. options]).OutputOfSuccess());
        Assert.True(answer.Length > 5);
    }

    [Fact]
    public void Chat_answers_with_JSON_of_a_schema()
    {
        using SavedModel model = SavedModel.Llama();
        File.WriteAllText(model.File("chat_template.jinja"), "{% for m in messages %}{{ m.content }}{% endfor %}!");
        File.WriteAllText(model.File("schema.json"), """{"type":"object","properties":{"name":{"type":"string","maxLength":9},"age":{"type":"integer","minimum":1,"maximum":99}},"required":["name","age"]}""");
        string[] arguments = ["chat", model.Folder, "--json-schema", model.File("schema.json"), "--seed", "5"];
        string answer = CommandRun.Of([.. arguments, "--message", "Hello"]).OutputOfSuccess();
        JsonElement parsed = JsonElement.Parse(answer);
        Assert.Equal(["name", "age"], CommandRun.Keys(parsed));
        Assert.InRange(parsed.GetProperty("age").GetInt32(), 1, 99);
        JsonElement json = CommandRun.Of([.. arguments, "--message", "Hello", "--json"]).Json;
        Assert.Equal((answer.TrimEnd(), "stop"), (json.GetProperty("answer").GetString(), json.GetProperty("finish_reason").GetString()));
        string[] lines = CommandRun.With("Hello\nYou\n", arguments).OutputOfSuccess().Split(Environment.NewLine + "{");
        Assert.Equal(2, lines.Length);
        Assert.Contains("no whole JSON", CommandRun.Of([.. arguments, "--message", "Hello", "--max-tokens", "4"]).Error, StringComparison.Ordinal);
        // What is wrong is said before the conversation begins.
        Assert.Contains("--stop", CommandRun.Of([.. arguments, "--stop", "a"]).Refusal(Failure.Usage), StringComparison.Ordinal);
        foreach ((string schema, string problem, int code) in new[] { ("{", "no JSON", Failure.Error), ("""{"pattern":"a"}""", "#/pattern", Failure.Error), ("""{"type":"text"}""", "#/type", Failure.Usage) })
        {
            File.WriteAllText(model.File("schema.json"), schema);
            Assert.Contains(problem, CommandRun.With("Hello\n", arguments).Refusal(code), StringComparison.Ordinal);
        }
        Assert.Contains("no such file", CommandRun.Of("chat", model.Folder, "--json-schema", model.File("none.json"), "--message", "a").Refusal(Failure.Error), StringComparison.Ordinal);
    }

    [Fact]
    public void Classify_finds_the_parts_of_a_text_with_a_classifier_of_tokens()
    {
        using TaskModel task = TaskModel.Of("token classes", WordTokenizer.Bert);
        IReadOnlyList<TokenSpan> expected = new TokenClassifier(task.Model).Find(Context, Token);
        JsonElement json = CommandRun.Of("classify", task.Folder, Context, "--json").Json;
        Assert.Equal(expected.Select(span => (span.Label, span.Text, span.Start, span.End)), json.GetProperty("spans").EnumerateArray().Select(span =>
            (span.GetProperty("label").GetString()!, span.GetProperty("text").GetString()!, span.GetProperty("start").GetInt32(), span.GetProperty("end").GetInt32())));
        Assert.Equal(expected.Count, CommandRun.Of("classify", task.Folder, Context).OutputOfSuccess().Split('\n').Length - 1);
        Assert.Contains("--pair", CommandRun.Of("classify", task.Folder, "a", "--pair", "b").Refusal(Failure.Usage), StringComparison.Ordinal);
    }
}
