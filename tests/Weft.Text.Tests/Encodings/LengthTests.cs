using CsCheck;

namespace Weft.Text.Tests.Encodings;

/// <summary>Cutting and padding. The expected cuts are those of Hugging Face's strategies, done by hand.</summary>
public sealed class LengthTests
{
    private static readonly Tokenizer Letters = TokenizerJson.Of([.. "abcdefghij".Select(c => c.ToString())]).Adding(50, "<s>").Adding(51, "</s>")
        .With("post_processor", """{"type":"BertProcessing","cls":["<s>",50],"sep":["</s>",51]}""").Tokenizer;

    private static EncodeOptions Cut(int length, int stride = 0, bool fromLeft = false, TruncationStrategy strategy = TruncationStrategy.LongestFirst, bool special = true) =>
        new() { AddSpecialTokens = special, Truncate = new(length) { Stride = stride, FromLeft = fromLeft, Strategy = strategy } };

    [Fact]
    public void What_is_cut_off_follows_in_parts_that_overlap()
    {
        EncodedText text = Letters.Encode("abcdefghij", Cut(6, stride: 1));
        Assert.Equal([50, 0, 1, 2, 3, 51], text.Ids);
        Assert.Equal([[50, 3, 4, 5, 6, 51], [50, 6, 7, 8, 9, 51]], text.Overflow.Select(part => part.Ids));
        Assert.Equal([0..0, 6..7, 7..8, 8..9, 9..10, 0..0], text.Overflow[1].Offsets);
    }

    [Fact]
    public void Cut_from_the_left_the_end_stays()
    {
        EncodedText text = Letters.Encode("abcdefghij", Cut(6, stride: 1, fromLeft: true));
        Assert.Equal([50, 6, 7, 8, 9, 51], text.Ids);
        Assert.Equal([[50, 3, 4, 5, 6, 51], [50, 0, 1, 2, 3, 51]], text.Overflow.Select(part => part.Ids));
    }

    [Theory]
    [InlineData("abcdef", "gh", 5, "abc", "gh")]
    [InlineData("gh", "abcdef", 5, "gh", "abc")]
    [InlineData("abcdef", "abcdef", 5, "ab", "abc")]
    [InlineData("abcdef", "abcde", 5, "abc", "ab")]
    [InlineData("ab", "cd", 5, "ab", "cd")]
    public void The_longer_text_of_a_pair_gets_shorter_first(string first, string second, int room, string keptFirst, string keptSecond)
    {
        EncodedText pair = Letters.EncodePair(first, second, Cut(room, special: false));
        Assert.Equal(keptFirst, Kept(pair, 0, first));
        Assert.Equal(keptSecond, Kept(pair, 1, second));

        static string Kept(EncodedText pair, int sequence, string text) =>
            string.Concat(pair.Offsets.Where((_, i) => pair.Sequences[i] == sequence).Select(range => text[range]));
    }

    /// <summary>The end and the beginning are cut as the truncation of files does it.</summary>
    [Theory]
    [InlineData(CutPart.Tail, false)]
    [InlineData(CutPart.Head, true)]
    public void Parts_that_are_cut_out_afterwards_are_those_that_truncation_cuts(CutPart part, bool fromLeft)
    {
        const string letters = "abcdefghij";
        for (int first = 1; first <= letters.Length; first++)
            for (int length = 6; length <= 14; length++)
            {
                Equal(Letters.Encode(letters[..first], Cut(length, fromLeft: fromLeft)), Letters.Encode(letters[..first]).Without(part, length));
                for (int second = 1; second <= letters.Length; second++)
                    Equal(Letters.EncodePair(letters[..first], letters[..second], Cut(length, fromLeft: fromLeft)), Letters.EncodePair(letters[..first], letters[..second]).Without(part, length));
            }

        static void Equal(EncodedText expected, EncodedText actual)
        {
            Assert.Equal(expected.Ids, actual.Ids);
            Assert.Equal(expected.TypeIds, actual.TypeIds);
            Assert.Equal(expected.Offsets, actual.Offsets);
            Assert.Equal(expected.Sequences, actual.Sequences);
            Assert.Equal(expected.AttentionMask, actual.AttentionMask);
        }
    }

