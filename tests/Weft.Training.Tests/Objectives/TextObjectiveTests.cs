using Weft.Data;
using Weft.Training.Batches;
using Weft.Training.Objectives;

namespace Weft.Training.Tests.Objectives;

public class TextObjectiveTests
{
    private const long Mask = 900, Start = 901, End = 902, Begin = 903, Sentinel = 999;

    [Fact]
    public void Causal_text_predicts_each_token_but_the_first()
    {
        Example example = new CausalText().Make([5, 6, 7, 8], Random(0));
        Assert.Equal([5, 6, 7], example.Ids);
        Assert.Equal([6, 7, 8], example.Targets);
    }

    [Fact]
    public void A_prefix_of_any_length_is_read_and_what_follows_predicted()
    {
        long[] ids = Text(9);
        var lengths = new int[10];
        for (int i = 0; i < 4000; i++)
        {
            Example example = new PrefixText().Make(ids, Random(i));
            lengths[example.PrefixLength]++;
            Assert.Equal(ids[..^1], example.Ids);
            Assert.Equal(ids[1..].Select((id, t) => t + 1 >= example.PrefixLength ? id : TrainingBatch.Ignored), example.Targets);
        }
        Assert.Equal(0, lengths[0]);
        Assert.All(lengths[1..9], count => Assert.InRange(count, 420, 580)); // 500 with a deviation of 21
        Assert.Equal(0, lengths[9]);
    }

    [Fact]
    public void Of_masked_text_fifteen_of_a_hundred_are_chosen_and_eighty_ten_ten_masked_replaced_and_left()
    {
        var objective = new MaskedText(Mask, 800) { BeginId = Begin, EndId = End };
        long[] ids = Text(100);
        (int masked, int replaced, int left) = (0, 0, 0);
        int[] chosen = new int[100];
        for (int i = 0; i < 1000; i++)
        {
            Example example = objective.Make(ids, Random(i));
            Assert.Equal((Begin, End), (example.Ids[0], example.Ids[^1]));
            Assert.Equal((TrainingBatch.Ignored, TrainingBatch.Ignored), (example.Targets[0], example.Targets[^1]));
            Assert.Equal(15, example.Targets.Count(target => target != TrainingBatch.Ignored));
            for (int t = 0; t < 100; t++)
            {
                long read = example.Ids[t + 1], target = example.Targets[t + 1];
                if (target == TrainingBatch.Ignored)
                {
                    Assert.Equal(ids[t], read);
                    continue;
                }
                Assert.Equal(ids[t], target);
                chosen[t]++;
                _ = read == Mask ? masked++ : read == ids[t] ? left++ : replaced++;
            }
        }
        // 15,000 chosen: deviations of 49 and 37. One replacement in 800 is the token itself.
        Assert.InRange(masked, 11_800, 12_200);
        Assert.InRange(replaced, 1_350, 1_650);
        Assert.InRange(left, 1_350, 1_650);
        Assert.All(chosen, count => Assert.InRange(count, 90, 210)); // 150 with a deviation of 11
    }

    [Fact]
    public void Words_are_chosen_whole_and_special_tokens_never()
    {
        // Every third id begins a word; 50 is special.
        bool[] begins = [.. Enumerable.Range(0, 200).Select(id => id % 3 == 0)];
        var objective = new MaskedText(Mask, 200) { BeginsWord = begins, Special = new HashSet<long> { 50 } };
        long[] ids = [.. Enumerable.Range(0, 100).Select(i => (long)i)];
        for (int i = 0; i < 300; i++)
        {
            Example example = objective.Make(ids, Random(i));
            bool[] chosen = [.. example.Targets.Select(target => target != TrainingBatch.Ignored)];
            Assert.False(chosen[50]);
            for (int t = 0; t < 99; t++)
                if (t % 3 == 0 && t != 48)
                    Assert.True(chosen[t] == chosen[t + 1] && chosen[t] == chosen[t + 2], $"the word at {t}");
            Assert.InRange(chosen.Count(c => c), 13, 15);
        }
        // A single word longer than the share is chosen all the same.
        Assert.Equal(3, new MaskedText(Mask, 200) { BeginsWord = begins }.Make([3, 4, 5], Random(1)).Targets.Count(target => target != TrainingBatch.Ignored));
    }

    [Fact]
    public void Sizes_of_corrupted_spans_are_those_of_T5()
    {
        // The published numbers: sources of 512 tokens are made from 568, and targets take 114.
        var objective = new SpanCorruption(Sentinel, 100, Start, End);
        Assert.Equal(568, objective.PieceLength(512));
        Assert.Equal(new RowSize(114, 512), objective.SizeOf(568));
    }

    [Theory]
    [InlineData(568)]
    [InlineData(100)]
    [InlineData(20)]
    [InlineData(3)]
    [InlineData(2)]
    public void Corrupted_spans_put_back_give_the_text(int length)
    {
        var objective = new SpanCorruption(Sentinel, 100, Start, End);
        long[] ids = Text(length);
        var firsts = new HashSet<int>();
        for (int i = 0; i < 50; i++)
        {
            Example example = objective.Make(ids, Random(i));
            Assert.Equal(objective.SizeOf(length), new RowSize(example.Ids.Length, example.SourceIds!.Length));
            Assert.Equal((End, End), (example.SourceIds[^1], example.Targets[^1]));
            Assert.Equal([Start, .. example.Targets[..^1]], example.Ids);
            var spans = new Dictionary<long, List<long>>();
            long open = 0;
            foreach (long id in example.Targets[..^1])
            {
                if (id > Sentinel - 100)
                    spans.Add(open = id, []);
                else
                    spans[open].Add(id);
            }
            Assert.All(spans.Values, span => Assert.NotEmpty(span));
            Assert.Equal(Enumerable.Range(0, spans.Count).Select(s => Sentinel - s), example.SourceIds.Where(spans.ContainsKey));
            Assert.Equal(ids, example.SourceIds[..^1].SelectMany(id => spans.GetValueOrDefault(id) ?? [id]));
            // A text begins with what is kept, and no two spans touch.
            Assert.DoesNotContain(example.SourceIds[0], spans.Keys);
            Assert.DoesNotContain(example.SourceIds.Zip(example.SourceIds.Skip(1)), pair => spans.ContainsKey(pair.First) && spans.ContainsKey(pair.Second));
            firsts.Add(Array.IndexOf(example.SourceIds, Sentinel));
        }
        if (length >= 100)
            Assert.InRange(firsts.Count, 5, 50);
    }

