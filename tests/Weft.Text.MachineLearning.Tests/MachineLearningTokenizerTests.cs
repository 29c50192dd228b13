using System.Buffers;
using CsCheck;

namespace Weft.Text.MachineLearning.Tests;

/// <summary>The contract of Microsoft.ML.Tokenizers, kept by a Weft tokenizer.</summary>
public sealed class MachineLearningTokenizerTests
{
    private const string EndOfText = "<|endoftext|>";

    private static readonly Tokenizer Inner = ByteLevelBpeTrainer.Train(
        [string.Concat(Enumerable.Repeat("the thread of the weaver, the loom and the cloth 日本\n", 20))], new() { VocabularySize = 300, MinimumFrequency = 2 });

    private static readonly Microsoft.ML.Tokenizers.Tokenizer Wrapped = Inner.ToMachineLearning();

    [Fact]
    public void Ids_tokens_and_counts_are_those_of_the_tokenizer() => Texts.Any.Sample(text =>
    {
        int[] ids = Inner.EncodeToIds(text, addSpecialTokens: false);
        Assert.Equal(ids, Wrapped.EncodeToIds(text));
        Assert.Equal(ids, Wrapped.EncodeToIds(text.AsSpan()));
        Assert.Equal(ids.Length, Wrapped.CountTokens(text));
        IReadOnlyList<Microsoft.ML.Tokenizers.EncodedToken> tokens = Wrapped.EncodeToTokens(text, out string? normalized);
        Assert.Null(normalized);
        Assert.Equal(Inner.EncodeToTokens(text, addSpecialTokens: false).Select(token => (token.Id, token.Value, token.Offset)),
            tokens.Select(token => (token.Id, token.Value, token.Offset)));
        Assert.Equal(Texts.WellFormed(text), Wrapped.Decode(ids));
    });

    [Fact]
    public void A_greatest_number_of_tokens_gives_whole_characters_and_where_they_end() => Gen.Select(Texts.Any, Gen.Int[1, 20]).Sample((text, most) =>
    {
        text = Texts.WellFormed(text);
        IReadOnlyList<int> all = Wrapped.EncodeToIds(text), some = Wrapped.EncodeToIds(text, most, out _, out int consumed);
        Assert.True(some.Count <= most);
        Assert.Equal(all.Take(some.Count), some);
        if (all.Count <= most)
            Assert.Equal((all.Count, text.Length), (some.Count, consumed));
        // At the level of bytes the text of some tokens is exactly the text up to there.
        Assert.Equal(text[..consumed], Wrapped.Decode(some));
        Assert.Equal(consumed, Wrapped.GetIndexByTokenCount(text, most, out _, out int count));
        Assert.Equal(some.Count, count);
        Assert.Equal(some.Count, Fitting(text, all, most));
    });

    [Fact]
    public void From_the_end_the_rest_of_the_text_is_that_of_the_last_tokens() => Gen.Select(Texts.Any, Gen.Int[1, 20]).Sample((text, most) =>
    {
        text = Texts.WellFormed(text);
        IReadOnlyList<int> all = Wrapped.EncodeToIds(text);
        int index = Wrapped.GetIndexByTokenCountFromEnd(text, most, out _, out int count);
        Assert.True(count <= most);
        Assert.Equal(text[index..], Wrapped.Decode(all.Skip(all.Count - count)));
        if (all.Count <= most)
            Assert.Equal((0, all.Count), (index, count));
    });

    [Fact]
    public void Decoding_into_memory_says_when_there_is_no_more() => Gen.Select(Texts.Any, Gen.Int[0, 30]).Sample((text, room) =>
    {
        int[] ids = [.. Wrapped.EncodeToIds(text)];
        string whole = Wrapped.Decode(ids);
        char[] destination = new char[room];
        OperationStatus status = Wrapped.Decode(ids, destination, out int consumed, out int written);
        Assert.Equal(whole.Length <= room ? OperationStatus.Done : OperationStatus.DestinationTooSmall, status);
        Assert.StartsWith(new string(destination, 0, written), whole, StringComparison.Ordinal);
        if (status == OperationStatus.Done)
            Assert.Equal((ids.Length, whole.Length), (consumed, written));
        else
            Assert.True(consumed <= ids.Length && written <= room);
    });

    [Fact]
    public void What_a_tokenizer_needs_cannot_be_left_out()
    {
        Assert.Equal([.. Inner.EncodeToIds("the loom")], Wrapped.EncodeToIds("the loom", considerPreTokenization: true, considerNormalization: false));
        var error = Assert.Throws<NotSupportedException>(() => Wrapped.EncodeToIds("the loom", considerPreTokenization: false));
        Assert.Contains("ByteLevel", error.Message, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => Wrapped.CountTokens("the loom", considerPreTokenization: false));
        Assert.Throws<NotSupportedException>(() => Wrapped.GetIndexByTokenCount("the loom", 3, out _, out _, considerPreTokenization: false));
    }

    [Fact]
    public void Special_tokens_are_added_parsed_and_shown_where_that_is_asked_for()
    {
        Tokenizer framed = Tokenizer.Parse("""
            {"model":{"type":"BPE","vocab":{"<s>":0,"a":1,"b":2,"</s>":3},"merges":[]},"decoder":{"type":"Fuse"},
             "added_tokens":[{"id":0,"content":"<s>","special":true},{"id":3,"content":"</s>","special":true}],
             "post_processor":{"type":"BertProcessing","cls":["<s>",0],"sep":["</s>",3]}}
            """u8.ToArray(), "test");
        Microsoft.ML.Tokenizers.Tokenizer wrapped = framed.ToMachineLearning(new() { AddSpecialTokens = true, AllowedSpecialTokens = SpecialTokens.All, SkipSpecialTokens = false });
        Assert.Equal([0, 1, 3, 2, 3], wrapped.EncodeToIds("a</s>b"));
        Assert.Equal("<s>a</s>", wrapped.Decode([0, 1, 3]));
        Assert.Equal([0, 1], wrapped.EncodeToIds("ab", 2, out _, out int consumed));
        Assert.Equal(1, consumed);
        Assert.Equal(1, wrapped.GetIndexByTokenCountFromEnd("ab", 2, out _, out int count));
        Assert.Equal(2, count);
        Assert.Equal([1], framed.ToMachineLearning().EncodeToIds("a"));
        Assert.Equal("a", framed.ToMachineLearning().Decode([0, 1, 3]));
    }

    [Fact]
    public void Ids_outside_the_vocabulary_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Wrapped.Decode([Inner.VocabularySize]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Wrapped.Decode([-1], new char[4], out _, out _));
        Assert.Equal("", Wrapped.Decode([Inner.TokenToId(EndOfText)!.Value]));
    }

    /// <summary>The plain twin: the most tokens that are the tokens of whole characters.</summary>
    private static int Fitting(string text, IReadOnlyList<int> all, int most)
    {
        for (int count = Math.Min(most, all.Count); count > 0; count--)
        {
            string part = Wrapped.Decode(all.Take(count)), rest = Wrapped.Decode(all.Skip(count));
            if (part + rest == text)
                return count;
        }
        return 0;
    }
}
