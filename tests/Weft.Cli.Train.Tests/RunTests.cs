using System.Diagnostics;
using System.Text.Json;
using Weft.Data;
using Weft.Model.Checkpoints.Safetensors;
using Weft.Training.Runs;

namespace Weft.Cli.Train.Tests;

public class RunTests
{
    private static readonly string[] ResultKeys =
    [
        "model", "report", "test_loss", "test_perplexity", "test_bits_per_byte", "train_tokens_per_second", "runtime_difference", "samples",
    ];

    [Fact]
    public void A_run_leaves_a_model_a_report_and_one_json_object()
    {
        using var run = new SmallRun();
        (int exitCode, string output, string error) = run.Train("a", "--json");
        Assert.True(exitCode == 0, error);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal(ResultKeys, json.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.InRange(json.RootElement.GetProperty("runtime_difference").GetDouble(), 0, RuntimeCheck.Limit);
        Assert.Equal(3, json.RootElement.GetProperty("samples").GetArrayLength());
        Assert.True(File.Exists(json.RootElement.GetProperty("report").GetString()));
        foreach (string file in new[] { "config.json", "model.safetensors", "tokenizer.json", "generation_config.json" })
            Assert.True(File.Exists(Path.Combine(run.At("a"), "model", file)), file);
        Assert.Contains("[8/8] Report", error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(run.At("a"), "*.tmp", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_killed_run_resumes_to_the_bits_of_an_unbroken_one()
    {
        const int Steps = 400;
        using var run = new SmallRun(Steps);
        Assert.Equal(0, run.Train("whole", "--json").ExitCode);
        using (Process victim = run.Start("broken"))
        {
            // Not before a state is saved, and long before the end.
            var broken = new RunFolder(run.At("broken"));
            for (var patience = Stopwatch.StartNew(); broken.NewestCheckpoint is null && !victim.HasExited && patience.Elapsed < TimeSpan.FromMinutes(2);)
                Thread.Sleep(1);
            Assert.False(victim.HasExited, "the run ended before it could be killed");
            victim.Kill();
            victim.WaitForExit();
        }
        Assert.False(Directory.Exists(Path.Combine(run.At("broken"), "model")), "the run ended before it could be killed");

        (int exitCode, _, string error) = run.Train("broken", "--resume", "--json");
        Assert.True(exitCode == 0, error);
        Assert.Contains("resumed after step", error, StringComparison.Ordinal);
        Assert.Equal(Weights(run.At("whole")), Weights(run.At("broken")));
        Assert.Equal(run.History("whole"), run.History("broken"));
        // The logs tell each step once, too, with the losses of the unbroken run.
        Assert.Equal(Enumerable.Range(1, Steps), Metrics(run.At("broken")).Select(line => line.GetProperty("step").GetInt32()));
        Assert.Equal(Metrics(run.At("whole")).Select(line => line.GetProperty("loss").GetDouble()), Metrics(run.At("broken")).Select(line => line.GetProperty("loss").GetDouble()));
        Refused(2, "--threads is 2, but", "train", run.RecipeFile, "--resume", "--out", run.At("broken"), "--threads", "2");
    }

    [Fact]
    public async Task An_interrupted_run_says_how_to_go_on()
    {
        RequireSignals();
        using var run = new SmallRun(100_000);
        using Process tool = run.Start("a", "--json");
        Task<string> output = tool.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string? line;
        do
            line = await tool.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
        while (line is not null && !line.Contains("step ", StringComparison.Ordinal));
        using (Process kill = Process.Start("kill", ["-INT", $"{tool.Id}"]))
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        string rest = await tool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await tool.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Failure.Cancelled, tool.ExitCode);
        Assert.EndsWith($"Go on with: weft train {run.RecipeFile} --resume --out {run.At("a")}\n", rest, StringComparison.Ordinal);
        Assert.Equal("", await output);
        using SafetensorsFile state = SafetensorsFile.Open(new RunFolder(run.At("a")).NewestCheckpoint!);
    }

    /// <summary>Needs a system that has them, and a test run that was not started deaf to Ctrl-C, as background jobs are.</summary>
    private static void RequireSignals()
    {
        const int Interrupt = 2;
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux signals");
        string ignored = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)).Split('\t')[1];
        Assert.SkipWhen((Convert.ToUInt64(ignored, 16) & (1 << (Interrupt - 1))) != 0, "this test run ignores SIGINT, and so do its children");
    }

    [Fact]
    public void A_run_begins_with_another_models_weights_and_shows_samples_on_the_way()
    {
        using var run = new SmallRun(60);
        Assert.Equal(0, run.Train("first").ExitCode);
        string model = new RunFolder(run.At("first")).ModelFolder;
        File.WriteAllText(run.RecipeFile, File.ReadAllText(run.RecipeFile).Replace("save-every: 5", "save-every: 5, sample-every: 30", StringComparison.Ordinal));
        (int exitCode, _, string error) = run.Train("second", "--init-from", model);
        Assert.True(exitCode == 0, error);
        Assert.Contains($"weights of {model}", error, StringComparison.Ordinal);
        Assert.Contains("sample after step 30:", error, StringComparison.Ordinal);
        Assert.Contains("from the weights of", File.ReadAllText(new RunFolder(run.At("second")).ReportFile), StringComparison.Ordinal);
        Refused(2, "--init-from is other", "train", run.RecipeFile, "--resume", "--out", run.At("second"), "--init-from", "other");

        // A lost history costs the curves, not the run.
        File.Delete(Path.Combine(new RunFolder(run.At("second")).CheckpointFolder, "history.bin"));
        (exitCode, _, error) = run.Train("second", "--resume", "--json");
        Assert.True(exitCode == 0, error);
        Assert.Contains("history.bin: is damaged or missing", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_seed_takes_the_place_of_the_recipes_own()
    {
        using var run = new SmallRun();
        Assert.Equal(0, run.Train("seven").ExitCode);
        Assert.Equal(0, run.Train("eight", "--seed", "8").ExitCode);
        File.WriteAllText(run.RecipeFile, File.ReadAllText(run.RecipeFile).Replace("seed: 7", "seed: 8", StringComparison.Ordinal));
        Assert.Equal(0, run.Train("recipe").ExitCode);
        Assert.Equal(Weights(run.At("recipe")), Weights(run.At("eight")));
        Assert.NotEqual(Weights(run.At("seven")), Weights(run.At("eight")));
        Refused(2, "--seed is 9, but", "train", run.RecipeFile, "--resume", "--out", run.At("eight"), "--seed", "9");
        Refused(2, "--seed is 'x'", "train", run.RecipeFile, "--seed", "x");
    }

    [Theory]
    [InlineData("empty.txt", "")]
    [InlineData("binary.bin", "a\0b\0\u0001\u0002")]
    public void Text_that_is_none_is_refused_in_one_line(string name, string content)
    {
        using var run = new SmallRun();
        File.WriteAllText(run.At(name), content);
        Refused(1, name, "quickstart", "--text", run.At(name), "--out", run.At("a"));
        Assert.False(Directory.Exists(run.At("a")));
    }

    [Fact]
    public void Impossible_command_lines_are_refused_in_one_line()
    {
        using var run = new SmallRun();
        Refused(2, "--size", "quickstart", "--size", "huge");
        Refused(2, "--minutes", "quickstart", "--minutes", "0");
        Refused(2, "--minutes", "quickstart", "--minutes", "NaN");
        Refused(1, "nowhere.txt", "quickstart", "--text", run.At("nowhere.txt"), "--out", run.At("a"));
        Refused(2, "no.yaml", "train", run.At("no.yaml"));
        Refused(2, run.At("b"), "train", run.RecipeFile, "--resume", "--out", run.At("b"));
        Refused(1, "recipe.yaml", "train", run.RecipeFile, "--resume", "--out", Directory.CreateDirectory(run.At("c")).FullName);
        File.WriteAllText(run.At("odd.yaml"), "model: { heads: 3 }\ntraining: { steps: 1 }");
        Refused(1, "model.heads 3", "train", run.At("odd.yaml"), "--text", run.Text, "--out", run.At("d"));
    }

    [Fact]
    public void A_recipe_is_checked_without_training()
    {
        using var run = new SmallRun(steps: 100);
        (int exitCode, string output, string error) = SmallRun.Run(CancellationToken.None, "train", run.RecipeFile, "--text", run.Text, "--out", run.At("a"), "--check");
        Assert.True(exitCode == 0, error);
        Assert.Contains("training.warmup = 5 (a twentieth of the steps, at most 200)\n", output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.EndsWith($"{run.RecipeFile} is valid: 23,008 parameters, 100 steps of 4 x 16 tokens\n", output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.False(Directory.Exists(run.At("a")));
        Refused(1, "nowhere.txt", "train", run.RecipeFile, "--text", run.At("nowhere.txt"), "--check");
        File.WriteAllText(run.At("typo.yaml"), "seed: 1\ntraining: { stesp: 1 }");
        Refused(1, "typo.yaml, line 2: training.stesp is unknown; did you mean training.steps?", "train", run.At("typo.yaml"), "--check");
        File.WriteAllText(run.At("zero.yaml"), "training: { steps: 0 }");
        Refused(1, "training.steps is 0; give at least 1", "train", run.At("zero.yaml"), "--check");
    }

    [Fact]
    public void The_schema_is_printed_and_a_missing_recipe_named()
    {
        (int exitCode, string output, _) = SmallRun.Run(CancellationToken.None, "train", "--schema");
        Assert.Equal(0, exitCode);
        using JsonDocument schema = JsonDocument.Parse(output);
        Assert.Equal("Weft recipe", schema.RootElement.GetProperty("title").GetString());
        Refused(2, "RECIPE is missing", "train");
    }

    [Fact]
    public void A_run_on_shards_of_another_writes_completions_and_a_report()
    {
        using var run = new SmallRun();
        Assert.Equal(0, run.Train("a", "--json").ExitCode);
        string recipe = File.ReadAllText(run.RecipeFile).Replace("tokenizer: { vocabulary: 300 }",
            $"tokenizer: {{ file: {run.At("a/tokenizer.json")} }}\ndata: [{{ shard: {run.At("a/train.tokens")} }}]\nheld-out: {{ validation: {run.At("a/validation.tokens")} }}", StringComparison.Ordinal);
        File.WriteAllText(run.At("mixture.yaml"), recipe);
        (int exitCode, string output, string error) = SmallRun.Run(CancellationToken.None, "train", run.At("mixture.yaml"), "--out", run.At("b"), "--json");
        Assert.True(exitCode == 0, error);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal(3, json.RootElement.GetProperty("samples").GetArrayLength());
        Assert.Contains("train.tokens", File.ReadAllText(run.At("b/report.html")), StringComparison.Ordinal);
        Assert.Contains("[8/8] Report", error, StringComparison.Ordinal);
        Assert.True(json.RootElement.GetProperty("test_bits_per_byte").GetDouble() > 0);

        // A shard that does not know the length of its text gives no bits per byte, and nothing else is lost.
        using (TokenShard known = TokenShard.Open(run.At("a/validation.tokens")))
        using (var writer = TokenShardWriter.Create(run.At("a/validation.tokens.new"), known.VocabularySize, known.TokenizerHash))
        {
            int[] ids = new int[known.TokenCount];
            known.Copy(0, ids);
            writer.Add(ids, utf8Bytes: 0);
            writer.Complete();
        }
        File.WriteAllText(run.At("mixture.yaml"), recipe.Replace("validation.tokens", "validation.tokens.new", StringComparison.Ordinal));
        (exitCode, output, error) = SmallRun.Run(CancellationToken.None, "train", run.At("mixture.yaml"), "--out", run.At("d"), "--json");
        Assert.True(exitCode == 0, error);
        using JsonDocument unknown = JsonDocument.Parse(output);
        Assert.Equal(JsonValueKind.Null, unknown.RootElement.GetProperty("test_bits_per_byte").ValueKind);
        Assert.Equal(json.RootElement.GetProperty("test_loss").GetDouble(), unknown.RootElement.GetProperty("test_loss").GetDouble());
        Refused(1, "data and text.paths are both given", "train", run.At("mixture.yaml"), "--text", run.Text, "--out", run.At("c"));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_reported()
    {
        Assert.SkipUnless(Directory.Exists("/proc/self"), "needs a folder that takes no files, as /proc does");
        using var run = new SmallRun();
        (int exitCode, _, string error) = SmallRun.Run(CancellationToken.None, "train", run.RecipeFile, "--text", run.Text, "--out", "/proc/weft");
        Assert.Equal(1, exitCode);
        Assert.Contains("/proc/weft", error.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
        Assert.StartsWith("error: ", error.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
    }

    private static void Refused(int expected, string named, params string[] args)
    {
        (int exitCode, string output, string error) = SmallRun.Run(TestContext.Current.CancellationToken, args);
        string last = error.TrimEnd().Split('\n')[^1];
        Assert.Equal((expected, ""), (exitCode, output));
        Assert.StartsWith("error: ", last, StringComparison.Ordinal);
        Assert.Contains(named, last, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    private static JsonElement[] Metrics(string folder) =>
        [.. File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    private static byte[] Weights(string folder) => File.ReadAllBytes(Path.Combine(folder, "model", "model.safetensors"));
}
