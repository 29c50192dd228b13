using System.Text.Json;
using System.Xml.Linq;

namespace Weft.Cli.Tests.Evaluation;

/// <summary><c>weft eval</c> on the small model of the assets, and on rows of our own.</summary>
public sealed class EvaluateTests
{
    private const string Row = """{"goal": "eat <soup> & \"bread\"", "sol1": "use a spoon", "sol2": "use <script>alert(1)</script>", "label": 0}""";

    private static string Model => TestAssets.Require("models/tinystories-656k");

    [Fact]
    public void Json_has_what_a_score_needs_to_be_compared()
    {
        using TemporaryFolder data = Data(Row, Row);
        CommandRun run = CommandRun.Of("eval", Model, "--tasks", "piqa", "--data", data.FullName, "--seed", "7", "--json");
        Assert.Equal(["model", "model_sha256", "chat_template", "seed", "weft_version", "seconds", "tasks", "groups"], CommandRun.Keys(run.Json));
        Assert.Equal(64, run.Json.GetProperty("model_sha256").GetString()!.Length);
        Assert.Equal(7UL, run.Json.GetProperty("seed").GetUInt64());
        JsonElement task = Assert.Single(run.Json.GetProperty("tasks").EnumerateArray().ToArray());
        Assert.Equal(["task", "version", "file", "rows", "shots", "prompt_hash", "truncated", "skipped", "seconds", "scores"], CommandRun.Keys(task));
        Assert.Equal(["acc", "acc_norm"], task.GetProperty("scores").EnumerateArray().Select(score => score.GetProperty("metric").GetString()));
        Assert.All(task.GetProperty("scores").EnumerateArray(), score => Assert.Equal(["metric", "value", "stderr", "low", "high", "higher_is_better"], CommandRun.Keys(score)));
        Assert.Equal(2, task.GetProperty("rows").GetInt32());
    }

