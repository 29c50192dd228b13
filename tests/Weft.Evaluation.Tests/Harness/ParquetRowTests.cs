using System.Text.Json;
using System.Text.Json.Serialization;
using Parquet.Serialization;
using Weft.Evaluation.Harness.Tasks;

namespace Weft.Evaluation.Tests.Harness;

/// <summary>Data sets as the Hugging Face Hub has them.</summary>
public sealed class ParquetRowTests
{
    [Fact]
    public async Task Rows_of_Parquet_ask_what_those_of_JSON_lines_ask()
    {
        using var folder = new TemporaryFolder();
        ArcRow[] rows = [.. Enumerable.Range(0, 5).Select(i => new ArcRow { Question = $"Which is {i}?", Choices = new() { Text = ["one", $"{i}", "many"], Label = ["A", "B", "C"] }, Key = "B" })];
        File.WriteAllLines(folder.File("rows.jsonl"), rows.Select(row => JsonSerializer.Serialize(row)));
        string file = folder.File("arc_easy.test.parquet");
        await ParquetSerializer.SerializeAsync(rows, file);
        EvaluationTask task = TaskCatalog.FindTask("arc_easy")!;
        Assert.Equal(file, DataFiles.Find(folder.FullName, task.Files, task.Name, []));
        Assert.Equal(task.Read(folder.File("rows.jsonl")).Select(row => Asked(task.Ask(row))), task.Read(file).Select(row => Asked(task.Ask(row))));
        Assert.Equal($"file '{file}', row 2", task.Read(file).ElementAt(1).Source);

        File.Move(folder.File("rows.jsonl"), folder.File("arc_easy.test.jsonl"));
        Assert.Contains("leave one of them", Assert.Throws<InvalidDataException>(() => DataFiles.Find(folder.FullName, task.Files, task.Name, [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whole_numbers_and_truth_values_are_read()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("a.parquet");
        await ParquetSerializer.SerializeAsync<Marked>([new() { Answer = true, Gold = 3 }], file);
        Row row = Assert.Single(RowFile.JsonLines(file));
        Assert.Equal((true, 3, false), (row.Flag("answer"), row.Number("gold"), row.Has("missing")));
        Assert.Equal($"file '{file}', row 1: field 'text' is missing; the row has 'answer', 'gold'", Assert.Throws<InvalidDataException>(() => row.Text("text")).Message);
    }

    private static string Asked(Question question) =>
        string.Join('|', ((Question.Alternatives)question).Items.Select(item => $"{item.Prompt}{item.Answer}")) + ((Question.Alternatives)question).Gold;

#pragma warning disable CA1812 // Made by the serializer.
    private sealed class ArcRow
    {
        [JsonPropertyName("question")]
        public string? Question { get; set; }

        [JsonPropertyName("choices")]
        public ArcChoices? Choices { get; set; }

        [JsonPropertyName("answerKey")]
        public string? Key { get; set; }
    }

    private sealed class ArcChoices
    {
        [JsonPropertyName("text")]
        public List<string>? Text { get; set; }

        [JsonPropertyName("label")]
        public List<string>? Label { get; set; }
    }

    private sealed class Marked
    {
        [JsonPropertyName("answer")]
        public bool Answer { get; set; }

        [JsonPropertyName("gold")]
        public int Gold { get; set; }
    }
#pragma warning restore CA1812
}
