using System.Text.Json;
using Weft.Inference;

namespace Weft.Cli.Tests.Generation;

/// <summary><c>weft generate</c> on random models.</summary>
public sealed class GenerateTests
{
    private static int[] Ids(JsonElement json) => [.. json.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];

    [Fact]
    public void The_continuation_is_the_engines_own()
    {
        using SavedModel model = SavedModel.Llama();
        using var generator = TextGenerator.Load(model.Folder);
        var options = new GenerationOptions { MaximumTokens = 20, Sampling = new() { Temperature = 1.1f, TopK = 30, TopP = 0.95f, Seed = 5 } };
        GeneratedToken[] expected = [.. generator.Generate("Hello", options, TestContext.Current.CancellationToken)];
        JsonElement json = CommandRun.Of("generate", model.Folder, "Hello", "--max-tokens", "20", "--temperature", "1.1",
            "--top-k", "30", "--top-p", "0.95", "--seed", "5", "--json").Json;
        Assert.Equal(expected.Select(token => token.Id), Ids(json));
        Assert.Equal(string.Concat(expected.Select(token => token.Text)), json.GetProperty("text").GetString());
        Assert.Equal(5, json.GetProperty("prompt_tokens").GetInt32());
        Assert.True(json.GetProperty("tokens_per_second").GetDouble() > 0);
    }

    [Fact]
    public void Json_has_exactly_the_promised_keys_and_readable_text()
    {
        using SavedModel model = SavedModel.Llama();
        CommandRun run = CommandRun.Of("generate", model.Folder, "一二", "--temperature", "3", "--max-tokens", "200", "--json");
        Assert.Equal(["ids", "text", "prompt_tokens", "tokens_per_second"], CommandRun.Keys(run.Json));
        Assert.Matches("[一二三四五]", run.Output);
        Assert.Equal("", run.Error);
    }

    [Fact]
    public void The_same_seed_gives_the_same_text_and_another_seed_another()
    {
        using SavedModel model = SavedModel.Llama();
        string[] texts = [.. new[] { "7", "7", "8" }.Select(seed =>
            CommandRun.Of("generate", model.Folder, "Hello", "--max-tokens", "30", "--seed", seed).OutputOfSuccess())];
        Assert.Equal(texts[0], texts[1]);
        Assert.NotEqual(texts[0], texts[2]);
    }

    [Fact]
    public void The_greatest_seed_is_taken()
    {
        using SavedModel model = SavedModel.Llama();
        string[] texts = [.. new[] { "18446744073709551615", "0" }.Select(seed =>
            CommandRun.Of("generate", model.Folder, "Hello", "--max-tokens", "30", "--seed", seed).OutputOfSuccess())];
        Assert.NotEqual(texts[0], texts[1]);
    }

    [Fact]
    public void Threads_do_not_change_a_text()
    {
        using SavedModel model = SavedModel.Llama();
        string[] texts = [.. new[] { "1", "2", "3" }.Select(threads =>
            CommandRun.Of("generate", model.Folder, "Hello", "--max-tokens", "30", "--threads", threads).OutputOfSuccess())];
        Assert.Single(texts.Distinct());
    }

    [Fact]
    public void Temperature_0_does_not_look_at_the_seed()
    {
        using SavedModel model = SavedModel.Llama();
        string[] texts = [.. new[] { "1", "2" }.Select(seed =>
            CommandRun.Of("generate", model.Folder, "Hello", "--max-tokens", "30", "--temperature", "0", "--seed", seed).OutputOfSuccess())];
        Assert.Equal(texts[0], texts[1]);
    }

    [Fact]
    public void Text_is_the_prompt_and_the_continuation_and_the_speed_goes_to_standard_error()
    {
        using SavedModel model = SavedModel.Llama();
        string[] options = ["--max-tokens", "12", "--seed", "3"];
        JsonElement json = CommandRun.Of(["generate", model.Folder, "Hello", "--json", .. options]).Json;
        CommandRun run = CommandRun.Of(["generate", model.Folder, "Hello", .. options]);
        Assert.Equal($"Hello{json.GetProperty("text").GetString()}{Environment.NewLine}", run.OutputOfSuccess());
        Assert.Matches(@"^5 prompt tokens at \d+ tokens/s, 12 generated at \d+\.\d tokens/s, --max-tokens reached\r?\n$", run.Error);
    }

    [Fact]
    public void The_option_ids_adds_one_line()
    {
        using SavedModel model = SavedModel.Llama();
        string[] options = ["--max-tokens", "12", "--seed", "3"];
        string plain = CommandRun.Of(["generate", model.Folder, "Hello", .. options]).OutputOfSuccess();
        string ids = string.Join(',', Ids(CommandRun.Of(["generate", model.Folder, "Hello", "--json", .. options]).Json));
        Assert.Equal($"{plain}ids: {ids}{Environment.NewLine}", CommandRun.Of(["generate", model.Folder, "Hello", "--ids", .. options]).OutputOfSuccess());
    }

    [Theory]
    [InlineData("40,69,76")]
    [InlineData("40, 69, 76")]
    [InlineData("40 69 76")]
    public void Prompt_ids_give_what_their_text_gives(string ids)
    {
        using SavedModel model = SavedModel.Llama();
        Assert.Equal(
            CommandRun.Of("generate", model.Folder, "Gdk", "--max-tokens", "12").OutputOfSuccess(),
            CommandRun.Of("generate", model.Folder, "--prompt-ids", ids, "--max-tokens", "12").OutputOfSuccess());
    }

