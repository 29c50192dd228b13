using System.Text.Json;

namespace Weft.Evaluation.Metrics.Squad;

/// <summary>Reads the files of SQuAD: questions with answers, predictions, probabilities of no answer.</summary>
public static class SquadFile
{
    /// <summary>The questions of a data set, and whose rules fit it: those of the second release where a question has no answer or says whether it has.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no such file, or an id occurs twice.</exception>
    public static (IReadOnlyList<SquadQuestion> Questions, SquadRelease Release) ReadQuestions(string path)
    {
        using JsonDocument document = Open(path);
        List<SquadQuestion> questions = [];
        HashSet<string> ids = new(StringComparer.Ordinal);
        var release = SquadRelease.V1;
        foreach (JsonElement article in List(path, document.RootElement, "data"))
            foreach (JsonElement paragraph in List(path, article, "paragraphs"))
                foreach (JsonElement question in List(path, paragraph, "qas"))
                {
                    string id = Text(path, question, "id");
                    if (!ids.Add(id))
                        throw new InvalidDataException($"file '{path}' has question '{id}' twice; give each id once");
                    questions.Add(new(id, [.. List(path, question, "answers").Select(answer => Text(path, answer, "text"))]));
                    if (questions[^1].Answers.Count == 0 || question.TryGetProperty("is_impossible", out _))
                        release = SquadRelease.V2;
                }
        if (questions.Count == 0)
            throw new InvalidDataException($"file '{path}' has no questions; give a data set of SQuAD");
        return (questions, release);
    }

    /// <summary>An object of ids and predicted texts.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static IReadOnlyDictionary<string, string> ReadPredictions(string path) =>
        ReadValues(path, JsonValueKind.String, value => value.GetString()!);

    /// <summary>An object of ids and probabilities of no answer.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static IReadOnlyDictionary<string, double> ReadProbabilities(string path) =>
        ReadValues(path, JsonValueKind.Number, value => value.GetDouble());

    private static Dictionary<string, T> ReadValues<T>(string path, JsonValueKind kind, Func<JsonElement, T> read)
    {
        using JsonDocument document = Open(path);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"file '{path}' is no JSON object; write {{\"id of a question\": {kind}, …}}");
        Dictionary<string, T> values = new(StringComparer.Ordinal);
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
            values[property.Name] = property.Value.ValueKind == kind
                ? read(property.Value)
                : throw new InvalidDataException($"file '{path}': the value of '{property.Name}' is {property.Value.ValueKind}; use {kind}");
        return values;
    }

    private static JsonDocument Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"file '{path}' does not exist; check the path", path);
        try
        {
            using FileStream stream = File.OpenRead(path);
            return JsonDocument.Parse(stream);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"file '{path}' is no JSON: {e.Message}", e);
        }
    }

    private static JsonElement.ArrayEnumerator List(string path, JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray()
            : throw new InvalidDataException($"file '{path}' is no data set of SQuAD: a list '{name}' is missing");

    private static string Text(string path, JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()!
            : throw new InvalidDataException($"file '{path}' is no data set of SQuAD: a text '{name}' is missing");
}
