using Weft.Evaluation.Metrics;
using Weft.Evaluation.Metrics.Bleu;
using Weft.Evaluation.Metrics.Chrf;
using Weft.Evaluation.Metrics.Ter;

namespace Weft.Evaluation.Tests.Metrics;

/// <summary>What the metrics refuse, what they allow, and how files are read.</summary>
public sealed class MetricInputTests
{
    [Fact]
    public void Lists_of_unequal_length_are_named_with_both_lengths()
    {
        var failure = Assert.Throws<ArgumentException>(() => new BleuMetric().Score(["a", "b"], ["a", "b"], ["a"]));
        Assert.StartsWith("there are 2 hypotheses, but list 2 of references has 1; give one reference for each hypothesis", failure.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new ChrfMetric().Score(["a"], ["a", "b"]));
        Assert.Throws<ArgumentException>(() => new TerMetric().Score(["a"], ["a", "b"]));
    }

    [Fact]
    public void Nothing_to_score_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new BleuMetric().Score([], [[]]));
        Assert.Throws<ArgumentException>(() => new BleuMetric().ScoreSentence("a"));
        Assert.Throws<ArgumentException>(() => new ChrfMetric().ScoreSentence("a"));
        Assert.Throws<ArgumentException>(() => new TerMetric().ScoreSentence("a"));
    }

    [Fact]
    public void Options_that_cannot_be_computed_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new BleuMetric(new() { MaximumOrder = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BleuMetric(new() { Smoothing = new BleuSmoothing.Floor(-1) }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BleuMetric(new() { Smoothing = new BleuSmoothing.AddK(double.NaN) }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ChrfMetric(new() { CharacterOrder = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ChrfMetric(new() { Beta = -1 }));
    }

    [Fact]
    public void The_score_of_a_corpus_is_that_of_its_summed_statistics()
    {
        string[] hypotheses = ["the cat sat on the mat", "a dog", ""], references = ["the cat is on the mat", "the dog barks", "x"];
        var bleu = new BleuMetric();
        Assert.Equal(bleu.Score(hypotheses, references), bleu.Score(hypotheses.Zip(references, (a, b) => bleu.Measure(a, b))), (a, b) => a!.Score == b!.Score && a.Details == b.Details);
        Assert.Equal([4, 1, 0, 0], bleu.Measure("the the the cat sat on", "the cat is on the mat").Matches);
    }

    [Theory]
    [InlineData("a b c d e f", "f a b c d e", 1)]
    [InlineData("a b c d e f", "d e f a b c", 1)]
    [InlineData("a b c", "x y z", 3)]
    [InlineData("a b c", "", 3)]
    [InlineData("", "a b", 2)]
    [InlineData("a b c d", "b a d c", 2)]
    [InlineData("A b", "a B", 0)]
    public void A_sequence_in_the_wrong_place_costs_one_edit(string hypothesis, string reference, long edits) =>
        Assert.Equal(edits, new TerMetric().ScoreSentence(hypothesis, reference).Edits);

    [Fact]
    public void Ter_takes_the_nearest_reference_and_the_mean_length()
    {
        TerScore score = new TerMetric().ScoreSentence("a b c", "a b c d e", "a b x");
        Assert.Equal(new TerScore(1, 4), score);
        Assert.Equal(25, score.Score);
    }

    [Fact]
    public void Files_end_their_lines_at_line_feeds_only()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.txt");
        File.WriteAllText(path, "one \r\n\u2028two\rthree\t\n\nlast");
        Assert.Equal(["one", "\u2028two\rthree", "", "last"], SegmentFile.Read(path));
        File.WriteAllText(path, "\uFEFFa\n");
        Assert.Equal(["a"], SegmentFile.Read(path));
        string json = folder.File("a.jsonl");
        File.WriteAllText(json, "\"a\\nb \"\n\"c\"\n");
        Assert.Equal(["a\nb ", "c"], SegmentFile.Read(json));
    }

    [Theory]
    [InlineData("a.txt", new byte[] { }, "is empty")]
    [InlineData("a.txt", new byte[] { 0xEF, 0xBB, 0xBF }, "is empty")]
    [InlineData("a.txt", new byte[] { 65, 10, 66, 0xFF }, "line 2: byte 2 is not UTF-8")]
    [InlineData("a.jsonl", new byte[] { 65 }, "line 1: it is no JSON string")]
    [InlineData("a.jsonl", new byte[] { (byte)'1' }, "line 1: it is no JSON string")]
    public void Bad_files_are_named(string name, byte[] content, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File(name), content);
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => SegmentFile.Read(folder.File(name))).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<InvalidDataException>(() => SegmentFile.Read(folder.FullName)).Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", Assert.Throws<FileNotFoundException>(() => SegmentFile.Read(folder.File("none"))).Message, StringComparison.Ordinal);
    }
}
