using System.Text.Json.Serialization;

using Parquet.Serialization;

using Weft.Data;
using Weft.Training.Runs;
using Weft.Training.Tests.Runs;

namespace Weft.Training.Tests.Preferences;

/// <summary>Tasks whose rows lie in Parquet files.</summary>
public sealed class ParquetTaskTests
{
    [Fact]
    public async Task Preferences_are_texts_or_messages()
    {
        using var folder = new TemporaryFolder();
        await ParquetSerializer.SerializeAsync<Texts>([new() { Prompt = "p", Chosen = "c", Rejected = "r" }, new() { Prompt = "q", Chosen = "d", Rejected = "s" }], folder.File("a.parquet"));
        PreferenceRow[] rows = [.. Read(folder.File("a.parquet"))];
        Assert.Equal([("p", "c", "r"), ("q", "d", "s")], rows.Select(row => (row.Prompt[0].Content, row.Chosen[0].Content, row.Rejected[0].Content)));
        Assert.Equal($"{folder.File("a.parquet")}#2", rows[1].Source);

        Message question = new() { Role = "user", Content = "p" };
        await ParquetSerializer.SerializeAsync<Messages>([new() { Chosen = [question, new() { Role = "assistant", Content = "c" }], Rejected = [question, new() { Role = "assistant", Content = "r" }] }], folder.File("b.data"));
        PreferenceRow row = Assert.Single(Read(folder.File("b.data")));
        Assert.Equal(("user", "p", "assistant", "c", "r"), (row.Prompt[0].Role, row.Prompt[0].Content, row.Chosen[0].Role, row.Chosen[0].Content, row.Rejected[0].Content));

        await ParquetSerializer.SerializeAsync<Messages>([new() { Chosen = [question], Rejected = [new() { Role = "user" }] }], folder.File("b.data"));
        Assert.Contains($"{folder.File("b.data")}, row 1: has a message without a text 'content'", Assert.Throws<InvalidDataException>(() => Read(folder.File("b.data")).ToArray()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Labels_words_questions_and_pairs_of_columns_are_those_of_JSON_lines()
    {
        using var folder = new TemporaryFolder();
        Labelled[] labels = [.. Enumerable.Range(0, 60).Select(i => new Labelled { Label = i % 2, Text = $"text {i}" })];
        string json = folder.File("a.jsonl"), packed = folder.File("a.parquet");
        File.WriteAllLines(json, labels.Select(row => System.Text.Json.JsonSerializer.Serialize(row)));
        await ParquetSerializer.SerializeAsync(labels, packed);
        TaskRecipe task = new() { Text = "text", Label = "label", ValidationShare = 0.2, TestShare = 0.2 };
        LabelledRows[] read = [.. new[] { json, packed }.Select(file => LabelledRows.Begin(new() { Task = task with { Files = [file] } }, new RunWatcher(), CancellationToken.None).Rows!)];
        Assert.All(read[0].Splits.Zip(read[1].Splits), split => Assert.Equal(split.First.Select(row => (row.Text, row.Label)), split.Second.Select(row => (row.Text, row.Label))));
        Assert.NotEmpty(read[1].Test);

        string spans = folder.File("s.parquet");
        await ParquetSerializer.SerializeAsync<Asked>([new() { Question = "who?", Context = "Ada wrote", Answer = "Ada", Start = 0 }, new() { Question = "when?", Context = "Ada wrote" }], spans);
        SpanRows questions = SpanRows.Begin(new() { Task = new() { Kind = TaskKind.Spans, Files = [spans], Validation = [spans] } }, new RunWatcher(), CancellationToken.None).Rows;
        Assert.Equal([["Ada"], []], questions.Splits[0].Select(question => question.Answers.Select(answer => answer.Text)));

        var text = new TextRecipe { Paths = [spans], Columns = new() { Source = "question", Target = "context", Validation = [spans] } };
        (Corpus sources, Corpus targets) = PairText.Read(text, new RunWatcher(), CancellationToken.None);
        Assert.Equal([("who?", "Ada wrote"), ("when?", "Ada wrote")], sources.Train.Zip(targets.Train, (source, target) => (source.Text, target.Text)));

        TaskRecipe numbered = task with { Files = [packed], Text = "1", Label = "2", Format = TableFormat.Parquet };
        Assert.Contains("task.format is parquet; keys of JSON have names, and so have columns of Parquet", Assert.Throws<InvalidDataException>(() =>
            LabelledRows.Begin(new() { Task = numbered }, new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<PreferenceRow> Read(string file) => PreferenceFiles.Read(new() { Kind = TaskKind.Preference }, [file], CancellationToken.None);

#pragma warning disable CA1812 // Made by the serializer.
    private sealed class Texts
    {
        [JsonPropertyName("prompt")]
        public string? Prompt { get; set; }

        [JsonPropertyName("chosen")]
        public string? Chosen { get; set; }

        [JsonPropertyName("rejected")]
        public string? Rejected { get; set; }
    }

    private sealed class Message
    {
        [JsonPropertyName("role")]
        public string? Role { get; set; }

        [JsonPropertyName("content")]
        public string? Content { get; set; }
    }

    private sealed class Messages
    {
        [JsonPropertyName("chosen")]
        public List<Message>? Chosen { get; set; }

        [JsonPropertyName("rejected")]
        public List<Message>? Rejected { get; set; }
    }

    private sealed class Labelled
    {
        [JsonPropertyName("label")]
        public int Label { get; set; }

        [JsonPropertyName("text")]
        public string? Text { get; set; }
    }

    private sealed class Asked
    {
        [JsonPropertyName("question")]
        public string? Question { get; set; }

        [JsonPropertyName("context")]
        public string? Context { get; set; }

        [JsonPropertyName("answer")]
        public string? Answer { get; set; }

        [JsonPropertyName("answer_start")]
        public int? Start { get; set; }
    }
#pragma warning restore CA1812
}
