using System.Globalization;
using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Weft.Data;

/// <summary>
/// Reads and writes the files of SQuAD 1.1 and 2.0 (Rajpurkar et al. 2016, arXiv:1606.05250; 2018, arXiv:1806.03822) and of data sets in their form, plain or gzip-compressed, an
/// article at a time.
/// </summary>
public static class SquadFiles
{
    // No page ever holds it, so that Chinese stays readable.
    private static readonly JsonWriterOptions Form = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads files.</summary>
    /// <param name="files">Paths, as <see cref="TextFiles.Expand"/> gives them.</param>
    /// <param name="ct">Checked at each article.</param>
    /// <exception cref="InvalidDataException">A file is no JSON, or a key is missing; the message names file and question.</exception>
    public static IEnumerable<ReadingQuestion> Read(IEnumerable<string> files, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        return ReadAll(files, ct);
    }

    /// <summary>
    /// Writes a file, an article at a time: questions of one article, and those of one text, that follow each other are put together.
    /// </summary>
    /// <param name="path">Replaced whole, and left as it was where something fails; compressed where it ends in .gz.</param>
    /// <param name="questions">What is written.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<ReadingQuestion> questions)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(questions);
        AtomicFile.Write(path, stream =>
        {
            if (!path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            {
                WriteAll(stream, questions);
                return;
            }
            using var compressed = new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true);
            WriteAll(compressed, questions);
        });
    }

    private static void WriteAll(Stream stream, IEnumerable<ReadingQuestion> questions)
    {
        using (var json = new Utf8JsonWriter(stream, Form))
        {
            ReadingQuestion? last = null;
            bool allAnswered = true;
            json.WriteStartObject();
            json.WriteStartArray("data");
            foreach (ReadingQuestion question in questions)
            {
                WriteBeginning(json, last, question);
                WriteQuestion(json, question);
                allAnswered &= question.Answers.Count > 0;
                last = question;
            }
            if (last is not null)
                WriteEnds(json, article: true);
            json.WriteEndArray();
            json.WriteString("version", allAnswered ? "1.1" : "v2.0");
            json.WriteEndObject();
        }
        stream.WriteByte((byte)'\n');
    }

    /// <summary>Ends the text and the article of the question before, and begins those of the next, where they differ.</summary>
    private static void WriteBeginning(Utf8JsonWriter json, ReadingQuestion? last, ReadingQuestion next)
    {
        bool article = last?.Article != next.Article;
        if (!article && last!.Context == next.Context)
            return;
        if (last is not null)
            WriteEnds(json, article);
        if (article)
        {
            // What is written so far leaves memory.
            json.Flush();
            json.WriteStartObject();
            json.WriteString("title", next.Article);
            json.WriteStartArray("paragraphs");
        }
        json.WriteStartObject();
        json.WriteString("context", next.Context);
        json.WriteStartArray("qas");
    }

    private static void WriteEnds(Utf8JsonWriter json, bool article)
    {
        json.WriteEndArray();
        json.WriteEndObject();
        if (!article)
            return;
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteQuestion(Utf8JsonWriter json, ReadingQuestion question)
    {
        json.WriteStartObject();
        json.WriteString("id", question.Id);
        json.WriteString("question", question.Question);
        json.WriteStartArray("answers");
        foreach (MarkedAnswer answer in question.Answers)
        {
            json.WriteStartObject();
            json.WriteString("text", answer.Text);
            json.WriteNumber("answer_start", answer.Start);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (question.Answers.Count == 0)
            json.WriteBoolean("is_impossible", true);
        json.WriteEndObject();
    }

    private static IEnumerable<ReadingQuestion> ReadAll(IEnumerable<string> files, CancellationToken ct)
    {
        foreach (string file in files)
        {
            int number = 0;
            foreach (JsonDocument item in new JsonItems(file, "data").Read())
            {
                ct.ThrowIfCancellationRequested();
                number++;
                ReadingQuestion[] questions;
                using (item)
                    questions = [.. OfArticle(file, item.RootElement, number)];
                foreach (ReadingQuestion question in questions)
                    yield return question;
            }
        }
    }

    private static IEnumerable<ReadingQuestion> OfArticle(string file, JsonElement article, int number)
    {
        string where = string.Create(CultureInfo.InvariantCulture, $"{file}, article {number}");
        string title = article.ValueKind == JsonValueKind.Object && article.TryGetProperty("title", out JsonElement named) && named.ValueKind == JsonValueKind.String ? named.GetString()! : where;
        foreach (JsonElement paragraph in List(where, article, "paragraphs"))
        {
            string context = Text(where, paragraph, "context");
            foreach (JsonElement question in List(where, paragraph, "qas"))
            {
                string id = Text(where, question, "id"), source = $"{file}, question '{id}'";
                // Questions without an answer may have plausible ones, which are none.
                MarkedAnswer[] answers = [.. List(source, question, "answers").Select(answer => new MarkedAnswer(Text(source, answer, "text"), Number(source, answer, "answer_start")))];
                yield return new(id, Text(source, question, "question"), context, answers, source) { Article = title };
            }
        }
    }

    private static JsonElement.ArrayEnumerator List(string where, JsonElement parent, string name) =>
        Find(where, parent, name, "a list", JsonValueKind.Array).EnumerateArray();

    private static string Text(string where, JsonElement parent, string name) => Find(where, parent, name, "a text", JsonValueKind.String).GetString()!;

    private static int Number(string where, JsonElement parent, string name) =>
        Find(where, parent, name, "a whole number", JsonValueKind.Number).TryGetInt32(out int number) ? number : throw Missing(where, name, "a whole number");

    private static JsonElement Find(string where, JsonElement parent, string name, string wanted, JsonValueKind kind) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == kind ? value : throw Missing(where, name, wanted);

    private static InvalidDataException Missing(string where, string name, string wanted) =>
        new($"{where}: has no '{name}' that is {wanted}; give a data set in the form of SQuAD");
}