    [Fact]
    public void Without_its_middle_a_text_keeps_both_ends()
    {
        Assert.Equal([50, 0, 1, 2, 8, 9, 51], Letters.Encode("abcdefghij").Without(CutPart.Middle, 7).Ids);
        Assert.Equal([50, 0, 1, 8, 9, 51], Letters.Encode("abcdefghij").Without(CutPart.Middle, 6).Ids);
        EncodedText pair = Letters.EncodePair("abcdefghij", "bc").Without(CutPart.Middle, 9);
        Assert.Equal([50, 0, 1, 8, 9, 51, 1, 2, 51], pair.Ids);
        Assert.Equal([0..0, 0..1, 1..2, 8..9, 9..10, 0..0, 0..1, 1..2, 0..0], pair.Offsets);
        EncodedText whole = Letters.Encode("abc");
        Assert.Same(whole, whole.Without(CutPart.Middle, 5));
        Assert.Contains("no room", Assert.Throws<ArgumentException>(() => whole.Without(CutPart.Tail, 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_text_of_a_pair_may_be_the_one_to_cut()
    {
        EncodedText pair = Letters.EncodePair("ab", "cdefgh", Cut(8, strategy: TruncationStrategy.OnlySecond));
        Assert.Equal([50, 0, 1, 51, 2, 3, 4, 51], pair.Ids);
        Assert.Equal([[50, 0, 1, 51, 5, 6, 7, 51]], pair.Overflow.Select(part => part.Ids));
        Assert.Throws<ArgumentException>(() => Letters.EncodePair("ab", "cdefgh", Cut(8, strategy: TruncationStrategy.OnlyFirst)));
    }

    [Theory]
    [InlineData(1, 0, "leaves no room")]
    [InlineData(4, 2, "stride")]
    public void Impossible_lengths_are_refused(int length, int stride, string named) =>
        Assert.Contains(named, Assert.Throws<ArgumentException>(() => Letters.Encode("abcdef", Cut(length, stride))).Message, StringComparison.Ordinal);

    [Fact]
    public void Parts_are_never_too_long_and_together_hold_the_whole_text() => Gen.Select(Gen.Int[0, 40], Gen.Int[1, 12], Gen.Int[0, 11], Gen.Bool)
        .Where(sample => sample.Item3 < sample.Item2).Sample((count, length, stride, fromLeft) =>
        {
            string text = string.Concat(Enumerable.Range(0, count).Select(i => (char)('a' + i % 10)));
            EncodedText encoded = Letters.Encode(text, Cut(length, stride, fromLeft, special: false));
            EncodedText[] parts = [encoded, .. encoded.Overflow];
            Assert.All(parts, part => Assert.InRange(part.Ids.Length, 0, length));
            Assert.Equal(Enumerable.Range(0, count), parts.SelectMany(part => part.Offsets).Select(range => range.Start.Value).Distinct().Order());
        }, iter: 500);

    [Theory]
    [InlineData(false, null, null, new[] { 0, 1, 2, 7 })]
    [InlineData(true, null, null, new[] { 7, 0, 1, 2 })]
    [InlineData(false, 6, null, new[] { 0, 1, 2, 7, 7, 7 })]
    [InlineData(false, null, 5, new[] { 0, 1, 2, 7, 7 })]
    public void Texts_of_a_batch_become_equally_long(bool onLeft, int? fixedLength, int? multiple, int[] expected)
    {
        var options = new EncodeOptions
        {
            AddSpecialTokens = false,
            Pad = new Padding(7, "h") { OnLeft = onLeft, FixedLength = fixedLength, MultipleOf = multiple, TypeId = 3 },
        };
        EncodedText[] batch = Letters.EncodeBatch(["abc", "abcd"], options, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(expected, batch[0].Ids);
        Assert.Equal(expected.Select(id => id == 7 ? 0 : 1), batch[0].AttentionMask);
        Assert.Equal(expected.Select(id => id == 7 ? 3 : 0), batch[0].TypeIds);
        Assert.Equal(expected.Select(id => id == 7 ? -1 : 0), batch[0].Sequences);
        Assert.All(batch, text => Assert.Equal(expected.Length, text.Ids.Length));
    }

    [Fact]
    public void The_lengths_of_a_file_are_told_and_saved_but_not_applied_unasked()
    {
        TokenizerJson json = TokenizerJson.Of(["a", "b"])
            .With("truncation", """{"direction":"Left","max_length":2,"strategy":"OnlyFirst","stride":1}""")
            .With("padding", """{"strategy":{"Fixed":4},"direction":"Left","pad_to_multiple_of":8,"pad_id":1,"pad_type_id":2,"pad_token":"b"}""");
        using var folder = new TemporaryFolder();
        json.Tokenizer.Save(folder.FullName);
        foreach (Tokenizer tokenizer in new[] { json.Tokenizer, Tokenizer.Load(folder.FullName) })
        {
            Assert.Equal(new Truncation(2) { FromLeft = true, Stride = 1, Strategy = TruncationStrategy.OnlyFirst }, tokenizer.Truncation);
            Assert.Equal(new Padding(1, "b") { FixedLength = 4, MultipleOf = 8, TypeId = 2, OnLeft = true }, tokenizer.Padding);
            Assert.Equal([0, 0, 0], tokenizer.Encode("aaa").Ids);
            Assert.Equal([1, 1, 1, 1, 1, 1, 0, 0], tokenizer.Encode("aaa", new() { Truncate = tokenizer.Truncation, Pad = tokenizer.Padding }).Ids);
        }
    }

    [Fact]
    public void Text_is_decoded_into_memory_of_the_caller()
    {
        Span<char> room = stackalloc char[3];
        Assert.Equal(System.Buffers.OperationStatus.Done, Letters.Decode([0], room, out int ids, out int written));
        Assert.Equal((1, 1), (ids, written));
        Assert.Equal(System.Buffers.OperationStatus.DestinationTooSmall, Letters.Decode([0, 1, 2, 3], room, out ids, out written));
        Assert.Equal("a b", room[..written].ToString());
        Assert.Equal(2, ids);
    }
}
