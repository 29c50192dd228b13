using System.Text.Json;

namespace Weft.Data;

/// <summary>Reads conversations out of JSON (an object a line, or an array of objects), Parquet and tables, plain or gzip-compressed, one after the other.</summary>
public static class ConversationFiles
{
    /// <summary>Names that ShareGPT's files have for who speaks.</summary>
    private static readonly Dictionary<string, string> Speakers = new(StringComparer.Ordinal)
    {
        ["human"] = ConversationTurn.User,
        ["user"] = ConversationTurn.User,
        ["gpt"] = ConversationTurn.Assistant,
        ["chatgpt"] = ConversationTurn.Assistant,
        ["assistant"] = ConversationTurn.Assistant,
        ["model"] = ConversationTurn.Assistant,
        ["system"] = ConversationTurn.System,
    };

    /// <summary>Reads files. A conversation that nothing can be learnt from says why; what is no conversation at all is refused.</summary>
    /// <param name="files">Paths, as <see cref="TextFiles.Expand"/> gives them.</param>
    /// <param name="columns">How they are written.</param>
    /// <param name="ct">Checked at each row.</param>
    /// <exception cref="InvalidDataException">A key or column is missing, a row is wrong, or no layout is recognised; the message names file and line.</exception>
    public static IEnumerable<Conversation> Read(IEnumerable<string> files, ConversationColumns columns, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(columns);
        return files.SelectMany(file => ReadFile(file, columns, ct));
    }

    private static IEnumerable<Conversation> ReadFile(string file, ConversationColumns columns, CancellationToken ct)
    {
        bool json = TableFiles.HasKeys(columns.Format ?? TableFiles.FormatOf(file));
        ConversationLayout layout = columns.Layout ?? (json ? Recognise(file, columns) : ConversationLayout.Columns);
        if (layout == ConversationLayout.Columns)
            return TableFiles.Read([file], [columns.Prompt, columns.Response], columns.Format, ct: ct)
                .Select(row => Conversation.Of([new(ConversationTurn.User, row.Values[0]), new(ConversationTurn.Assistant, row.Values[1])], row.Source));
        return json ? ReadObjects(file, layout, ct) : throw new InvalidDataException($"{file}: is neither JSON by its name nor Parquet, and tables have conversations in columns; leave out the layout, or name the format");
    }

    private static ConversationLayout Recognise(string file, ConversationColumns columns)
    {
        foreach ((long line, JsonElement row) in JsonObjects.Read(file))
        {
            return Has("messages") ? ConversationLayout.Messages
                : Has("conversations") ? ConversationLayout.Sharegpt
                : Has("instruction") && Has("output") ? ConversationLayout.Alpaca
                : Has(columns.Prompt) && Has(columns.Response) ? ConversationLayout.Columns
                : throw TableFiles.Bad(file, line, $"is no conversation that is known: 'messages', 'conversations', 'instruction' and 'output', or '{columns.Prompt}' and '{columns.Response}' were expected; it has {JsonLines.Keys(row)}");

            bool Has(string key) => row.TryGetProperty(key, out _);
        }
        throw new InvalidDataException($"{file}: holds no row; fill it or leave it out");
    }

    private static IEnumerable<Conversation> ReadObjects(string file, ConversationLayout layout, CancellationToken ct)
    {
        foreach ((long line, JsonElement row) in JsonObjects.Read(file))
        {
            ct.ThrowIfCancellationRequested();
            var place = new Place(file, line);
            IReadOnlyList<ConversationTurn> turns = layout switch
            {
                ConversationLayout.Messages => [.. Items(place, row, "messages").Select(message => OfMessage(place, message))],
                ConversationLayout.Sharegpt => [.. SystemOf(place, row), .. Items(place, row, "conversations").Select(turn => OfShareGpt(place, turn))],
                _ => OfAlpaca(place, row),
            };
            yield return Conversation.Of(turns, FormattableString.Invariant($"{file}#{line}"), Unread(row, layout));
        }
    }

    /// <summary>What a row has that is not learnt here, so that it must not be passed over.</summary>
    private static string? Unread(JsonElement row, ConversationLayout layout)
    {
        string[] calls = ["tools", "functions", "tool_calls", "function_call"];
        if (calls.Any(key => IsThere(row, key)) || (layout == ConversationLayout.Messages && row.GetProperty("messages").EnumerateArray().Any(message => calls.Any(key => IsThere(message, key)))))
            return "has tools or calls them, which is not learnt here";
        return layout == ConversationLayout.Alpaca && IsThere(row, "history") ? "has a 'history', which is not read here; give its turns as messages" : null;
    }

    private static bool IsThere(JsonElement row, string key) => row.TryGetProperty(key, out JsonElement value) && value.ValueKind switch
    {
        JsonValueKind.Null => false,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.String => !value.ValueEquals(""),
        _ => true,
    };

    private static ConversationTurn OfMessage(Place place, JsonElement message)
    {
        string role = place.Text(message, "role");
        // A turn that calls tools may say nothing; it is a bad row, not a bad file.
        string text = message.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.Null ? "" : place.Text(message, "content");
        return new(role, text) { IsLearnt = !message.TryGetProperty("weight", out JsonElement weight) || place.Weight(weight) };
    }

    private static ConversationTurn OfShareGpt(Place place, JsonElement turn)
    {
        string speaker = place.Text(turn, "from");
        return new(Speakers.GetValueOrDefault(speaker, speaker), place.Text(turn, "value"));
    }

    private static IReadOnlyList<ConversationTurn> OfAlpaca(Place place, JsonElement row)
    {
        string instruction = place.Text(row, "instruction"), input = IsThere(row, "input") ? place.Text(row, "input") : "";
        return
        [
            .. SystemOf(place, row),
            new(ConversationTurn.User, string.IsNullOrWhiteSpace(input) ? instruction : $"{instruction}\n\n{input}"),
            new(ConversationTurn.Assistant, place.Text(row, "output")),
        ];
    }

    private static IEnumerable<ConversationTurn> SystemOf(Place place, JsonElement row) =>
        IsThere(row, "system") ? [new(ConversationTurn.System, place.Text(row, "system"))] : [];

    private static JsonElement.ArrayEnumerator Items(Place place, JsonElement row, string key)
    {
        if (!row.TryGetProperty(key, out JsonElement items))
            throw place.Bad($"has no key '{key}'; it has {JsonLines.Keys(row)}");
        if (items.ValueKind != JsonValueKind.Array || items.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.Object))
            throw place.Bad($"has something else at '{key}' than an array of objects; write [{{…}}, …]");
        return items.EnumerateArray();
    }

    private readonly record struct Place(string File, long Line)
    {
        public string Text(JsonElement row, string key) => JsonLines.Value(File, Line, row, key);

        public bool Weight(JsonElement weight) => weight.ValueKind == JsonValueKind.Number && weight.TryGetInt32(out int given) && given is 0 or 1
            ? given == 1 : throw Bad($"has the weight {weight.GetRawText()}; write 0 or 1");

        public InvalidDataException Bad(string problem) => TableFiles.Bad(File, Line, problem);
    }
}