    [Fact]
    public void Without_a_tokenizer_ids_are_continued_and_printed()
    {
        using SavedModel model = SavedModel.Llama(withTokenizer: false);
        CommandRun text = CommandRun.Of("generate", model.Folder, "--prompt-ids", "1,2,3", "--max-tokens", "5");
        JsonElement json = CommandRun.Of("generate", model.Folder, "--prompt-ids", "1,2,3", "--max-tokens", "5", "--json").Json;
        Assert.Equal($"ids: {string.Join(',', Ids(json))}{Environment.NewLine}", text.OutputOfSuccess());
        Assert.Equal("", json.GetProperty("text").GetString());
        Assert.Contains(" no tokenizer.json", CommandRun.Of("generate", model.Folder, "Hello").Refusal(Failure.Error), StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_context_ends_the_text_and_is_named()
    {
        using SavedModel model = SavedModel.Llama(new() { Context = 20 });
        CommandRun run = CommandRun.Of("generate", model.Folder, "Hello", "--ids");
        // The last token comes out of the twentieth and is not fed back.
        Assert.Equal(16, run.OutputOfSuccess().ReplaceLineEndings("\n").Split("ids: ")[1].Split(',').Length);
        Assert.EndsWith("context full", run.Error.TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--json-like", "--", "--json-like")]
    [InlineData("-x", "--", "-x")]
    [InlineData("@nofile", "@nofile")]
    [InlineData("[suggest]", "[suggest]")]
    [InlineData("two words", "two words")]
    public void A_prompt_may_look_like_syntax(string prompt, params string[] words)
    {
        using SavedModel model = SavedModel.Llama();
        string output = CommandRun.Of(["generate", model.Folder, "--max-tokens", "1", .. words]).OutputOfSuccess();
        Assert.StartsWith(prompt, output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_text_keeps_what_was_made()
    {
        using SavedModel model = SavedModel.Llama();
        using var cancellation = new CancellationTokenSource();
        using var output = new CancellingWriter(cancellation, afterWrites: 5);
        CommandRun run = CommandRun.Of(output, ["generate", model.Folder, "Hello", "--ids"], cancellation.Token);
        Assert.Equal(Failure.Cancelled, run.ExitCode);
        Assert.StartsWith("Hello", run.Output, StringComparison.Ordinal);
        string[] lines = run.Output.ReplaceLineEndings("\n").TrimEnd('\n').Split("\nids: ");
        Assert.Equal(4, lines[1].Split(',').Length);
        Assert.EndsWith(", cancelled", run.Error.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_json_is_not_begun()
    {
        using SavedModel model = SavedModel.Llama();
        using var output = new StringWriter();
        CommandRun run = CommandRun.Of(output, ["generate", model.Folder, "Hello", "--json"], new(canceled: true));
        Assert.Equal("cancelled", run.Refusal(Failure.Cancelled));
    }

    /// <summary>Cancels in the middle of a text.</summary>
    [Fact]
    public void Lines_are_continued_one_by_one_as_they_are_alone()
    {
        using SavedModel model = SavedModel.Llama();
        string texts = model.File("texts.txt");
        File.WriteAllText(texts, "Hello\n\n一二\n");
        string[] options = ["--max-tokens", "30", "--seed", "5", "--temperature", "2"];
        JsonElement[] alone = [.. new[] { "Hello", "一二" }.Select(text => CommandRun.Of(["generate", model.Folder, text, "--json", .. options]).Json)];
        CommandRun run = CommandRun.Of(["generate", model.Folder, "--lines", texts, "--json", .. options]);
        JsonElement[] lines = [.. run.OutputOfSuccess().TrimEnd().Split(Environment.NewLine).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(3, lines.Length);
        Assert.Equal(["ids", "text"], CommandRun.Keys(lines[0]));
        Assert.Equal([Ids(alone[0]), [], Ids(alone[1])], lines.Select(Ids));
        Assert.Equal([alone[0].GetProperty("text").GetString(), "", alone[1].GetProperty("text").GetString()], lines.Select(line => line.GetProperty("text").GetString()));
        Assert.StartsWith("3 lines, 60 tokens in ", run.Error, StringComparison.Ordinal);

        string[] written = CommandRun.Of(["generate", model.Folder, "--lines", texts, .. options]).OutputOfSuccess().Split(Environment.NewLine)[..^1];
        Assert.Equal(lines.Select(line => line.GetProperty("text").GetString()!.ReplaceLineEndings(" ").Trim()), written);
    }

    [Fact]
    public void A_file_of_texts_that_is_missing_and_a_line_that_does_not_fit_are_named()
    {
        using SavedModel model = SavedModel.Llama(new() { Context = 20 });
        string texts = model.File("texts.txt");
        Assert.Equal($"file '{texts}' does not exist; check the path", CommandRun.Of("generate", model.Folder, "--lines", texts).Refusal(Failure.Error));
        File.WriteAllText(texts, "\n" + new string('a', 21) + "\n");
        CommandRun run = CommandRun.Of("generate", model.Folder, "--lines", texts);
        Assert.Equal($"error: file '{texts}', line 2: 21 tokens do not fit the model's context of 20; shorten the text or use a model with a longer context{Environment.NewLine}", run.Error);
        Assert.Equal(Failure.Error, run.ExitCode);
    }

    private sealed class CancellingWriter(CancellationTokenSource cancellation, int afterWrites) : StringWriter
    {
        private int _writes;

        public override void Write(string? value)
        {
            base.Write(value);
            if (++_writes == afterWrites)
                cancellation.Cancel();
        }
    }
}
