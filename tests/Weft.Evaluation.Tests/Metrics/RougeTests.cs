using Weft.Evaluation.Metrics.Rouge;

namespace Weft.Evaluation.Tests.Metrics;

/// <summary>ROUGE on examples of its paper and of rouge-score's tests, worked out by hand, and the stemmer on words of Porter's paper.</summary>
public sealed class RougeTests
{
    [Theory]
    [InlineData("rouge1", "testing", 1, 1.0 / 3)]
    [InlineData("rouge2", "testing one", 1, 1.0 / 2)]
    [InlineData("rougeL", "testing two", 1, 2.0 / 3)]
    [InlineData("rougeL", "two testing", 0.5, 1.0 / 3)]
    [InlineData("rouge1", "", 0, 0)]
    [InlineData("rougeL", "", 0, 0)]
    [InlineData("rougeLsum", "/", 0, 0)]
    [InlineData("rouge3", "testing one", 0, 0)]
    public void Against_three_words(string kind, string hypothesis, double precision, double recall) =>
        Assert.Equal(new RougeScore(precision, recall), new RougeMetric().ScoreSegment(RougeKind.Parse(kind)!, hypothesis, "Testing, one-two"));

    [Fact]
    public void The_union_of_subsequences_is_that_of_the_paper()
    {
        RougeScore score = new RougeMetric().ScoreSegment(new RougeKind.SummaryLevel(), "w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", "w1 w2 w3 w4 w5");
        Assert.Equal(new RougeScore(0.4, 0.8), score);
        Assert.Equal(2 * 0.4 * 0.8 / 1.2, score.F, 1e-15);
    }

    [Fact]
    public void Of_several_references_the_best_counts_and_items_are_averaged()
    {
        var metric = new RougeMetric();
        Assert.Equal(new RougeScore(1, 1), metric.ScoreSegment(new RougeKind.NGrams(1), "a b", "a x y", "b a"));
        (double precision, double recall, double f) = metric.Score(new RougeKind.NGrams(1), ["a b", "c"], ["a x y", "d"], ["b a", "e"]);
        Assert.Equal((0.5, 0.5, 0.5), (precision, recall, f));
    }

    [Fact]
    public void Words_are_letters_and_digits_and_longer_ones_lose_their_endings()
    {
        Assert.Equal(["don", "t", "caf", "50", "k"], new RougeMetric().Tokenize("Don't  café 50\u212A".Replace("50\u212A", "50 \u212A", StringComparison.Ordinal)));
        Assert.Equal(["has", "run", "die"], new RougeMetric(stem: true).Tokenize("has running dying"));
    }

    [Theory]
    [InlineData("rouge1", true)]
    [InlineData("rouge9", true)]
    [InlineData("rougeLsum", true)]
    [InlineData("rouge0", false)]
    [InlineData("rouge10", false)]
    [InlineData("rougel", false)]
    public void Kinds_have_their_names(string name, bool known) => Assert.Equal(known ? name : null, RougeKind.Parse(name)?.Name);

    [Theory]
    [InlineData("caresses", "caress")]
    [InlineData("ponies", "poni")]
    [InlineData("feed", "feed")]
    [InlineData("agreed", "agre")]
    [InlineData("plastered", "plaster")]
    [InlineData("bled", "bled")]
    [InlineData("motoring", "motor")]
    [InlineData("sing", "sing")]
    [InlineData("conflated", "conflat")]
    [InlineData("hopping", "hop")]
    [InlineData("falling", "fall")]
    [InlineData("filing", "file")]
    [InlineData("happy", "happi")]
    [InlineData("relational", "relat")]
    [InlineData("vietnamization", "vietnam")]
    [InlineData("hopefulness", "hope")]
    [InlineData("electrical", "electr")]
    [InlineData("adoption", "adopt")]
    [InlineData("controlling", "control")]
    [InlineData("generalizations", "gener")]
    // Where NLTK departs from the paper.
    [InlineData("enjoy", "enjoy")]
    [InlineData("dies", "die")]
    [InlineData("flies", "fli")]
    [InlineData("spied", "spi")]
    [InlineData("skies", "sky")]
    [InlineData("geology", "geolog")]
    [InlineData("as", "as")]
    public void Stems(string word, string stem) => Assert.Equal(stem, PorterStemmer.Stem(word));
}
