using System.Text;
using System.Text.Json;
using Weft.Text;

namespace Weft.Cli.Tests.Tokenizers;

/// <summary><c>weft tokenizer encode</c>.</summary>
public sealed class EncodeTests
{
    private const string Text = "the loom é😀<|endoftext|>";

    private static int[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(number => number.GetInt32())];

    private static int[][] Offsets(JsonElement json) => [.. json.GetProperty("offsets").EnumerateArray().Select(Numbers)];

    [Fact]
    public void Ids_are_those_of_the_library_and_decode_again()
    {
        using var saved = new SavedTokenizer();
        string ids = CommandRun.Of("tokenizer", "encode", saved.Folder, Text).OutputOfSuccess().TrimEnd();
        Assert.Equal(string.Join(',', saved.Tokenizer.EncodeToIds(Text)), ids);
        Assert.Equal(Text + Environment.NewLine, CommandRun.Of("tokenizer", "decode", saved.Folder, ids).OutputOfSuccess());
    }

    [Fact]
    public void Special_tokens_count_where_they_are_allowed()
    {
        using var saved = new SavedTokenizer();
        string Ids(params string[] options) => CommandRun.Of(["tokenizer", "encode", saved.Folder, SavedTokenizer.EndOfText, .. options]).OutputOfSuccess().TrimEnd();
        Assert.Equal("0", Ids("--parse-special"));
        Assert.Equal("0", Ids("--allow-special", SavedTokenizer.EndOfText));
        Assert.NotEqual("0", Ids());
        Assert.Equal(2, CommandRun.Of("tokenizer", "encode", saved.Folder, "x", "--allow-special", "<|no|>").ExitCode);
        Assert.Equal(2, CommandRun.Of("tokenizer", "encode", saved.Folder, "x", "--parse-special", "--allow-special", SavedTokenizer.EndOfText).ExitCode);
    }

    [Theory]
    [InlineData("utf16", 13)]
    [InlineData("scalar", 12)]
    [InlineData("utf8", 16)]
    public void Offsets_count_what_is_asked_for(string unit, int end)
    {
        using var saved = new SavedTokenizer();
        const string text = "the loom é😀!";
        JsonElement json = CommandRun.Of("tokenizer", "encode", saved.Folder, text, "--json", "--offsets", unit).Json;
        Assert.Equal(["ids", "tokens", "offsets"], CommandRun.Keys(json));
        Assert.Equal(saved.Tokenizer.EncodeToIds(text), Numbers(json.GetProperty("ids")));
        int[][] offsets = Offsets(json);
        Assert.Equal(end, offsets[^1][1]);
        Assert.Equal(0, offsets[0][0]);
        // Each offset cuts the text as the library's own does.
        string[] units = unit switch
        {
            "utf16" => [.. text.Select(c => c.ToString())],
            "scalar" => [.. text.EnumerateRunes().Select(rune => rune.ToString())],
            _ => [.. Encoding.UTF8.GetBytes(text).Select(b => ((char)b).ToString())],
        };
        foreach ((EncodedToken token, int[] offset) in saved.Tokenizer.EncodeToTokens(text).Zip(offsets))
        {
            string cut = string.Concat(units[offset[0]..offset[1]]), expected = text[token.Offset];
            Assert.Equal(unit == "utf8" ? Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(expected)) : expected, cut);
        }
    }

    [Fact]
    public void A_pair_needs_a_template_and_has_two_sequences()
    {
        using var saved = new SavedTokenizer();
        JsonElement json = CommandRun.Of("tokenizer", "encode", saved.Folder, "the loom", "--pair", "a", "--json").Json;
        Assert.Equal(["ids", "tokens", "offsets", "type_ids", "sequences"], CommandRun.Keys(json));
        Assert.Equal(1, Numbers(json.GetProperty("sequences"))[^1]);
        Assert.Equal([0, 1], Offsets(json)[^1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Lines_are_answered_in_order(int threads)
    {
        using var saved = new SavedTokenizer();
        string[] texts = [.. Enumerable.Range(0, 500).Select(i => $"the thread {i} 😀\n")];
        string input = string.Join('\n', texts.Select(text => JsonSerializer.Serialize(text)));
        string[] lines = CommandRun.With(input, "tokenizer", "encode", saved.Folder, "--jsonl", "--threads", $"{threads}").OutputOfSuccess()
            .Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(texts.Length, lines.Length);
        foreach ((string text, string line) in texts.Zip(lines))
        {
            JsonElement json = JsonDocument.Parse(line).RootElement;
            Assert.Equal(["ids", "offsets"], CommandRun.Keys(json));
            Assert.Equal(saved.Tokenizer.EncodeToIds(text), Numbers(json.GetProperty("ids")));
        }
        // What encode writes, decode reads.
        string[] decoded = CommandRun.With(string.Join('\n', lines), "tokenizer", "decode", saved.Folder, "--jsonl").OutputOfSuccess()
            .Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(texts.Select(text => $"\"{text.Replace("\n", "\\n", StringComparison.Ordinal)}\""), decoded);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_text()
    {
        using var saved = new SavedTokenizer();
        string line = CommandRun.With("\"a\\ud83d\"\n", "tokenizer", "encode", saved.Folder, "--jsonl").OutputOfSuccess();
        Assert.Equal(saved.Tokenizer.EncodeToIds("a\uFFFD"), Numbers(JsonDocument.Parse(line).RootElement.GetProperty("ids")));
    }

    [Fact]
    public void A_bad_line_is_named_after_the_lines_before_it_were_answered()
    {
        using var saved = new SavedTokenizer();
        CommandRun run = CommandRun.With("\"a\"\n\"b\"\nc\n\"d\"\n", "tokenizer", "encode", saved.Folder, "--jsonl");
        Assert.Equal(Failure.Error, run.ExitCode);
        Assert.Equal("error: standard input, line 3: it is no JSON string in quotes; write one JSON string a line", run.Error.TrimEnd());
        Assert.Equal(2, run.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData("TEXT is missing; give the text to encode, or many on standard input with --jsonl")]
    [InlineData("--jsonl reads texts from standard input; leave TEXT out", "a", "--jsonl")]
    [InlineData("--jsonl reads texts from standard input; leave --json out", "--jsonl", "--json")]
    [InlineData("--offsets is 'bytes'; use utf16, scalar or utf8", "a", "--offsets", "bytes")]
    [InlineData("unknown option '--jsonk' of 'weft tokenizer encode'; did you mean '--jsonl'?", "a", "--jsonk")]
    public void What_is_wrong_with_a_command_line_is_said(string expected, params string[] words)
    {
        using var saved = new SavedTokenizer();
        Assert.Equal(expected, CommandRun.Of(["tokenizer", "encode", saved.Folder, .. words]).Refusal(Failure.Usage));
    }
}
