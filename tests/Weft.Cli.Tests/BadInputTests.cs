namespace Weft.Cli.Tests;

/// <summary>Command lines that are wrong: one line says what, and what to do; the exit code is 2.</summary>
public sealed class BadInputTests
{
    /// <summary>Stands for the folder of a sound model with a tokenizer, whose vocabulary is 101 and whose context is 20.</summary>
    private const string Model = "MODEL";

    [Theory]
    [InlineData("unknown command 'generat'; did you mean 'generate'?", "generat", Model)]
    [InlineData("unknown command 'trian'; did you mean 'train'?", "trian")]
    [InlineData("unknown command 'frobnicate'; see 'weft --help'", "frobnicate")]
    [InlineData("unknown command '[diagram]'; see 'weft score --help'", "[diagram]", "score")]
    [InlineData("unknown option '--verion' of 'weft'; did you mean '--version'?", "--verion")]
    [InlineData("unknown option '--sed' of 'weft generate'; did you mean '--seed'?", "generate", Model, "Hello", "--sed", "3")]
    [InlineData("unknown option '--sed' of 'weft generate'; did you mean '--seed'?", "generate", Model, "--sed=3")]
    [InlineData("unknown option '--verbose' of 'weft score'; see 'weft score --help'", "score", Model, "--ids", "1", "--verbose")]
    [InlineData("unknown option '--seed' of 'weft score'; see 'weft score --help'", "score", Model, "--ids", "1", "--seed", "1")]
    [InlineData("unknown option '--jsno' of 'weft inspect'; did you mean '--json'?", "inspect", Model, "--jsno")]
    [InlineData("unexpected argument 'world'; put a value that holds spaces in quotes, or see 'weft generate --help'", "generate", Model, "Hello", "world")]
    [InlineData("unexpected argument 'Hello'; put a value that holds spaces in quotes, or see 'weft score --help'", "score", Model, "Hello")]
    [InlineData("unexpected argument 'x'; put a value that holds spaces in quotes, or see 'weft inspect --help'", "inspect", Model, "x")]
    public void Unknown_words_are_named_with_what_they_may_have_meant(string expected, params string[] args) =>
        Assert.Equal(expected, Run(args));

    [Theory]
    [InlineData("MODEL is missing; see 'weft generate --help'", "generate")]
    [InlineData("MODEL is missing; see 'weft score --help'", "score", "--ids", "1")]
    [InlineData("MODEL is missing; see 'weft inspect --help'", "inspect", "--json")]
    [InlineData("PROMPT is missing; give the text to continue, its ids with --prompt-ids, or a file of texts with --lines", "generate", Model)]
    [InlineData("PROMPT and --prompt-ids are both given; give one of them", "generate", Model, "Hello", "--prompt-ids", "1")]
    [InlineData("PROMPT and --lines are both given; give one of them", "generate", Model, "Hello", "--lines", "texts.txt")]
    [InlineData("--ids adds a line, but --lines writes one line for each text; take --json for ids", "generate", Model, "--lines", "texts.txt", "--ids")]
    [InlineData("give --ids or --text", "score", Model)]
    [InlineData("--ids and --text are both given; give one of them", "score", Model, "--ids", "1", "--text", "a")]
    [InlineData("--logits needs --json: a table has no room for a whole vocabulary", "score", Model, "--ids", "1", "--logits")]
    [InlineData("option '--seed' needs a value; see 'weft generate --help'", "generate", Model, "Hello", "--seed")]
    [InlineData("option '--text' needs a value; see 'weft score --help'", "score", Model, "--text")]
    [InlineData("option '--seed' is given 2 times; give it once", "generate", Model, "Hello", "--seed", "1", "--seed", "2")]
    public void What_is_missing_or_given_twice_is_named(string expected, params string[] args) =>
        Assert.Equal(expected, Run(args));

