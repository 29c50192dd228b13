using System.Text.Json.Nodes;

namespace Weft.Tasks.Tests;

public sealed class SummarizerTests
{
    private const string Text = "The cat sat on the mat. The moon is blue. It slept in a very red book.";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_text_that_fits_is_summarized_at_once_after_the_configs_prefix()
    {
        using TaskModel task = TaskModel.Of("T5's relative positions", WordTokenizer.Translator).Configured(config => config["task_specific_params"] = new JsonObject
        {
            ["summarization"] = new JsonObject { ["prefix"] = "a book and " },
        });
        var summarizer = new Summarizer(task.Model, new() { MaximumTokens = 5, Long = LongInput.MapReduce });
        int[] ids = WordTokenizer.Translator.Ids("a book and the cat slept . </s>");
        Assert.Equal(task.Model.Generator.Search(ids, new() { Beams = 4, MaximumTokens = 5 }, Token)[0].Text, summarizer.Summarize("The cat slept.", Token));
        Assert.Equal(4, summarizer.Candidates("The cat slept.", Token).Count);
    }

    [Fact]
    public void The_parts_of_a_long_text_are_summarized_and_then_their_summaries()
    {
        using TaskModel task = TaskModel.Of("T5's relative positions", WordTokenizer.Translator, context: 9);
        string One(string text) => task.Model.Generator.Search(task.Model.Tokenizer.EncodeToIds(text), new() { Beams = 2, MaximumTokens = 2 }, Token)[0].Text.Trim();
        string together = string.Join('\n', One("The cat sat on the mat."), One("The moon is blue."), One("It slept in a very red book."));
        // Whatever a random model writes, three summaries of at most two words fit.
        Assert.True(task.Model.Tokenizer.EncodeToIds(together).Length <= 9);
        Assert.Equal(One(together), new Summarizer(task.Model, new() { Beams = 2, MaximumTokens = 2, Long = LongInput.MapReduce }).Summarize(Text, Token).Trim());
    }

    [Fact]
    public void Summaries_that_are_no_shorter_and_long_texts_are_refused()
    {
        using TaskModel task = TaskModel.Of("T5's relative positions", WordTokenizer.Translator, context: 9);
        Assert.Contains("reads 9", Assert.Throws<ArgumentException>(() => new Summarizer(task.Model).Summarize(Text, Token)).Message, StringComparison.Ordinal);
        // Nothing ends these texts, so every summary is as long as permitted.
        using TaskModel endless = TaskModel.Of("T5's relative positions", WordTokenizer.Translator, context: 9).Changed("generation_config.json", file => file["suppress_tokens"] = new JsonArray(0, 1, 2, 3, 4, 5, 6));
        Assert.Contains("no fewer than", Assert.Throws<ArgumentException>(() =>
            new Summarizer(endless.Model, new() { Beams = 1, MaximumTokens = 8, Long = LongInput.MapReduce }).Summarize(Text, Token)).Message, StringComparison.Ordinal);
    }
}