    [Fact]
    public void The_table_is_markdown_and_the_facts_are_not_in_it()
    {
        string data = TestAssets.Require("datasets");
        CommandRun run = CommandRun.Of("eval", Model, "--tasks", "ai2_arc,lambada_openai", "--data", data, "--limit", "5", "--long-rows", "skip");
        string[] lines = run.OutputOfSuccess().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.Equal(lines[0].Length, line.Length));
        Assert.All(lines, line => Assert.Equal(10, line.Count(c => c == '|')));
        Assert.StartsWith("| arc_easy ", lines[2], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("| **ai2_arc**", StringComparison.Ordinal));
        Assert.Contains("model ", run.Error, StringComparison.Ordinal);
        Assert.Contains("seed 0", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_seen_in_training_are_told_everywhere()
    {
        const string seen = "use the longest spoon that you can find in the kitchen of the house";
        using TemporaryFolder data = Data(Row, Row.Replace("use a spoon", seen, StringComparison.Ordinal));
        string text = data.File("trained.txt"), page = data.File("report.html");
        File.WriteAllText(text, $"Always {seen}, they say.");
        string[] arguments = ["eval", Model, "--tasks", "piqa", "--data", data.FullName, "--training", text];
        JsonElement task = CommandRun.Of([.. arguments, "--json"]).Json.GetProperty("tasks")[0];
        Assert.EndsWith("line 2", Assert.Single(task.GetProperty("seen_in_training").EnumerateArray().ToArray()).GetString(), StringComparison.Ordinal);
        Assert.Equal(2, task.GetProperty("scores_without_seen").GetArrayLength());
        CommandRun run = CommandRun.Of([.. arguments, "--report", page]);
        run.OutputOfSuccess();
        Assert.Contains("piqa: 1 of 2 rows stand in the training text; without them acc is ", run.Error, StringComparison.Ordinal);
        Assert.Contains("1 of 2 rows stand in the training text", File.ReadAllText(page), StringComparison.Ordinal);
    }

    [Fact]
    public void Programs_of_a_model_are_not_run_unasked()
    {
        CommandRun run = CommandRun.Of("eval", Model, "--tasks", "humaneval", "--data", TestAssets.Require("datasets"));
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("--allow-code", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_is_whole_and_everything_in_it_is_escaped()
    {
        using TemporaryFolder data = Data(Row);
        string page = data.File("report.html");
        CommandRun.Of("eval", Model, "--tasks", "piqa", "--data", data.FullName, "--report", page).OutputOfSuccess();
        string html = File.ReadAllText(page);
        Assert.DoesNotContain("<script>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http", html, StringComparison.Ordinal);
        XDocument document = XDocument.Parse(html);
        Assert.Contains(document.Descendants("pre"), pre => pre.Value == "Question: eat <soup> & \"bread\"\nAnswer:");
        Assert.Equal([" use a spoon", " use <script>alert(1)</script>"], document.Descendants("td").Where(cell => cell.Attribute("class")?.Value == "text").Select(cell => cell.Value));
        XElement gold = Assert.Single(document.Descendants("tr"), row => row.Attribute("class")?.Value.StartsWith("gold", StringComparison.Ordinal) == true);
        string verdict = gold.Attribute("class")!.Value.Contains("picked", StringComparison.Ordinal) ? "right" : "wrong";
        Assert.EndsWith($"piqa.jsonl', line 1 · {verdict}", Assert.Single(document.Descendants("summary")).Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_are_kept_and_give_the_same_scores()
    {
        using TemporaryFolder data = Data(Row, Row.Replace("soup", "cake", StringComparison.Ordinal));
        string answers = data.File("answers.jsonl");
        string[] command = ["eval", Model, "--tasks", "piqa", "--data", data.FullName, "--answers", answers];
        string first = CommandRun.Of(command).OutputOfSuccess();
        string[] lines = File.ReadAllLines(answers);
        Assert.Equal(4, lines.Length);
        Assert.Equal(first, CommandRun.Of(command).OutputOfSuccess());
        Assert.Equal(lines, File.ReadAllLines(answers));
        // Other products, other answers.
        CommandRun.Of([.. command, "--cache", "bf16"]).OutputOfSuccess();
        Assert.Equal(8, File.ReadAllLines(answers).Length);
    }

    [Theory]
    [InlineData("arc_esay", "--tasks: there is no task 'arc_esay'; did you mean 'arc_easy'?")]
    [InlineData("xyzzyplugh", "--tasks: there is no task 'xyzzyplugh'; weft eval --help lists all")]
    [InlineData(",", "--tasks is empty; name tasks such as arc_easy,piqa")]
    public void Tasks_that_do_not_exist_are_named(string tasks, string message) =>
        Assert.Equal(message, CommandRun.Of("eval", Model, "--tasks", tasks, "--data", ".").Refusal(Failure.Usage));

    [Fact]
    public void Shots_without_a_split_name_the_file_that_is_missing()
    {
        using TemporaryFolder data = Data(Row);
        Assert.Contains("'piqa.train.jsonl'", CommandRun.Of("eval", Model, "--tasks", "piqa", "--data", data.FullName, "--shots", "2").Refusal(Failure.Error), StringComparison.Ordinal);
        Assert.Contains("has 0 examples, but 2 shots are asked for",
            CommandRun.Of("eval", Model, "--tasks", "piqa", "--data", data.FullName, "--shots", "2", "--shots-from", "rows").Refusal(Failure.Usage), StringComparison.Ordinal);
        Assert.Contains("no template", CommandRun.Of("eval", Model, "--tasks", "piqa", "--data", data.FullName, "--chat-template").Refusal(Failure.Error).Replace("no chat template", "no template", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void A_chat_template_shapes_the_prompts()
    {
        using TemporaryFolder data = Data(Row), folder = new();
        foreach (string file in Directory.GetFiles(Model))
            File.Copy(file, folder.File(Path.GetFileName(file)));
        File.WriteAllText(folder.File("chat_template.jinja"), "{{ bos_token }}{% for m in messages %}[{{ m.role }}] {{ m.content }}{% endfor %} [assistant]");
        string page = data.File("report.html");
        CommandRun.Of("eval", folder.FullName, "--tasks", "piqa", "--data", data.FullName, "--chat-template", "--report", page).OutputOfSuccess();
        Assert.Contains(XDocument.Parse(File.ReadAllText(page)).Descendants("pre"),
            pre => pre.Value == "<|start_story|>[user] Question: eat <soup> & \"bread\"\nAnswer: [assistant]");
    }

    [Fact]
    public void A_model_that_does_not_continue_texts_is_refused()
    {
        using TemporaryFolder data = Data(Row);
        using SavedModel encoder = SavedModel.Save(RandomModel.Of(Mechanisms.All["sequence classes of the first token"]));
        Assert.Contains("does not continue texts, which every task asks for; evaluate a causal language model",
            CommandRun.Of("eval", encoder.Folder, "--tasks", "piqa", "--data", data.FullName).Refusal(Failure.Error), StringComparison.Ordinal);
    }

    private static TemporaryFolder Data(params string[] rows)
    {
        var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("piqa.jsonl"), rows);
        return folder;
    }
}
