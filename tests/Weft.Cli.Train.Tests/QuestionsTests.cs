using System.Globalization;
using System.Text.Json;
using Weft.Data;

namespace Weft.Cli.Train.Tests;

/// <summary><c>weft data questions</c>, and a task that reads what it wrote.</summary>
public class QuestionsTests
{
    [Fact]
    public void A_text_becomes_questions_that_a_task_reads()
    {
        using var folder = new TemporaryFolder();
        Write(folder.File("text.txt"));
        (int exitCode, string output, string error) = SmallRun.Run(CancellationToken.None, "data", "questions", folder.File("text.txt"), "--out", folder.File("cloze.json"), "--seed", "3", "--json");
        Assert.True(exitCode == 0, error);
        ReadingQuestion[] questions = [.. SquadFiles.Read([folder.File("cloze.json")])];
        JsonElement json = JsonDocument.Parse(output).RootElement;
        Assert.Equal(["out", "questions", "passages", "articles", "kinds"], json.EnumerateObject().Select(property => property.Name));
        Assert.Equal((questions.Length, questions.DistinctBy(question => question.Context).Count(), 40),
            (json.GetProperty("questions").GetInt32(), json.GetProperty("passages").GetInt32(), json.GetProperty("articles").GetInt32()));
        Assert.Equal(["date", "number", "name", "quotation", "phrase"], json.GetProperty("kinds").EnumerateObject().Select(property => property.Name));
        Assert.Equal(questions.Length, json.GetProperty("kinds").EnumerateObject().Sum(kind => kind.Value.GetInt32()));
        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"Town {i}"), questions.Select(question => question.Article).Distinct());
        Assert.Equal(ClozeQuestions.Make([folder.File("text.txt")], new() { Seed = 3 }).Select(question => question.Question.Question), questions.Select(question => question.Question));

        File.WriteAllText(folder.File("recipe.yaml"), $$"""
            name: reader
            task: { kind: spans, files: ['{{folder.File("cloze.json")}}'], validation-share: 0.3, test-share: 0.2 }
            model: { architecture: bert, layers: 1, width: 32, heads: 2, context: 128 }

            """);
        (exitCode, output, error) = SmallRun.Run(CancellationToken.None, "baseline", folder.File("recipe.yaml"));
        Assert.True(exitCode == 0, error);
        Assert.StartsWith("sliding window: exact match ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("cannot be used", error, StringComparison.Ordinal);
        Assert.Contains("0 exact duplicates dropped", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Counts_are_limited_and_files_compressed_as_asked()
    {
        using var folder = new TemporaryFolder();
        Write(folder.File("text.txt"));
        (int exitCode, string output, string error) = SmallRun.Run(CancellationToken.None,
            "data", "questions", folder.FullName, "--out", folder.File("some.json.gz"), "--per-passage", "2", "--limit", "9");
        Assert.True(exitCode == 0, error);
        Assert.StartsWith($"{folder.File("some.json.gz")}: 9 questions on 5 passages of 5 articles; ", output, StringComparison.Ordinal);
        Assert.Matches(@"; \d dates, \d numbers, \d names, \d quotations, \d phrases\s*$", output);
        Assert.Equal(9, SquadFiles.Read([folder.File("some.json.gz")]).Count());
        Assert.Equal(0x1F, File.ReadAllBytes(folder.File("some.json.gz"))[0]);
    }

    [Fact]
    public void What_cannot_be_done_is_said_and_leaves_no_file()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("short.txt"), "Too short.");
        foreach ((int expected, string named, string[] args) in new (int, string, string[])[]
        {
            (1, "no passage of 60 to 150 words", [folder.File("short.txt"), "--out", folder.File("out.json")]),
            (1, "no such file", [folder.File("none.txt"), "--out", folder.File("out.json")]),
            (2, "which is a folder", [folder.File("short.txt"), "--out", folder.FullName]),
            (2, "which is one of the texts", [folder.File("short.txt"), "--out", folder.File("short.txt")]),
            (2, "--out", [folder.File("short.txt")]),
            (2, "--per-passage", [folder.File("short.txt"), "--out", folder.File("out.json"), "--per-passage", "0"]),
            (2, "--drop is '1'; use a share", [folder.File("short.txt"), "--out", folder.File("out.json"), "--drop", "1"]),
        })
        {
            (int exitCode, string output, string error) = SmallRun.Run(CancellationToken.None, ["data", "questions", .. args]);
            Assert.Equal((expected, ""), (exitCode, output));
            Assert.Contains(named, error, StringComparison.Ordinal);
        }
        Assert.Equal(["short.txt"], folder.Names);
    }

    /// <summary>An article on each of forty towns, of one passage.</summary>
    private static void Write(string path) => File.WriteAllText(path, string.Concat(Enumerable.Range(0, 40).Select(i => string.Create(CultureInfo.InvariantCulture, $"""
         = Town {i} =

        The old town of Velto{(char)('a' + (i % 26))}n was founded in {1400 + (3 * i)} by settlers from the hills, and it had {20 + i} houses. In a letter to the mayor Ada Brook{i} called it "the quiet harbour" of the coast.
        A second church was built under Prince Odo{i} with money from the salt trade, and the bridge over the river Arn was finished after {i + 3} years of work.
        Today the market is held on the first days of spring, when visitors come for the bread and the music, and the museum shows a model of the harbour.

        """))));
}
