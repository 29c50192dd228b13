using System.Text.Json.Nodes;
using Weft.Inference;

namespace Weft.Tasks.Tests;

public sealed class TranslatorTests
{
    private const string BothSides = "the original Transformer";

    private static readonly GenerationOptions Search = new() { Beams = 4, MaximumTokens = 6 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void The_candidates_are_those_of_the_search_and_the_translation_is_the_best()
    {
        using TaskModel task = TaskModel.Of(BothSides, WordTokenizer.Translator);
        var translator = new Translator(task.Model, new() { MaximumTokens = 6, LengthPenalty = 0.5 });
        int[] ids = WordTokenizer.Translator.Ids("the red sun </s>");
        IReadOnlyList<Hypothesis> expected = task.Model.Generator.Search(ids, Search with { LengthPenalty = 0.5 }, Token);
        Assert.Equal(expected.Select(one => (one.Text, one.Score)), translator.Candidates("The red sun", Token).Select(one => (one.Text, one.Score)));
        Assert.Equal(expected[0].Text, translator.Translate("The red sun", Token));
        Assert.Equal(4, expected.Count);
        Assert.Equal(expected.OrderByDescending(one => one.Score).Select(one => one.Score), expected.Select(one => one.Score));
    }

    [Fact]
    public void A_coverage_penalty_is_handed_to_the_search()
    {
        using TaskModel task = TaskModel.Of(BothSides, WordTokenizer.Translator);
        // So few tokens that they leave a part of the source out.
        GenerationOptions search = Search with { MaximumTokens = 2 };
        var translator = new Translator(task.Model, new() { MaximumTokens = 2, CoveragePenalty = 0.5 });
        int[] ids = WordTokenizer.Translator.Ids("the red sun </s>");
        double[] expected = [.. task.Model.Generator.Search(ids, search with { CoveragePenalty = 0.5 }, Token).Select(one => one.Score)];
        Assert.Equal(expected, translator.Candidates("The red sun", Token).Select(one => one.Score));
        Assert.NotEqual(expected, task.Model.Generator.Search(ids, search, Token).Select(one => one.Score));
        Assert.Contains("Beams is 1", Assert.Throws<ArgumentOutOfRangeException>(
            () => new Translator(task.Model, new() { Beams = 1, CoveragePenalty = 0.5 }).Translate("The red sun", Token)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Languages_stand_before_the_source_and_at_the_beginning_of_the_decoder()
    {
        using TaskModel task = TaskModel.Of(BothSides, WordTokenizer.Translator);
        int[] ids = WordTokenizer.Translator.Ids("__en__ the red sun </s>");
        var translator = new Translator(task.Model, new() { SourceLanguage = "en", TargetLanguage = "de", Beams = 1, MaximumTokens = 6 });
        Assert.Equal(Greedy(task, ids, [RandomModel.DecoderStart, .. WordTokenizer.Translator.Ids("__de__")], 6), translator.Candidates("the red sun", Token)[0].Ids);
        Assert.Equal(["de", "en", "fra"], translator.Languages);
    }

    [Fact]
    public void A_model_of_several_targets_is_told_by_a_token_before_the_source()
    {
        using TaskModel task = TaskModel.Of(BothSides, WordTokenizer.Translator);
        int[] ids = WordTokenizer.Translator.Ids(">>fra<< the red sun </s>");
        var translator = new Translator(task.Model, new() { TargetLanguage = "fra", Beams = 1, MaximumTokens = 6 });
        Assert.Equal(Greedy(task, ids, [RandomModel.DecoderStart], 6), translator.Candidates("the red sun", Token)[0].Ids);
        Assert.Contains("leave 'en' out", Assert.Throws<ArgumentException>(() => new Translator(task.Model, new() { SourceLanguage = "en", TargetLanguage = "fra" })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prefix_comes_from_the_options_or_from_the_config()
    {
        using TaskModel task = TaskModel.Of(BothSides, WordTokenizer.Translator).Configured(config => config["task_specific_params"] = new JsonObject
        {
            ["translation_en_to_de"] = new JsonObject { ["prefix"] = "very good " },
        });
        TranslationOptions options = new() { Beams = 1, MaximumTokens = 6 };
        int[] Ids(TranslationOptions how) => [.. new Translator(task.Model, how).Candidates("the sun", Token)[0].Ids];
        int[] Expected(string words) => Greedy(task, WordTokenizer.Translator.Ids(words), [RandomModel.DecoderStart], 6);
        Assert.Equal(Expected("very good the sun </s>"), Ids(options with { SourceLanguage = "en", TargetLanguage = "de" }));
        Assert.Equal(Expected("blue the sun </s>"), Ids(options with { SourceLanguage = "en", TargetLanguage = "de", Prefix = "blue " }));
        Assert.Equal(Expected("the sun </s>"), Ids(options));
    }

    [Fact]
    public void The_makers_recommendations_hold_where_nothing_else_is_said()
    {
        using TaskModel task = TaskModel.Of(BothSides, WordTokenizer.Translator).Changed("generation_config.json", file => (file["num_beams"], file["length_penalty"]) = (2, -1.5));
        int[] ids = WordTokenizer.Translator.Ids("the red sun </s>");
        IReadOnlyList<Hypothesis> expected = task.Model.Generator.Search(ids, Search with { Beams = 2, LengthPenalty = -1.5 }, Token);
        Assert.Equal(expected.Select(one => one.Score), new Translator(task.Model, new() { MaximumTokens = 6 }).Candidates("the red sun", Token).Select(one => one.Score));
        Assert.Equal(2, expected.Count);
    }

    [Fact]
    public void An_unknown_language_is_refused_with_those_that_are_known()
    {
        using TaskModel task = TaskModel.Of(BothSides, WordTokenizer.Translator);
        string message = Assert.Throws<ArgumentException>(() => new Translator(task.Model, new() { SourceLanguage = "en", TargetLanguage = "xx" })).Message;
        Assert.Contains("'xx'; it knows de, en, fra", message, StringComparison.Ordinal);
        Assert.Contains("name both", Assert.Throws<ArgumentException>(() => new Translator(task.Model, new() { SourceLanguage = "en" })).Message, StringComparison.Ordinal);
        using TaskModel decoder = TaskModel.Llama(WordTokenizer.Chat);
        Assert.Contains("encoder-decoder", Assert.Throws<NotSupportedException>(() => new Translator(decoder.Model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Long_texts_are_refused_cut_or_translated_in_parts()
    {
        using TaskModel task = TaskModel.Of("T5's relative positions", WordTokenizer.Translator, context: 8);
        const string Text = "The cat sat on the mat. The moon is blue.\n\nIt slept.";
        TranslationOptions options = new() { Beams = 1, MaximumTokens = 4 };
        string message = Assert.Throws<ArgumentException>(() => new Translator(task.Model, options).Translate(Text, Token)).Message;
        Assert.Contains("16 tokens", message, StringComparison.Ordinal);
        Assert.Contains("reads 8", message, StringComparison.Ordinal);
        string One(string words) => task.Model.Generator.Search(WordTokenizer.Translator.Ids(words), Search with { Beams = 1, MaximumTokens = 4 }, Token)[0].Text.Trim();
        Assert.Equal(One("the cat sat on the mat . </s>"), new Translator(task.Model, options with { Long = LongInput.Truncate }).Translate(Text, Token).Trim());
        Assert.Equal($"{One("the cat sat on the mat . </s>")} {One("the moon is blue . </s>")}\n\n{One("it slept . </s>")}",
            new Translator(task.Model, options with { Long = LongInput.MapReduce }).Translate(Text, Token));
    }

    /// <summary>The likeliest token every time, with the whole decoder computed anew at each step.</summary>
    private static int[] Greedy(TaskModel task, int[] source, int[] begin, int most)
    {
        List<int> ids = [];
        while (ids.Count < most && ids.LastOrDefault() != RandomModel.EndOfText)
        {
            int[] soFar = [.. begin, .. ids];
            float[] logits = new float[soFar.Length * task.Engine.Spec.VocabularySize];
            task.Engine.ComputeOutputs(new(soFar) { SourceIds = source }, logits);
            float[] last = logits[^task.Engine.Spec.VocabularySize..];
            ids.Add(Array.IndexOf(last, last.Max()));
        }
        return [.. ids];
    }
}