    [Fact]
    public void Denoising_masks_thirty_of_a_hundred_in_spans_of_mean_three_and_keeps_the_rest_in_order()
    {
        var objective = new Denoising(Mask, Start, End) { BeginId = Begin };
        long[] ids = Text(200);
        int masks = 0;
        for (int i = 0; i < 500; i++)
        {
            Example example = objective.Make(ids, Random(i));
            Assert.Equal([Begin, .. ids, End], example.Targets);
            Assert.Equal([Start, Begin, .. ids], example.Ids);
            long[] source = example.SourceIds!, kept = [.. source[1..^1].Where(id => id != Mask)];
            Assert.Equal((Begin, End), (source[0], source[^1]));
            Assert.Equal(140, kept.Length);
            Assert.Equal(kept.Order(), kept);
            Assert.InRange(source.Length, 143, 202);
            masks += source.Count(id => id == Mask);
        }
        // Spans of a Poisson number of tokens, mean 3, cover 60: about 20 draws, those of no length too, and one more that is cut off.
        Assert.InRange(masks / 500.0, 19.5, 21.5);
    }

    [Fact]
    public void Sentences_change_places_and_stay_whole()
    {
        bool[] ends = new bool[1000];
        ends[7] = true;
        // Nothing but one token of a hundred is masked; sentences of ten tokens, ended by 7.
        var objective = new Denoising(Mask, Start, End) { Share = 0.001, EndsSentence = ends };
        long[] ids = [.. Enumerable.Range(0, 100).Select(i => i % 10 == 9 ? 7 : 100L + i)];
        var orders = new HashSet<string>();
        for (int i = 0; i < 50; i++)
        {
            Example example = objective.Make(ids, Random(i));
            Assert.Equal([.. ids, End], example.Targets);
            long[] kept = [.. example.SourceIds![..^1].Where(id => id != Mask)];
            Assert.Equal(99, kept.Length);
            Assert.Empty(kept.Except(ids));
            // Within a sentence, ids follow each other.
            long[] sentences = [.. kept.Where(id => id != 7).Select(id => (id - 100) / 10)];
            Assert.Equal(10, 1 + sentences.Zip(sentences.Skip(1)).Count(pair => pair.First != pair.Second));
            orders.Add(string.Join(',', sentences.Distinct()));
        }
        Assert.InRange(orders.Count, 45, 50);
    }

    [Fact]
    public void What_cannot_be_is_refused_by_name()
    {
        Assert.Contains("sentinels", Assert.Throws<ArgumentException>(() => new SpanCorruption(Sentinel, 10, Start, End).PieceLength(512)).Message, StringComparison.Ordinal);
        Assert.Contains("2 tokens", Assert.Throws<ArgumentException>(() => new SpanCorruption(Sentinel, 10, Start, End).PieceLength(2)).Message, StringComparison.Ordinal);
        Assert.Contains("Density is 1", Assert.Throws<ArgumentOutOfRangeException>(() => new SpanCorruption(Sentinel, 10, Start, End) { Density = 1 }.PieceLength(9)).Message, StringComparison.Ordinal);
        Assert.Contains("2 tokens", Assert.Throws<ArgumentException>(() => new MaskedText(Mask, 9) { BeginId = 1, EndId = 2 }.PieceLength(2)).Message, StringComparison.Ordinal);
        Assert.Contains("0.95", Assert.Throws<ArgumentException>(() => new MaskedText(Mask, 9) { MaskedShare = 0.95 }.PieceLength(9)).Message, StringComparison.Ordinal);
        Assert.Contains("MeanSpan is 0", Assert.Throws<ArgumentOutOfRangeException>(() => new Denoising(Mask, Start, End) { MeanSpan = 0 }.PieceLength(9)).Message, StringComparison.Ordinal);
        Assert.Contains("EndsSentence says nothing of id 3", Assert.Throws<ArgumentException>(() => new Denoising(Mask, Start, End) { EndsSentence = [false, true, false] }.Make(Text(5), Random(0))).Message, StringComparison.Ordinal);
        Assert.Contains("BeginsWord says nothing of id 2", Assert.Throws<ArgumentException>(() => new MaskedText(Mask, 9) { BeginsWord = [true, true] }.Make(Text(3), Random(0))).Message, StringComparison.Ordinal);
        Assert.Equal(2, new Denoising(Mask, Start, End).PieceLength(3));
        Assert.Throws<ArgumentException>(() => new Denoising(Mask, Start, End).PieceLength(2));
    }

    private static KeyedRandom Random(int i) => new(4, 0, i);

    /// <summary>Ids that tell their position.</summary>
    private static long[] Text(int length) => [.. Enumerable.Range(0, length).Select(i => (long)i)];
}
