using Weft.Evaluation.Harness.Requests;
using Weft.Text;

namespace Weft.Evaluation.Tests.Harness;

/// <summary>The border between a context and its continuation.</summary>
public sealed class PromptEncoderTests
{
    private const int Beginning = 1;

    [Fact]
    public void Both_are_encoded_as_one_text_that_is_cut_behind_the_context()
    {
        using StoryModel model = StoryModel.Open();
        Tokenizer tokenizer = model.Generator.Tokenizer;
        TokenRequest request = new PromptEncoder(model.Generator).EncodePair(new("Question: who ran?\nAnswer:", " the big dog", "row"));
        Assert.Equal(tokenizer.EncodeToIds("Question: who ran?\nAnswer:"), request.Context);
        Assert.Equal(Beginning, request.Context[0]);
        Assert.Equal(tokenizer.EncodeToIds("Question: who ran?\nAnswer: the big dog"), request.Context.Concat(request.Continuation));
        // Alone, the tokenizer would put a space of its own before the text.
        Assert.NotEqual(tokenizer.EncodeToIds(" the big dog", addSpecialTokens: false), request.Continuation);
    }

    [Theory]
    [InlineData("The dog ", "ran home", "The dog", " ran home")]
    [InlineData("The dog \n", "ran", "The dog", " \nran")]
    public void White_space_at_the_context_s_end_goes_to_the_continuation(string context, string continuation, string sameContext, string sameContinuation)
    {
        using StoryModel model = StoryModel.Open();
        var encoder = new PromptEncoder(model.Generator);
        TokenRequest moved = encoder.EncodePair(new(context, continuation, "row")), same = encoder.EncodePair(new(sameContext, sameContinuation, "row"));
        Assert.Equal(same.Context, moved.Context);
        Assert.Equal(same.Continuation, moved.Continuation);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public void Nothing_before_a_text_is_the_token_that_begins_one(string context)
    {
        using StoryModel model = StoryModel.Open();
        TokenRequest request = new PromptEncoder(model.Generator).EncodePair(new(context, "The dog ran", "row"));
        Assert.Equal([Beginning], request.Context);
        Assert.Equal(model.Generator.Tokenizer.EncodeToIds(context + "The dog ran", addSpecialTokens: false), request.Continuation);
    }

    [Fact]
    public void Names_of_special_tokens_are_tokens_only_where_a_template_wrote_them()
    {
        using StoryModel model = StoryModel.Open();
        var encoder = new PromptEncoder(model.Generator);
        const string text = "<|start_story|>The dog";
        Assert.Equal((int[])[Beginning, .. model.Generator.Tokenizer.EncodeToIds(text, addSpecialTokens: false, parseSpecialTokens: false)], encoder.EncodePrompt(text, rendered: false));
        int[] rendered = encoder.EncodePrompt(text, rendered: true);
        // The template has begun the text already.
        Assert.Equal(Beginning, rendered[0]);
        Assert.Equal(model.Generator.Tokenizer.EncodeToIds(text, addSpecialTokens: false, parseSpecialTokens: true), rendered);
    }

    [Fact]
    public void A_continuation_that_is_one_token_with_the_context_s_end_is_scored_from_where_the_ids_part()
    {
        using StoryModel model = StoryModel.Open();
        Tokenizer tokenizer = model.Generator.Tokenizer;
        // Winogrande has rows whose continuation is a full stop.
        const string context = "hated the carrots", continuation = " .";
        int[] own = tokenizer.EncodeToIds(context), whole = tokenizer.EncodeToIds(context + continuation);
        Assert.True(whole.Length <= own.Length, $"{whole.Length} tokens beside {own.Length}");
        TokenRequest request = new PromptEncoder(model.Generator).EncodePair(new(context, continuation, "row"));
        Assert.Equal(whole, request.Context.Concat(request.Continuation));
        Assert.Equal(own[..request.Context.Length], request.Context);
        Assert.NotEqual(own[request.Context.Length], request.Continuation[0]);
    }

    [Fact]
    public void A_continuation_without_a_token_is_named()
    {
        using StoryModel model = StoryModel.Open();
        Assert.Contains("file 'a', line 3: the continuation '' gives no token",
            Assert.Throws<InvalidDataException>(() => new PromptEncoder(model.Generator).EncodePair(new("The dog", "", "file 'a', line 3"))).Message, StringComparison.Ordinal);
    }
}