    [Theory]
    [InlineData("--temperature is 'NaN'; use 0 for the most likely token, or a positive number such as 0.8", "--temperature", "NaN")]
    [InlineData("--temperature is '-1'; use 0 for the most likely token, or a positive number such as 0.8", "--temperature", "-1")]
    [InlineData("--temperature is 'Infinity'; use 0 for the most likely token, or a positive number such as 0.8", "--temperature", "Infinity")]
    [InlineData("--temperature is '1e99'; use 0 for the most likely token, or a positive number such as 0.8", "--temperature", "1e99")]
    [InlineData("--temperature is '0,8'; use 0 for the most likely token, or a positive number such as 0.8", "--temperature", "0,8")]
    [InlineData("--temperature is ''; use 0 for the most likely token, or a positive number such as 0.8", "--temperature", "")]
    [InlineData("--top-p is '0'; use a number above 0 and at most 1", "--top-p", "0")]
    [InlineData("--top-p is '1.01'; use a number above 0 and at most 1", "--top-p", "1.01")]
    [InlineData("--top-p is 'NaN'; use a number above 0 and at most 1", "--top-p", "NaN")]
    [InlineData("--top-k is '-1'; use a whole number, 0 or more", "--top-k", "-1")]
    [InlineData("--top-k is '1.5'; use a whole number, 0 or more", "--top-k", "1.5")]
    [InlineData("--max-tokens is '0'; use a whole number, 1 or more", "--max-tokens", "0")]
    [InlineData("--max-tokens is '99999999999'; use a whole number, 1 or more", "--max-tokens", "99999999999")]
    [InlineData("--seed is '-1'; use a whole number, 0 or more", "--seed", "-1")]
    [InlineData("--seed is '18446744073709551616'; use a whole number, 0 or more", "--seed", "18446744073709551616")]
    [InlineData("--threads is '0'; use a whole number, 1 to 1024", "--threads", "0")]
    [InlineData("--threads is '-2'; use a whole number, 1 to 1024", "--threads", "-2")]
    [InlineData("--threads is '100000'; use a whole number, 1 to 1024", "--threads", "100000")]
    [InlineData("--threads is 'all'; use a whole number, 1 to 1024", "--threads", "all")]
    public void Values_out_of_range_are_named_with_the_range(string expected, params string[] options) =>
        Assert.Equal(expected, Run(["generate", Model, "Hello", .. options]));

    [Theory]
    [InlineData("id 101 at position 2 is outside the model's vocabulary of 101; use ids from 0 to 100", "1,2,101")]
    [InlineData("id 2147483647 at position 0 is outside the model's vocabulary of 101; use ids from 0 to 100", "2147483647")]
    [InlineData("'-1' at position 0 is no token id; write whole numbers such as 1,80,147", "-1")]
    [InlineData("'-3' at position 1 is no token id; write whole numbers such as 1,80,147", "1,-3")]
    [InlineData("'2147483648' at position 1 is no token id; write whole numbers such as 1,80,147", "1,2147483648")]
    [InlineData("'99999999999999999999' at position 0 is no token id; write whole numbers such as 1,80,147", "99999999999999999999")]
    [InlineData("'1.0' at position 0 is no token id; write whole numbers such as 1,80,147", "1.0,2")]
    [InlineData("'' at position 1 is no token id; write whole numbers such as 1,80,147", "1,,2")]
    [InlineData("'x' at position 0 is no token id; write whole numbers such as 1,80,147", "x")]
    public void Wrong_ids_are_named_with_their_position(string expected, string ids)
    {
        Assert.Equal($"--ids: {expected}", Run(["score", Model, "--ids", ids, "--json"]));
        Assert.Equal($"--prompt-ids: {expected}", Run(["generate", Model, "--prompt-ids", ids]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public void Empty_ids_are_refused(string ids)
    {
        Assert.Equal("--ids is empty; write token ids such as 1,80,147", Run(["score", Model, "--ids", ids]));
        Assert.Equal("--prompt-ids is empty; write token ids such as 1,80,147", Run(["generate", Model, "--prompt-ids", ids]));
    }

    [Fact]
    public void A_prompt_longer_than_the_context_is_refused_with_both_numbers()
    {
        const string expected = "21 tokens do not fit the model's context of 20; shorten the text or use a model with a longer context";
        Assert.Equal(expected, Run(["generate", Model, new string('a', 21)]));
        Assert.Equal(expected, Run(["generate", Model, "--prompt-ids", string.Join(',', Enumerable.Repeat(1, 21)), "--json"]));
    }

    [Fact]
    public void An_empty_prompt_is_refused_where_the_tokenizer_adds_nothing() =>
        Assert.StartsWith("there are no ids; give at least one", Run(["generate", Model, ""]), StringComparison.Ordinal);

    private static string Run(string[] args)
    {
        using SavedModel model = SavedModel.Llama(new() { Context = 20 });
        return CommandRun.Of([.. args.Select(word => word == Model ? model.Folder : word)]).Refusal(Failure.Usage);
    }
}
