using System.Text;
using System.Text.Json;

namespace Weft.Data;

/// <summary>JSON objects of a file: the items of one array, or one object a line; or the rows of a Parquet file in the same shape. They are read one after the other.</summary>
public static class JsonObjects
{
    /// <summary>Objects of a file, plain or gzip-compressed, with the line on which each begins; empty lines are none. Of Parquet the line is the number of the row. An object holds until the next is asked for.</summary>
    /// <exception cref="InvalidDataException">Something is no JSON, or no object, or the Parquet is damaged or has a column of a type that is not read; the message names file and line, row or column.</exception>
    public static IEnumerable<(long Line, JsonElement Row)> Read(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return Read(file, columns: null);
    }

    /// <summary>Objects with the values that are asked for, and others where all of an object has to be read.</summary>
    /// <param name="file">As for <see cref="Read(string)"/>.</param>
    /// <param name="columns">Those of Parquet have to be there; null for all.</param>
    internal static IEnumerable<(long Line, JsonElement Row)> Read(string file, IReadOnlyList<string>? columns) =>
        ParquetRows.Is(file) ? ParquetRows.Read(file, columns) : ReadAll(file);

    private static IEnumerable<(long Line, JsonElement Row)> ReadAll(string file)
    {
        using TextReader reader = TableFiles.Open(file);
        foreach ((long line, string text) in Split(file, reader))
        {
            using JsonDocument json = Parse(file, line, text);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw TableFiles.Bad(file, line, $"holds a JSON {json.RootElement.ValueKind}, where an object was expected; write one object a line, or an array of objects");
            yield return (line, json.RootElement);
        }
    }

    private static JsonDocument Parse(string file, long line, string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(TableFiles.Bad(file, line, $"is no JSON ({e.Message}); write one object a line, or an array of objects").Message, e);
        }
    }

    private static IEnumerable<(long Line, string Text)> Split(string file, TextReader reader)
    {
        long line = 1;
        SkipSpace(reader, ref line);
        return reader.Peek() == '[' ? Items(file, reader, line) : Lines(reader, line);
    }

    private static IEnumerable<(long Line, string Text)> Lines(TextReader reader, long line)
    {
        for (; reader.ReadLine() is { } text; line++)
            if (!string.IsNullOrWhiteSpace(text))
                yield return (line, text);
    }

    /// <summary>Items of an array, cut at its own commas; whether they are JSON is not asked here.</summary>
    private static IEnumerable<(long Line, string Text)> Items(string file, TextReader reader, long line)
    {
        long begin = line;
        reader.Read();
        SkipSpace(reader, ref line);
        while (reader.Peek() != ']')
        {
            long first = line;
            string item = Item(reader, ref line) ?? throw TableFiles.Bad(file, begin, "begins a JSON array that never ends; close it with ']'");
            yield return (first, item);
            if (reader.Peek() == ',')
                reader.Read();
            SkipSpace(reader, ref line);
        }
        reader.Read();
        SkipSpace(reader, ref line);
        if (reader.Peek() >= 0)
            throw TableFiles.Bad(file, line, "goes on after the JSON array has ended; give one array, or one object a line");
    }

    /// <summary>Up to the comma or bracket that follows the item, which stays unread; null where the file ends before.</summary>
    private static string? Item(TextReader reader, ref long line)
    {
        var text = new StringBuilder();
        bool quoted = false;
        for (int depth = 0; reader.Peek() is >= 0 and int next;)
        {
            if (!quoted && depth == 0 && (next is ',' or ']'))
                return text.ToString();
            char c = Next(reader, ref line);
            text.Append(c);
            if (c == '"')
                quoted = !quoted;
            else if (quoted && c == '\\' && reader.Peek() >= 0)
                text.Append(Next(reader, ref line));
            else if (!quoted)
                depth += c is '{' or '[' ? 1 : c is '}' or ']' ? -1 : 0;
        }
        return null;
    }

    private static void SkipSpace(TextReader reader, ref long line)
    {
        while (reader.Peek() is >= 0 and int next && char.IsWhiteSpace((char)next))
            Next(reader, ref line);
    }

    private static char Next(TextReader reader, ref long line)
    {
        char c = (char)reader.Read();
        // A carriage return before a line feed is not counted, one alone is.
        if (c == '\n' || (c == '\r' && reader.Peek() != '\n'))
            line++;
        return c;
    }
}
