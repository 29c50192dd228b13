using System.Globalization;
using System.Text.Json;

namespace Weft.Data;

/// <summary>
/// Reads the files of SQuAD 1.1 and 2.0 (Rajpurkar et al. 2016, arXiv:1606.05250; 2018, arXiv:1806.03822) and of data sets in their form, plain or gzip-compressed, an
/// article at a time.
/// </summary>
public static class SquadFiles
{
    /// <summary>Reads files.</summary>
    /// <param name="files">Paths, as <see cref="TextFiles.Expand"/> gives them.</param>
    /// <param name="ct">Checked at each article.</param>
    /// <exception cref="InvalidDataException">A file is no JSON, or a key is missing; the message names file and question.</exception>
    public static IEnumerable<ReadingQuestion> Read(IEnumerable<string> files, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        return ReadAll(files, ct);
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
