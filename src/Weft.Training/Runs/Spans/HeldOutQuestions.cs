using System.Text.Encodings.Web;
using System.Text.Json;

using Weft.Data;

namespace Weft.Training.Runs;

/// <summary>The questions that a run is judged by, in its folder and in the form of SQuAD, so that whoever answers and scores such files can do so.</summary>
public static class HeldOutQuestions
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Name of the file in the folder of a run.</summary>
    public const string FileName = "held-out.json";

    /// <summary>The file of a run.</summary>
    public static string FileOf(RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return Path.Combine(folder.Path, FileName);
    }

    /// <summary>The questions of a run.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static IReadOnlyList<ReadingQuestion> Read(RunFolder folder) => [.. SquadFiles.Read([FileOf(folder)])];

    /// <summary>Writes questions.</summary>
    internal static void Write(string path, IReadOnlyList<ReadingQuestion> questions)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            json.WriteString("version", questions.All(question => question.Answers.Count > 0) ? "1.1" : "v2.0");
            json.WriteStartArray("data");
            foreach (IGrouping<string, ReadingQuestion> article in questions.GroupBy(question => question.Article))
                WriteArticle(json, article);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        AtomicFile.WriteText(path, System.Text.Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    private static void WriteArticle(Utf8JsonWriter json, IGrouping<string, ReadingQuestion> article)
    {
        json.WriteStartObject();
        json.WriteString("title", article.Key);
        json.WriteStartArray("paragraphs");
        foreach (IGrouping<string, ReadingQuestion> paragraph in article.GroupBy(question => question.Context))
        {
            json.WriteStartObject();
            json.WriteString("context", paragraph.Key);
            json.WriteStartArray("qas");
            foreach (ReadingQuestion question in paragraph)
                WriteQuestion(json, question);
            json.WriteEndArray();
            json.WriteEndObject();
        }
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
}
