using Weft.Inference;

namespace Weft.Tasks.Tests;

public sealed class CodeCompleterTests
{
    private static readonly string[][] Spellings =
    [
        ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|endoftext|>"],
        ["<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<file_sep>"],
        ["▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>"],
        ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>", "<|endoftext|>"],
    ];

    public static TheoryData<int> All => [0, 1, 2, 3];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(All))]
    public void A_gap_is_filled_after_prefix_suffix_and_middle(int spelling)
    {
        WordTokenizer tokenizer = Tokenizer(spelling);
        string[] fim = Spellings[spelling];
        using TaskModel task = TaskModel.Llama(tokenizer);
        var completer = new CodeCompleter(task.Model, new() { MaximumTokens = 10 });
        int[] prompt = tokenizer.Ids($"{fim[0]} the cat {fim[1]} on the mat {fim[2]}");
        Assert.Equal(prompt, completer.Prompt("the cat", "on the mat"));
        GeneratedToken[] expected = [.. task.Model.Generator.Generate(prompt, new() { MaximumTokens = 10, Sampling = SamplingOptions.Greedy }, Token)
            .TakeWhile(token => !fim.Contains(tokenizer.Tokens[token.Id]))];
        CodeCompletion completion = completer.Complete("the cat", "on the mat", Token);
        Assert.Equal(string.Concat(expected.Select(token => token.Text)), completion.Text);
        Assert.True(completion.FillsGap);
        Assert.Equal(expected.Length == 10 ? StopReason.MaximumTokens : StopReason.EndOfText, completion.StopReason);
    }

    [Fact]
    public void Without_a_suffix_or_without_tokens_for_gaps_the_text_goes_on()
    {
        using TaskModel task = TaskModel.Llama(WordTokenizer.Chat);
        var completer = new CodeCompleter(task.Model, new() { MaximumTokens = 8 });
        Assert.False(completer.FillsGaps);
        Assert.Equal(WordTokenizer.Chat.Ids("the cat"), completer.Prompt("the cat", "on the mat"));
        CodeCompletion completion = completer.Complete("the cat", "on the mat", Token);
        Assert.False(completion.FillsGap);
        Assert.Equal(string.Concat(task.Model.Generator.Generate(WordTokenizer.Chat.Ids("the cat"), new() { MaximumTokens = 8, Sampling = SamplingOptions.Greedy }, Token).Select(token => token.Text)), completion.Text);
        using TaskModel filling = TaskModel.Llama(Tokenizer(0));
        Assert.Equal(Tokenizer(0).Ids("the cat"), new CodeCompleter(filling.Model).Prompt("the cat", ""));
    }

    [Fact]
    public void A_real_model_goes_on_where_its_greedy_text_does()
    {
        Golden golden = Golden.Read();
        using var model = LanguageModel.Load(Golden.Folder);
        var completer = new CodeCompleter(model, new() { MaximumTokens = 20 });
        string expected = string.Concat(model.Generator.Generate(golden.Prompt, new() { MaximumTokens = 20, Sampling = SamplingOptions.Greedy }, Token).Select(token => token.Text));
        Assert.Equal(expected, completer.Complete(golden.Prompt, ct: Token).Text);
        Assert.True(expected.Length > 20);
    }

    [Fact]
    public void A_stop_sequence_ends_a_completion_before_it()
    {
        using TaskModel task = TaskModel.Llama(WordTokenizer.Chat);
        string whole = new CodeCompleter(task.Model, new() { MaximumTokens = 10 }).Complete("the cat", ct: Token).Text;
        string stop = whole[(whole.Length / 2)..(whole.Length / 2 + 3)];
        CodeCompletion completion = new CodeCompleter(task.Model, new() { MaximumTokens = 10, StopSequences = [stop] }).Complete("the cat", ct: Token);
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], completion.Text);
        Assert.Null(completion.StopReason);
    }

    [Theory]
    [InlineData("a cat sat on the mat", "and it slept", "the mat", "and it")]
    [InlineData("mat", "and it slept in a film", "mat", "and it slept")]
    [InlineData("a cat sat on the mat", "it", "on the mat", "it")]
    public void Truncating_leaves_out_what_is_farthest_from_the_gap(string before, string after, string left, string right)
    {
        WordTokenizer tokenizer = Tokenizer(0);
        using TaskModel task = TaskModel.Llama(tokenizer, context: 7);
        string[] fim = Spellings[0];
        Assert.Equal(tokenizer.Ids($"{fim[0]} {left} {fim[1]} {right} {fim[2]}"), new CodeCompleter(task.Model, new() { Long = LongInput.Truncate }).Prompt(before, after));
        string message = Assert.Throws<ArgumentException>(() => new CodeCompleter(task.Model).Prompt(before, after)).Message;
        Assert.Contains("reads 7", message, StringComparison.Ordinal);
    }

    private static WordTokenizer Tokenizer(int spelling) => new(["<unk>", .. Spellings[spelling]]) { Unknown = "<unk>" };
}
