using Weft.Text;
using Weft.Training.Objectives;
using Weft.Training.Runs;

namespace Weft.Training.Tests.Spans;

public class SpanWindowsTests
{
    /// <summary>Letters are tokens, so that windows can be counted by hand.</summary>
    private static readonly Tokenizer Letters = CharacterTokenizerTrainer.Train(["abcdefghijklmnop 😀é"], ["[PAD]", "[CLS]", "[SEP]", "[MASK]"]).Surrounding("[CLS]", "[SEP]");

    [Fact]
    public void A_short_text_is_one_window_whose_answer_is_where_it_stands()
    {
        // [CLS] p o [SEP] [CLS] a b c d [SEP]: the family's token stands before each text.
        EncodedRow window = Assert.Single(Encode("po", "abcd", "bc", 1, context: 10));
        Assert.Equal(new SpanTarget(6, 7, 5, 8), window.Labels.Span);
        Assert.Equal(10, window.Ids.Length);
        Assert.Equal(4, window.Labels.Second);
        Assert.Equal(6, window.Bytes);
    }

    [Fact]
    public void Windows_share_a_stride_keep_the_question_and_point_at_the_first_token_where_the_answer_is_not_whole()
    {
        // Four letters fit beside [CLS] p o [SEP] [CLS] and [SEP]; two of them repeat: abcd, cdef, efgh, ghij.
        EncodedRow[] windows = Encode("po", "abcdefghij", "def", 3, context: 10);
        Assert.Equal(["abcd", "cdef", "efgh", "ghij"], windows.Select(window => Letters.Decode(window.Ids.AsSpan(5..^1))));
        Assert.All(windows, window => Assert.Equal(Letters.EncodeToIds("po"), window.Ids[..4]));
        Assert.Equal([new(0, 0, 5, 8), new(6, 8, 5, 8), new(0, 0, 5, 8), new(0, 0, 5, 8)], windows.Select(window => window.Labels.Span!.Value));
        // An answer in two windows is learnt in both.
        Assert.Equal([new(7, 8, 5, 8), new(5, 6, 5, 8), new(0, 0, 5, 8), new(0, 0, 5, 8)], Encode("po", "abcdefghij", "cd", 2, context: 10).Select(window => window.Labels.Span!.Value));
        // The bytes of a text count once.
        Assert.Equal([12, 0, 0, 0], windows.Select(window => window.Bytes));
    }

    [Fact]
    public void Places_are_code_points_of_the_text_and_blanks_around_an_answer_do_not_count()
    {
        Assert.Equal(new SpanTarget(7, 8, 5, 9), Assert.Single(Encode("po", "😀éabc", "ab", 2, context: 12)).Labels.Span);
        Assert.Equal(new SpanTarget(5, 6, 5, 9), Assert.Single(Encode("po", "😀éabc", "😀é", 0, context: 12)).Labels.Span);
        Assert.Equal(new SpanTarget(7, 7, 5, 9), Assert.Single(Encode("po", "a b c", " b ", 1, context: 12)).Labels.Span);
    }

    [Fact]
    public void What_has_no_answer_points_at_the_first_token()
    {
        EncodedRow[] windows = [.. Windows(10).Encode(new("q", "po", "abcdef", [], "file"))];
        Assert.Equal([new(0, 0, 5, 8), new(0, 0, 5, 8)], windows.Select(window => window.Labels.Span!.Value));
    }

    /// <summary>Tokens as a byte-level tokenizer and a tokenizer of word pieces have them: with a blank before, or two for one character.</summary>
    [Fact]
    public void An_answer_takes_all_tokens_that_hold_a_part_of_it()
    {
        //                   [CLS] who [SEP] "the" " fo" "x" " ate" "." [SEP]
        EncodedText window = Text([(-1, 0, 0), (0, 0, 3), (-1, 0, 0), (1, 0, 3), (1, 3, 6), (1, 6, 7), (1, 7, 11), (1, 11, 12), (-1, 0, 0)]);
        Assert.Equal(new SpanTarget(4, 5, 3, 7), SpanTarget.Of(window, (4, 7)));
        Assert.Equal(new SpanTarget(4, 4, 3, 7), SpanTarget.Of(window, (5, 6)));
        Assert.Equal(new SpanTarget(3, 7, 3, 7), SpanTarget.Of(window, (0, 12)));
        // A character of two tokens.
        EncodedText halves = Text([(-1, 0, 0), (0, 0, 1), (-1, 0, 0), (1, 0, 1), (1, 0, 1), (1, 1, 2), (-1, 0, 0)]);
        Assert.Equal(new SpanTarget(3, 4, 3, 5), SpanTarget.Of(halves, (0, 1)));
        // Nothing stands for what the normalizer takes out.
        EncodedText gap = Text([(-1, 0, 0), (0, 0, 1), (-1, 0, 0), (1, 0, 1), (1, 3, 4), (-1, 0, 0)]);
        Assert.Null(SpanTarget.Of(gap, (1, 3)));
    }

    [Fact]
    public void Questions_that_leave_no_room_and_answers_without_a_token_are_bad_rows()
    {
        BadRow bad = Assert.Single(Windows(10).Encode(new("q", "abcdef", "ghijkl", [], "dev.json, question 'q'"))).Bad!;
        Assert.Equal("dev.json, question 'q'", bad.Source);
        Assert.Equal("has a question of 6 tokens, which leaves 0 of model.context 10 to its text, where windows share 2; raise model.context or lower task.stride", bad.Problem);
        // A window has to have more than it shares.
        Assert.NotNull(Assert.Single(Windows(10).Encode(new("q", "abcd", "ghijkl", [], "file"))).Bad);
        Assert.All(Windows(10).Encode(new("q", "abc", "ghijkl", [], "file")), window => Assert.Null(window.Bad));
    }

    private static SpanWindows Windows(int context) => new(Letters, context, 2, segments: 2);

    private static EncodedRow[] Encode(string question, string text, string answer, int start, int context) => [.. Windows(context).Encode(new("q", question, text, [new(answer, start)], "file"))];

    private static EncodedText Text((int Sequence, int Start, int End)[] tokens) => new()
    {
        Ids = new int[tokens.Length],
        TypeIds = new int[tokens.Length],
        AttentionMask = new int[tokens.Length],
        Sequences = [.. tokens.Select(token => token.Sequence)],
        Offsets = [.. tokens.Select(token => token.Start..token.End)],
    };
}
