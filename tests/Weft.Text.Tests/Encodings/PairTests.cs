namespace Weft.Text.Tests.Encodings;

/// <summary>What stands around one text and around two.</summary>
public sealed class PairTests
{
    private static TokenizerJson Letters => TokenizerJson.Of([.. "abcdefgh".Select(c => c.ToString())]).Adding(50, "<s>").Adding(51, "</s>");

    private static Tokenizer With(string postProcessor) => Letters.With("post_processor", postProcessor).Tokenizer;

    [Fact]
    public void Bert_tells_the_texts_apart()
    {
        EncodedText pair = With("""{"type":"BertProcessing","cls":["<s>",50],"sep":["</s>",51]}""").EncodePair("ab", "c");
        Assert.Equal([50, 0, 1, 51, 2, 51], pair.Ids);
        Assert.Equal([0, 0, 0, 0, 1, 1], pair.TypeIds);
        Assert.Equal([-1, 0, 0, -1, 1, -1], pair.Sequences);
        Assert.Equal([0..0, 0..1, 1..2, 0..0, 0..1, 0..0], pair.Offsets);
        Assert.Equal([1, 1, 1, 1, 1, 1], pair.AttentionMask);
    }

    [Fact]
    public void Roberta_puts_two_separators_between_them()
    {
        EncodedText pair = With("""{"type":"RobertaProcessing","cls":["<s>",50],"sep":["</s>",51],"trim_offsets":true,"add_prefix_space":false}""").EncodePair("a", "b");
        Assert.Equal([50, 0, 51, 51, 1, 51], pair.Ids);
        Assert.Equal([0, 0, 0, 0, 0, 0], pair.TypeIds);
    }

    [Fact]
    public void A_template_says_where_what_stands()
    {
        Tokenizer tokenizer = With("""
            {"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"</s>","type_id":0}}],
             "pair":[{"Sequence":{"id":"B","type_id":3}},{"SpecialToken":{"id":"<s>","type_id":2}},{"Sequence":{"id":"A","type_id":1}}],
             "special_tokens":{"<s>":{"id":"<s>","ids":[50,51],"tokens":["<s>","</s>"]},"</s>":{"id":"</s>","ids":[51],"tokens":["</s>"]}}}
            """);
        EncodedText pair = tokenizer.EncodePair("ab", "c");
        Assert.Equal([2, 50, 51, 0, 1], pair.Ids);
        Assert.Equal([3, 2, 2, 1, 1], pair.TypeIds);
        Assert.Equal([1, -1, -1, 0, 0], pair.Sequences);
        Assert.Equal([0, 1, 51], tokenizer.Encode("ab").Ids);
    }

    [Fact]
    public void Without_a_template_the_second_follows_the_first()
    {
        EncodedText pair = Letters.Tokenizer.EncodePair("ab", "c");
        Assert.Equal([0, 1, 2], pair.Ids);
        Assert.Equal([0, 0, 1], pair.TypeIds);
    }

    [Fact]
    public void A_template_for_one_text_refuses_two()
    {
        Tokenizer tokenizer = With("""{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{}}""");
        Assert.Contains("pair", Assert.Throws<NotSupportedException>(() => tokenizer.EncodePair("a", "b")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Special_tokens_are_allowed_by_name()
    {
        Tokenizer tokenizer = Letters.Adding(52, "<x>").Tokenizer;
        Assert.Equal([0, 52, 1], tokenizer.EncodeToIds("a<x>b<s>", false, SpecialTokens.Named("<x>")));
        Assert.Equal([0, 52, 1, 50], tokenizer.EncodeToIds("a<x>b<s>", false, SpecialTokens.All));
        Assert.Equal([0, 1], tokenizer.EncodeToIds("a<x>b<s>", false, SpecialTokens.None));
    }

    [Fact]
    public void A_batch_gives_what_each_text_gives()
    {
        Tokenizer tokenizer = With("""{"type":"BertProcessing","cls":["<s>",50],"sep":["</s>",51]}""");
        string[] texts = [.. Enumerable.Range(0, 100).Select(i => new string((char)('a' + i % 8), i % 13))];
        var options = new EncodeOptions { AddSpecialTokens = false };
        Assert.Equal(texts.Select(text => tokenizer.EncodeToIds(text)), tokenizer.EncodeBatchToIds(texts, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(texts.Select(text => tokenizer.EncodeToIds(text, addSpecialTokens: false)),
            tokenizer.EncodeBatch(texts, options, cancellationToken: TestContext.Current.CancellationToken).Select(text => text.Ids));
        Assert.Contains("text 1 of the batch", Assert.Throws<ArgumentException>(() => tokenizer.EncodeBatch(["a", null!], cancellationToken: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }
}
