using Weft.Cli.Tests.Processes;

namespace Weft.Cli.Tests.Training;

/// <summary><c>weft train</c> and <c>weft quickstart</c> with a small script in place of weft-train.</summary>
public sealed class TrainingToolTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("quickstart")]
    [InlineData("train", "recipe.yaml", "--help")]
    public void A_missing_program_is_one_line(params string[] args)
    {
        string missing = _folder.File("weft-train.dll");
        Assert.Equal($"WEFT_TRAIN is '{missing}', which is no file; set it to the path of weft-train.dll or of the executable "
            + $"{(OperatingSystem.IsWindows() ? "weft-train.exe" : "weft-train")}, or unset it", ToolProcess.Run(Variables(missing), args).Refusal(Failure.Error));
    }

    [Fact]
    public void A_program_that_cannot_be_started_is_one_line()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell");
        string file = _folder.File("weft-train");
        File.WriteAllText(file, "no program");
        Assert.StartsWith($"{file} cannot be started (", ToolProcess.Run(Variables(file), "train").Refusal(Failure.Error), StringComparison.Ordinal);
    }

    [Fact]
    public void The_program_gets_the_command_line_as_it_is()
    {
        Dictionary<string, string?> program = Script("for word in \"$@\"; do echo \"[$word]\"; done");
        Assert.Equal("[train]\n[my recipe.yaml]\n[--set]\n[a=\"b c\" $x *]\n[]\n[--json]\n",
            ToolProcess.Run(program, "train", "my recipe.yaml", "--set", "a=\"b c\" $x *", "", "--json").OutputOfSuccess());
        Assert.Equal("[quickstart]\n", ToolProcess.Run(program, "quickstart").OutputOfSuccess());
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("--version")]
    public void The_program_answers_for_its_own_help(string option) =>
        Assert.Equal($"train {option}\n", ToolProcess.Run(Script("echo \"$@\""), "train", option).OutputOfSuccess());

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(77)]
    [InlineData(130)]
    [InlineData(143)]
    public void The_exit_code_is_that_of_the_program(int exitCode)
    {
        CommandRun run = ToolProcess.Run(Script($"exit {exitCode}"), "train");
        Assert.Equal(new(exitCode, "", ""), run);
    }

    [Fact]
    public void The_program_has_the_streams_of_the_tool()
    {
        using ToolProcess tool = ToolProcess.Start(Script("read line; echo \"out $line\"; echo \"err $line\" >&2"), "train");
        tool.Write("三\n");
        Assert.Equal(new(0, "out 三\n", "err 三\n"), tool.Finish());
    }

    [Theory]
    [InlineData(ToolProcess.Interrupt, 130)]
    [InlineData(ToolProcess.Terminate, 143)]
    public void A_signal_reaches_the_program_which_may_save_before_it_ends(int signal, int exitCode)
    {
        ToolProcess.RequireSignals();
        using ToolProcess tool = ToolProcess.Start(Script("""
            trap 'sleep 1; echo saved by INT; exit 130' INT
            trap 'sleep 1; echo saved by TERM; exit 143' TERM
            echo ready
            while :; do sleep 0.05; done
            """), "train");
        tool.WaitFor("ready");
        tool.Signal(signal);
        CommandRun run = tool.Finish();
        Assert.Equal(new(exitCode, $"ready\nsaved by {(signal == ToolProcess.Interrupt ? "INT" : "TERM")}\n", ""), run);
    }

    [Fact]
    public void However_often_it_is_asked_the_tool_outlives_the_program()
    {
        ToolProcess.RequireSignals();
        using ToolProcess tool = ToolProcess.Start(Script("""
            count=0
            trap 'count=$((count + 1)); echo "asked $count"' TERM
            echo ready
            while [ $count -lt 3 ]; do sleep 0.05; done
            exit 7
            """), "quickstart");
        tool.WaitFor("ready");
        for (int i = 1; i <= 3; i++)
        {
            Assert.False(tool.HasExited);
            tool.Signal(ToolProcess.Terminate);
            tool.WaitFor($"asked {i}");
        }
        Assert.Equal(7, tool.Finish().ExitCode);
    }

    [Fact]
    public void A_program_that_is_killed_shows_in_the_exit_code() =>
        Assert.Equal(137, ToolProcess.Run(Script("kill -9 $$"), "train").ExitCode);

    /// <summary>Variables that make a shell script the program.</summary>
    private Dictionary<string, string?> Script(string body)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell");
        string file = _folder.File("weft-train");
        File.WriteAllText(file, $"#!/bin/sh\n{body}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return Variables(file);
    }

    private static Dictionary<string, string?> Variables(string file) => new() { ["WEFT_TRAIN"] = file };
}
