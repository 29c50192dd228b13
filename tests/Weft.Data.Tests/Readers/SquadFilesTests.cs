using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Weft.Data.Tests.Readers;

public class SquadFilesTests
{
    private const string Small =
        """
        {"version": "v2.0", "data": [
          {"title": "Ada", "paragraphs": [{"context": "🐘 Ada wrote notes.", "qas": [
            {"id": "a", "question": "Who wrote?", "answers": [{"text": "Ada", "answer_start": 2}, {"text": "Ada wrote", "answer_start": 2}], "is_impossible": false},
            {"id": "b", "question": "Who slept?", "answers": [], "plausible_answers": [{"text": "Ada", "answer_start": 2}], "is_impossible": true}]}]},
          {"paragraphs": [{"context": "Second.", "qas": [{"question": "Which?", "id": "c", "answers": [{"answer_start": 0, "text": "Second"}]}]}]}
        ], "more": [1, {"data": [2]}]}
        """;

    [Fact]
    public void Questions_come_with_their_texts_answers_and_articles()
    {
        using var folder = new TemporaryFolder();
        string file = Write(folder, "dev.json", Small);
        ReadingQuestion[] questions = [.. SquadFiles.Read([file])];
        Assert.Equal(["a", "b", "c"], questions.Select(question => question.Id));
        Assert.Equal(["Ada", "Ada", $"{file}, article 2"], questions.Select(question => question.Article));
        Assert.Equal([new("Ada", 2), new("Ada wrote", 2)], questions[0].Answers);
        // Plausible answers are none.
        Assert.Empty(questions[1].Answers);
        Assert.Equal($"{file}, question 'c'", questions[2].Source);
        // The elephant is one character of Python and two units of .NET.
        Assert.Equal(3..6, questions[0].Answers[0].In(questions[0].Context));
        Assert.Equal("Ada", questions[0].Context[questions[0].Answers[0].In(questions[0].Context)!.Value]);
    }

    [Theory]
    [InlineData("a𝒳b😀c", "b", 2, 3, 4)]
    [InlineData("a𝒳b😀c", "😀c", 3, 4, 7)]
    [InlineData("a𝒳b😀c", "a", 0, 0, 1)]
    public void Places_count_code_points(string context, string answer, int start, int first, int end) =>
        Assert.Equal(first..end, new MarkedAnswer(answer, start).In(context));

    [Theory]
    [InlineData("abc", "b", 2, "c")]
    [InlineData("abc", "bcd", 1, "bc")]
    [InlineData("abc", "a", 7, "")]
    [InlineData("abc", "a", -1, "")]
    [InlineData("𝒳", "a", 2, "")]
    public void What_stands_elsewhere_is_told(string context, string answer, int start, string instead)
    {
        var marked = new MarkedAnswer(answer, start);
        Assert.Null(marked.In(context));
        Assert.Equal(instead, marked.Instead(context));
    }

