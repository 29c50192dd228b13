using System.Text.Json;

namespace Weft.Cli.Tests.Tokenizers;

/// <summary><c>weft tokenizer bench</c>.</summary>
public sealed class BenchTests
{
    [Fact]
    public void Speeds_are_measured_for_each_number_of_threads()
    {
        using var saved = new SavedTokenizer();
        File.WriteAllText(saved.File("notes.txt"), string.Concat(Enumerable.Repeat("the thread of the weaver\n", 200)));
        JsonElement json = CommandRun.Of("tokenizer", "bench", saved.Folder, "--text", saved.File("notes.txt"), "--threads", "1,2", "--runs", "3", "--json").Json;
        Assert.Equal(["bytes", "tokens", "runs"], CommandRun.Keys(json));
        Assert.Equal([1, 2], json.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("threads").GetInt32()));
        Assert.All(json.GetProperty("runs").EnumerateArray(), run =>
        {
            Assert.Equal(["threads", "encode_mb_per_s", "decode_mb_per_s", "encode_allocated_per_mb", "decode_allocated_per_mb"], CommandRun.Keys(run));
            Assert.True(run.GetProperty("encode_mb_per_s").GetDouble() > 0);
            // Decoding makes strings, so it allocates at least two bytes for each byte of ASCII.
            Assert.True(run.GetProperty("decode_allocated_per_mb").GetDouble() > 1.9e6);
        });
    }

    [Theory]
    [InlineData("--threads is '0'; use whole numbers from 1 to 1024, separated by commas", "--text", "x", "--threads", "0")]
    [InlineData("--threads is '1,x'; use whole numbers from 1 to 1024, separated by commas", "--text", "x", "--threads", "1,x")]
    [InlineData("--text is missing; give a file, a folder or a glob to encode")]
    public void What_is_wrong_is_said(string expected, params string[] words)
    {
        using var saved = new SavedTokenizer();
        Assert.Equal(expected, CommandRun.Of(["tokenizer", "bench", saved.Folder, .. words]).Refusal(Failure.Usage));
    }
}
