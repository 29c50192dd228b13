using Weft.Training.Objectives;

namespace Weft.Training.Tests.Tokens;

public class EntityScoresTests
{
    private const double Tolerance = 1e-12;

    /// <summary>The vectors of seqeval's tests for the scheme IOB2 (chakki-works/seqeval, tests/test_scheme.py, test_iob2_tokens).</summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("B-PER", "PER 0 1")]
    [InlineData("I-PER", "")]
    [InlineData("O", "")]
    [InlineData("O I-PER", "")]
    [InlineData("O B-PER", "PER 1 2")]
    [InlineData("I-PER O", "")]
    [InlineData("I-PER I-PER", "")]
    [InlineData("I-PER I-ORG", "")]
    [InlineData("I-PER B-PER", "PER 1 2")]
    [InlineData("I-PER B-ORG", "ORG 1 2")]
    [InlineData("B-PER O", "PER 0 1")]
    [InlineData("B-PER I-PER", "PER 0 2")]
    [InlineData("B-PER I-ORG", "PER 0 1")]
    [InlineData("B-PER B-PER", "PER 0 1, PER 1 2")]
    [InlineData("B-PER B-ORG", "PER 0 1, ORG 1 2")]
    public void Entities_are_those_of_seqeval(string labels, string expected) =>
        Assert.Equal(expected, string.Join(", ", EntityScores.Find(Split(labels)).Select(part => $"{part.Kind} {part.Start} {part.End}")));

    /// <summary>Worked by hand: of PER 0..2, LOC 3..4 and PER 5..6, LOC is found, one PER is one word short, one is missed, and an ORG is made up.</summary>
    [Fact]
    public void Scores_are_worked_by_hand()
    {
        string[] names = ["B-LOC", "B-ORG", "B-PER", "I-LOC", "I-PER", "O"];
        var scores = new EntityScores(names);
        int[] Ids(string labels) => [.. Split(labels).Select(label => Array.IndexOf(names, label))];
        scores.Add(Ids("B-PER O O B-LOC"), Ids("B-PER I-PER O B-LOC"));
        scores.Add(Ids("B-ORG O I-PER"), Ids("O B-PER O"));
        Assert.Equal((1, 3, 3), (scores.Right, scores.Predicted, scores.Actual));
        Assert.Equal(1.0 / 3, scores.F1, Tolerance);
        scores.Add(Ids("O B-LOC I-LOC"), Ids("B-PER B-LOC I-LOC"));
        // 2 of 4 predicted, 2 of 5.
        Assert.Equal((0.5, 0.4), (scores.Precision, scores.Recall));
        Assert.Equal(2 * 0.5 * 0.4 / 0.9, scores.F1, Tolerance);
        var none = new EntityScores(names);
        none.Add(Ids("O O"), Ids("O O"));
        Assert.Equal((0, 0, 0), (none.Precision, none.Recall, none.F1));
    }

    [Fact]
    public void Only_labels_of_IOB2_make_entities()
    {
        Assert.True(EntityScores.Fits(["B-PER", "I-PER", "O"]));
        Assert.True(EntityScores.Fits(["B-PER"]));
        Assert.False(EntityScores.Fits(["NOUN", "VERB"]));
        Assert.False(EntityScores.Fits(["B-PER", "E-PER", "O"]));
        Assert.False(EntityScores.Fits(["I-PER", "O"]));
        Assert.False(EntityScores.Fits([]));
        Assert.True(EntityScores.Strays(["B-PER", "I-LOC"]));
        Assert.True(EntityScores.Strays(["O", "I-PER", "I-PER"]));
        Assert.False(EntityScores.Strays(["B-PER", "I-PER", "B-PER", "O"]));
        Assert.Null(new LabelLossOptions(LabelKind.EachWord, 2) { Names = ["NOUN", "VERB"] }.NewScores().Entities);
    }

    private static string[] Split(string labels) => labels.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