    /// <summary>Articles of all sizes, so that the ends of pieces fall everywhere, within escapes and long texts too.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Large_files_are_read_piece_by_piece(bool compressed)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(3);
        string[] contexts = [.. Enumerable.Range(0, 60).Select(i => string.Concat(Enumerable.Range(0, random.Next(1, 9000)).Select(_ => "aé\"\\嗨😀 \n"[random.Next(6)] is var c && char.IsSurrogate(c) ? 'x' : c)) + $"😀{i}")];
        var data = new { note = contexts, data = contexts.Select((context, i) => new { title = $"{i}", paragraphs = new[] { new { context, qas = new[] { new { id = $"q{i}", question = "?", answers = Array.Empty<string>() } } } } }) };
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(data);
        string file = folder.File("large.json");
        using (FileStream stream = File.Create(file))
        using (Stream target = compressed ? new GZipStream(stream, CompressionLevel.Fastest) : stream)
            target.Write(json);
        Assert.Equal(contexts, SquadFiles.Read([file]).Select(question => question.Context));
    }

    [Theory]
    [InlineData("{\"data\": [}", "is no JSON")]
    [InlineData("{\"data\": [{\"paragraphs\": []}", "is no JSON")]
    [InlineData("[1]", "has no list 'data'")]
    [InlineData("{\"data\": {}}", "has no list 'data'")]
    [InlineData("{\"data\": [{\"title\": \"x\"}]}", ", article 1: has no 'paragraphs' that is a list")]
    [InlineData("{\"data\": [{\"paragraphs\": [{\"context\": 3}]}]}", ", article 1: has no 'context' that is a text")]
    [InlineData("{\"data\": [{\"paragraphs\": [{\"context\": \"c\", \"qas\": [{\"id\": \"q7\", \"question\": \"?\", \"answers\": [{\"text\": \"c\"}]}]}]}]}", ", question 'q7': has no 'answer_start' that is a whole number")]
    public void Damaged_files_are_named_with_the_question(string text, string expected)
    {
        using var folder = new TemporaryFolder();
        string file = Write(folder, "bad.json", text);
        string message = Assert.Throws<InvalidDataException>(() => SquadFiles.Read([file]).ToArray()).Message;
        Assert.StartsWith(file, message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("datasets/xquad/xquad.en.first_half.json.gz")]
    [InlineData("datasets/xquad/xquad.zh.first_half.json.gz")]
    public void Published_answers_stand_where_they_are_said_to(string asset)
    {
        ReadingQuestion[] questions = [.. SquadFiles.Read([TestAssets.Require(asset)])];
        Assert.Equal((632, 24), (questions.Length, questions.DistinctBy(question => question.Article).Count()));
        Assert.All(questions, question => Assert.All(question.Answers, answer => Assert.NotNull(answer.In(question.Context))));
    }

    [Theory]
    [InlineData("out.json")]
    [InlineData("new/out.json.gz")]
    public void What_is_written_is_read_again(string name)
    {
        using var folder = new TemporaryFolder();
        string file = folder.File(name);
        ReadingQuestion[] questions =
        [
            new("a", "Who?", "🐘 Ada wrote.", [new("Ada", 2)], "") { Article = "Ada" },
            new("b", "Who \"slept\"?", "🐘 Ada wrote.", [], "") { Article = "Ada" },
            new("c", "谁？", "第二。", [new("第二", 0), new("二", 1)], "") { Article = "Ada" },
            new("d", "Which?", "第二。", [new("第", 0)], "") { Article = "Bo" },
            // The article again: one of its own, in the order of the questions.
            new("e", "Which?", "Fourth.", [new("Fourth", 0)], "") { Article = "Ada" },
        ];
        SquadFiles.Write(file, questions);
        ReadingQuestion[] read = [.. SquadFiles.Read([file])];
        Assert.Equal(questions.Select(question => (question.Id, question.Question, question.Context, question.Article)), read.Select(question => (question.Id, question.Question, question.Context, question.Article)));
        Assert.Equal(questions.SelectMany(question => question.Answers), read.SelectMany(question => question.Answers));
        using Stream stream = File.OpenRead(file);
        using JsonDocument json = JsonDocument.Parse(name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : stream);
        Assert.Equal("v2.0", json.RootElement.GetProperty("version").GetString());
        Assert.Equal([2, 1, 1], json.RootElement.GetProperty("data").EnumerateArray().Select(article => article.GetProperty("paragraphs").GetArrayLength()));
        Assert.True(json.RootElement.GetProperty("data")[0].GetProperty("paragraphs")[0].GetProperty("qas")[1].GetProperty("is_impossible").GetBoolean());
    }

    [Fact]
    public void A_file_that_cannot_be_finished_stays_as_it_was()
    {
        using var folder = new TemporaryFolder();
        string file = Write(folder, "out.json", Small);
        static IEnumerable<ReadingQuestion> Broken()
        {
            yield return new("a", "Who?", "Ada wrote.", [new("Ada", 0)], "");
            throw new InvalidDataException("broken");
        }
        Assert.Throws<InvalidDataException>(() => SquadFiles.Write(file, Broken()));
        Assert.Equal((Small, "out.json"), (File.ReadAllText(file), Assert.Single(folder.Names)));
        SquadFiles.Write(file, []);
        Assert.Empty(SquadFiles.Read([file]));
    }

    private static string Write(TemporaryFolder folder, string name, string text)
    {
        File.WriteAllText(folder.File(name), text, new UTF8Encoding(false));
        return folder.File(name);
    }
}
