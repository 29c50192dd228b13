using Weft.Evaluation.Metrics.Squad;

namespace Weft.Evaluation.Tests.Metrics;

/// <summary>Exact match and F1, worked out by hand.</summary>
public sealed class SquadTests
{
    private static readonly SquadQuestion[] Questions =
    [
        new("a", ["Denver Broncos", "The Broncos"]),
        new("b", ["gold"]),
        new("c", []),
        new("d", ["the", "1,000 m"]),
    ];

    [Fact]
    public void First_release_takes_the_best_answer_and_zero_for_what_is_missing()
    {
        SquadScore score = new SquadMetric(SquadRelease.V1).Score([.. Questions.Where(question => question.Id != "c")],
            new Dictionary<string, string> { ["a"] = "the broncos!", ["d"] = "about 1000 M", ["other"] = "x" });
        Assert.Equal(new SquadScore(100.0 / 3, 100 * (1 + 0.8) / 3, 3) { Missing = 1 }, score);
    }

    [Fact]
    public void Second_release_wants_an_empty_text_where_there_is_no_answer()
    {
        Dictionary<string, string> predictions = new() { ["a"] = "Broncos Denver", ["b"] = "", ["c"] = "", ["d"] = "1000 m" };
        SquadScore score = new SquadMetric(SquadRelease.V2).Score(Questions, predictions);
        Assert.Equal(new SquadScore(50, 75, 4)
        {
            Answerable = new(100.0 / 3, 200.0 / 3, 3),
            Unanswerable = new(100, 100, 1),
        }, score);
        Assert.Equal(25, new SquadMetric(SquadRelease.V2).Score(Questions, new Dictionary<string, string>(predictions) { ["c"] = "x" }).ExactMatch);
    }

    [Fact]
    public void The_best_threshold_is_found()
    {
        Dictionary<string, string> predictions = new() { ["a"] = "Broncos", ["b"] = "gold", ["c"] = "x", ["d"] = "wrong" };
        Dictionary<string, double> noAnswer = new() { ["a"] = 0.1, ["b"] = 0.2, ["c"] = 0.7, ["d"] = 0.8 };
        SquadScore score = new SquadMetric(SquadRelease.V2).Score(Questions, predictions, noAnswer, threshold: 0.15);
        // Above 0.15 all are taken as empty: a is right, and so is c.
        Assert.Equal(50, score.ExactMatch);
        Assert.Equal(new SquadThresholds(75, 0.2, 75, 0.2), score.Best);
    }

    [Fact]
    public void What_the_rules_do_not_know_is_refused()
    {
        Assert.Contains("'c' has no answer", Assert.Throws<ArgumentException>(() =>
            new SquadMetric(SquadRelease.V1).Score(Questions, new Dictionary<string, string>())).Message, StringComparison.Ordinal);
        Assert.Contains("'a' has no prediction", Assert.Throws<ArgumentException>(() =>
            new SquadMetric(SquadRelease.V2).Score(Questions, new Dictionary<string, string>())).Message, StringComparison.Ordinal);
        Assert.Contains("'a' has no probability", Assert.Throws<ArgumentException>(() =>
            new SquadMetric(SquadRelease.V2).Score(Questions, Questions.ToDictionary(q => q.Id, _ => ""), new Dictionary<string, double>())).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new SquadMetric(SquadRelease.V1).Score([], new Dictionary<string, string>()));
    }

    [Theory]
    [InlineData("{\"data\":[{\"paragraphs\":[{\"qas\":[{\"id\":\"q\",\"answers\":[{\"text\":\"x\"}]}]}]}]}", SquadRelease.V1)]
    [InlineData("{\"data\":[{\"paragraphs\":[{\"qas\":[{\"id\":\"q\",\"answers\":[{\"text\":\"x\"}],\"is_impossible\":false}]}]}]}", SquadRelease.V2)]
    [InlineData("{\"data\":[{\"paragraphs\":[{\"qas\":[{\"id\":\"q\",\"answers\":[]}]}]}]}", SquadRelease.V2)]
    public void Data_sets_say_whose_rules_hold(string content, SquadRelease release)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.json"), content);
        (IReadOnlyList<SquadQuestion> questions, SquadRelease found) = SquadFile.ReadQuestions(folder.File("a.json"));
        Assert.Equal(release, found);
        Assert.Equal("q", Assert.Single(questions).Id);
    }

    [Theory]
    [InlineData("[", "is no JSON")]
    [InlineData("{}", "a list 'data' is missing")]
    [InlineData("{\"data\":[]}", "has no questions")]
    [InlineData("{\"data\":[{\"paragraphs\":[{\"qas\":[{\"answers\":[]}]}]}]}", "a text 'id' is missing")]
    [InlineData("{\"data\":[{\"paragraphs\":[{\"qas\":[{\"id\":\"q\",\"answers\":[]},{\"id\":\"q\",\"answers\":[]}]}]}]}", "has question 'q' twice")]
    public void Bad_data_sets_are_named(string content, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.json"), content);
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => SquadFile.ReadQuestions(folder.File("a.json"))).Message, StringComparison.Ordinal);
        File.WriteAllText(folder.File("p.json"), "{\"a\":1}");
        Assert.Contains("the value of 'a' is Number; use String",
            Assert.Throws<InvalidDataException>(() => SquadFile.ReadPredictions(folder.File("p.json"))).Message, StringComparison.Ordinal);
        Assert.Equal(1, SquadFile.ReadProbabilities(folder.File("p.json"))["a"]);
    }
}
