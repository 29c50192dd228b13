using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Weft.Cli.Tests.Processes;

/// <summary>What only a process of its own shows: its streams, its files, its end.</summary>
public sealed class ProcessTests
{
    private static readonly Dictionary<string, string?> NoVariables = [];

    [Fact]
    public void Help_works()
    {
        CommandRun run = ToolProcess.Run("--help");
        Assert.Contains("Commands:", run.OutputOfSuccess(), StringComparison.Ordinal);
        Assert.Equal("", run.Error);
        Assert.Equal(run.Output, ToolProcess.Run().OutputOfSuccess());
        Assert.Equal(run.Output, ToolProcess.Run("-h").OutputOfSuccess());
    }

    [Fact]
    public void The_version_is_one_line() => Assert.Matches(@"^\d+\.\d+\.\d+\r?\n$", ToolProcess.Run("--version").OutputOfSuccess());

    [Fact]
    public void Nothing_of_libtorch_is_beside_the_tool()
    {
        string[] files = [.. Directory.EnumerateFiles(ToolProcess.ToolFolder, "*", SearchOption.AllDirectories)];
        Assert.Contains(ToolProcess.ToolPath, files);
        Assert.DoesNotContain(files, file => Path.GetFileName(file).Contains("torch", StringComparison.OrdinalIgnoreCase));
        using JsonDocument dependencies = JsonDocument.Parse(File.ReadAllText(Path.Combine(ToolProcess.ToolFolder, "weft.deps.json")));
        Assert.DoesNotContain(CommandRun.Keys(dependencies.RootElement.GetProperty("libraries")),
            library => library.Contains("torch", StringComparison.OrdinalIgnoreCase) || library.StartsWith("Weft.Training", StringComparison.Ordinal));
    }

    [Fact]
    public void A_failure_is_one_line_and_the_exit_code_that_of_the_failure()
    {
        Assert.Equal("unknown command 'generat'; did you mean 'generate'?", ToolProcess.Run("generat").Refusal(Failure.Usage));
        Assert.Contains("does not exist", ToolProcess.Run("inspect", "no/such/model").Refusal(Failure.Error), StringComparison.Ordinal);
    }

    [Fact]
    public void A_stack_trace_comes_on_demand_after_the_line()
    {
        CommandRun run = ToolProcess.Run(new Dictionary<string, string?> { ["WEFT_TRACE"] = "1" }, "inspect", "no/such/model");
        Assert.Equal(Failure.Error, run.ExitCode);
        Assert.StartsWith("error: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("DirectoryNotFoundException", run.Error.Split('\n')[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Output_is_utf8_without_a_byte_order_mark_whatever_the_language()
    {
        using SavedModel model = SavedModel.Llama();
        using ToolProcess tool = ToolProcess.Start(
            new Dictionary<string, string?> { ["LANG"] = "C", ["LC_ALL"] = "C" }, "generate", model.Folder, "三四", "--max-tokens", "1", "--temperature", "0");
        using var bytes = new MemoryStream();
        tool.OutputStream.CopyTo(bytes);
        Assert.Equal(Encoding.UTF8.GetBytes("三四"), bytes.ToArray()[..6]);
    }

    [Fact]
    public void A_reader_that_leaves_ends_the_tool_quietly()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux pipes");
        using SavedModel model = SavedModel.Save(LongWinded(), withTokenizer: true);
        string tool = $"'{ToolProcess.Dotnet}' '{ToolProcess.ToolPath}'";
        using ToolProcess shell = ToolProcess.Start("/bin/bash", NoVariables,
            ["-c", $"{tool} generate '{model.Folder}' Hello --max-tokens 100000 | head -c 1; echo \" ${{PIPESTATUS[0]}}\""]);
        CommandRun run = shell.Finish();
        Assert.Equal($"H {Failure.BrokenPipe}\n", run.Output);
        Assert.Equal("", run.Error);
    }

    [Fact]
    public void A_full_disk_is_a_failure()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        using SavedModel model = SavedModel.Llama();
        using ToolProcess shell = ToolProcess.Start("/bin/sh", NoVariables,
            ["-c", $"'{ToolProcess.Dotnet}' '{ToolProcess.ToolPath}' inspect '{model.Folder}' > /dev/full"]);
        Assert.Contains("space", shell.Finish().Refusal(Failure.Error), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(ToolProcess.Interrupt, 130)]
    [InlineData(ToolProcess.Terminate, 143)]
    public void A_signal_ends_a_long_text_and_keeps_it(int signal, int exitCode)
    {
        ToolProcess.RequireSignals();
        using SavedModel model = SavedModel.Save(LongWinded(), withTokenizer: true);
        using ToolProcess tool = ToolProcess.Start(NoVariables, "generate", model.Folder, "Hello", "--max-tokens", "100000", "--ids");
        tool.WaitFor("Hello");
        var patience = Stopwatch.StartNew();
        tool.Signal(signal);
        CommandRun run = tool.Finish();
        Assert.InRange(patience.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.Equal(exitCode, run.ExitCode);
        Assert.StartsWith("Hello", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"\nids: [\d,]*\n$", run.Output);
        Assert.Matches("^5 prompt tokens[ ,].*, cancelled\n$", run.Error);
    }

    [Fact]
    public void A_signal_ends_json_with_one_line_of_error()
    {
        ToolProcess.RequireSignals();
        using SavedModel model = SavedModel.Save(LongWinded());
        // More than a pipe holds, so that the tool still writes when the signal comes.
        string ids = string.Join(',', model.Model.Ids(2000));
        using ToolProcess tool = ToolProcess.Start(NoVariables, "score", model.Folder, "--ids", ids, "--json", "--logits");
        tool.WaitFor("{");
        tool.Signal(ToolProcess.Interrupt);
        CommandRun run = tool.Finish();
        Assert.Equal(130, run.ExitCode);
        Assert.Equal("error: cancelled\n", run.Error);
    }

    /// <summary>Its context is so long that it talks for minutes; one key-value head keeps the cache of it small.</summary>
    private static RandomModel LongWinded() => RandomModel.Llama(
        new(Hidden: 256, Heads: 8, KeyValueHeads: 1, HeadSize: 32, Inner: 512) { Blocks = 4, Context = 100_000 });
}
