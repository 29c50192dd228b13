using Weft.Cli.Tests.Processes;

namespace Weft.Cli.Tests.Tokenizers;

/// <summary>Lines to a process that waits for more.</summary>
public sealed class StreamingTests
{
    private static readonly Dictionary<string, string?> NoVariables = [];

    [Fact]
    public void Each_line_is_answered_while_the_input_stays_open()
    {
        using var saved = new SavedTokenizer();
        using ToolProcess encode = ToolProcess.Start(NoVariables, "tokenizer", "encode", saved.Folder, "--jsonl", "--parse-special");
        encode.WriteLine("\"<|endoftext|>\"");
        encode.WaitFor("{\"ids\":[0],\"offsets\":[[0,13]]}");
        encode.WriteLine("\"the\"");
        encode.WaitFor($"{{\"ids\":[{string.Join(',', saved.Tokenizer.EncodeToIds("the"))}]");
        encode.Write("");
        Assert.Equal(2, encode.Finish().OutputOfSuccess().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void Ctrl_C_ends_the_waiting()
    {
        ToolProcess.RequireSignals();
        using var saved = new SavedTokenizer();
        using ToolProcess decode = ToolProcess.Start(NoVariables, "tokenizer", "decode", saved.Folder, "--jsonl");
        decode.WriteLine("[]");
        decode.WaitFor("\"\"");
        decode.Signal(ToolProcess.Interrupt);
        Assert.Equal(Failure.Cancelled, decode.Finish().ExitCode);
    }
}
