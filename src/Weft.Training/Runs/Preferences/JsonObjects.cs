using System.Text;
using System.Text.Json;

using Weft.Data;

namespace Weft.Training.Runs;

/// <summary>JSON objects of a file, plain or .gz: one a line, or those of one array.</summary>
internal static class JsonObjects
{
    /// <summary>Each with the line that it begins at. An element is valid until the next one is asked for.</summary>
    /// <exception cref="InvalidDataException">It is no JSON, or holds something else than objects; the message names file and line.</exception>
    public static IEnumerable<(JsonElement Row, long Line)> Read(string file)
    {
        byte[] text = Encoding.UTF8.GetBytes(TextFiles.ReadWhole([file]).Single().Text);
        int first = text.AsSpan().IndexOfAnyExcept(" \t\r\n"u8);
        return first < 0 ? throw new InvalidDataException($"{file}: the file holds no JSON; fill it or leave it out") : Objects(file, text, first, text[first] == '[');
    }

    private static IEnumerable<(JsonElement Row, long Line)> Objects(string file, byte[] text, int start, bool array)
    {
        long line = 1 + text.AsSpan(0, start).Count((byte)'\n');
        int at = array ? start + 1 : start;
        while (Next(text, at, array) is { } begin)
        {
            line += text.AsSpan(at, begin - at).Count((byte)'\n');
            if (array && text[begin] == ']')
                yield break;
            (JsonDocument json, int length) = Parse(file, text.AsMemory(begin), line);
            using (json)
                yield return (json.RootElement, line);
            line += text.AsSpan(begin, length).Count((byte)'\n');
            at = begin + length;
        }
        if (array)
            throw new InvalidDataException(FormattableString.Invariant($"{file}, line {line}: the array is not closed; the file was cut off"));
    }

    /// <summary>Where the next value begins; null at the end.</summary>
    private static int? Next(byte[] text, int at, bool array)
    {
        int next = text.AsSpan(at).IndexOfAnyExcept(array ? " \t\r\n,"u8 : " \t\r\n"u8);
        return next < 0 ? null : at + next;
    }

    private static (JsonDocument Json, int Length) Parse(string file, ReadOnlyMemory<byte> text, long line)
    {
        try
        {
            var reader = new Utf8JsonReader(text.Span, new JsonReaderOptions { AllowMultipleValues = true });
            JsonDocument json = JsonDocument.ParseValue(ref reader);
            return json.RootElement.ValueKind == JsonValueKind.Object ? (json, (int)reader.BytesConsumed)
                : throw new InvalidDataException(FormattableString.Invariant($"{file}, line {line}: holds a JSON {json.RootElement.ValueKind}, where an object was expected; write one object a line, or an array of objects"));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(FormattableString.Invariant($"{file}, line {line}: is no JSON ({e.Message}); write one object a line, or an array of objects"), e);
        }
    }
}
