using System.Text.Json;

using Weft.Data;
using Weft.Text.Chat;

namespace Weft.Training.Runs;

/// <summary>
/// Reads preferences: tables with a column each for prompts and both answers, JSON lines, a JSON array of objects, or Parquet. In JSON and Parquet each may be a text or a list of messages;
/// two answers that begin with the same turns share these as their prompt.
/// </summary>
internal static class PreferenceFiles
{
    /// <summary>Who is asked.</summary>
    public const string Assistant = "assistant";

    private const string User = "user", Role = "role", Content = "content";

    /// <summary>Reads files.</summary>
    /// <exception cref="InvalidDataException">A column is missing, or a row is no row; the message names file and line.</exception>
    public static IEnumerable<PreferenceRow> Read(TaskRecipe task, IReadOnlyList<string> paths, CancellationToken cancellation)
    {
        foreach (string file in TextFiles.Expand(paths))
        {
            bool json = TableFiles.HasKeys(task.Format ?? TableFiles.FormatOf(file));
            IEnumerable<PreferenceRow> rows = json ? JsonObjects.Read(file).Select(found => OfJson(task, file, found.Line, found.Row)) : TableFiles.Read([file], task.PreferenceColumns, task.Format, ct: cancellation).Select(row => OfTexts(row.Values, row.Source));
            foreach (PreferenceRow row in rows)
            {
                cancellation.ThrowIfCancellationRequested();
                yield return row;
            }
        }
    }

    private static PreferenceRow OfTexts(IReadOnlyList<string> values, string source) =>
        new([new(User, WithInput(values[0], values.Count > 3 ? values[3] : null))], [new(Assistant, values[1])], [new(Assistant, values[2])], source);

    private static string WithInput(string prompt, string? input) => string.IsNullOrWhiteSpace(input) ? prompt : $"{prompt}\n{input}";

    private static PreferenceRow OfJson(TaskRecipe task, string file, long line, JsonElement row)
    {
        IReadOnlyList<string> columns = task.PreferenceColumns;
        string source = FormattableString.Invariant($"{file}#{line}");
        List<ChatMessage> chosen = Messages(Value(columns[1]), Assistant), rejected = Messages(Value(columns[2]), Assistant);
        int shared = Math.Min(chosen.Count, rejected.Count) < 2 ? 0 : chosen[..^1].Zip(rejected[..^1]).TakeWhile(pair => Same(pair.First, pair.Second)).Count();
        string? input = columns.Count > 3 ? Value(columns[3]).ValueKind == JsonValueKind.String ? Value(columns[3]).GetString() : throw Bad($"has no text at '{columns[3]}'") : null;
        if (shared > 0 && !row.TryGetProperty(columns[0], out _))
            return new PreferenceRow(chosen[..shared], chosen[shared..], rejected[shared..], source);
        List<ChatMessage> prompt = Messages(Value(columns[0]), User);
        prompt[^1] = prompt[^1] with { Content = WithInput(prompt[^1].Content ?? "", input) };
        if (shared == 0)
            return new PreferenceRow(prompt, chosen, rejected, source);
        // As UltraFeedback has it: the answers are whole conversations, and the prompt is what the user says in them.
        return Same(chosen[shared - 1], prompt[^1]) ? new PreferenceRow(chosen[..shared], chosen[shared..], rejected[shared..], source)
            : throw Bad($"has answers that begin with the same turns, but not with the prompt of '{columns[0]}'; leave that column out, or take the turns out of the answers");

        JsonElement Value(string column) => row.TryGetProperty(column, out JsonElement value) ? value
            : throw Bad($"has no key '{column}'; it has {string.Join(", ", row.EnumerateObject().Take(12).Select(property => $"'{property.Name}'"))}");

        InvalidDataException Bad(string problem) => TableFiles.Bad(file, line, problem);

        List<ChatMessage> Messages(JsonElement value, string role)
        {
            if (value.ValueKind == JsonValueKind.String)
                return [new(role, value.GetString())];
            if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
                throw Bad($"has a JSON {value.ValueKind}, where a text or a list of messages was expected");
            return [.. value.EnumerateArray().Select(message => new ChatMessage(Field(message, Role), Field(message, Content)))];
        }

        string Field(JsonElement message, string name) => message.ValueKind == JsonValueKind.Object && message.TryGetProperty(name, out JsonElement text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()! : throw Bad($"has a message without a text '{name}'; a message is {{\"{Role}\": …, \"{Content}\": …}}");
    }

    private static bool Same(ChatMessage a, ChatMessage b) => a.Role == b.Role && a.Content == b.Content;
}
