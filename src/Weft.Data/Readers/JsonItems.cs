using System.Text;
using System.Text.Json;

namespace Weft.Data;

/// <summary>The items of one list of a JSON object, read one after the other, so that no more than an item has to be in memory.</summary>
/// <param name="file">Plain or gzip-compressed.</param>
/// <param name="list">Key of the list in the outermost object.</param>
internal sealed class JsonItems(string file, string list)
{
    private readonly Encoder _encoder = new UTF8Encoding(false).GetEncoder();
    private byte[] _bytes = new byte[1 << 16];
    private int _held;
    private JsonReaderState _state;
    private bool _inList, _found;

    /// <summary>Reads them; each is the caller's to dispose.</summary>
    /// <exception cref="InvalidDataException">The file is no JSON, or has no such list.</exception>
    public IEnumerable<JsonDocument> Read()
    {
        foreach (ReadOnlyMemory<char> piece in TextDecoder.Decode(file))
        {
            Append(piece.Span, flush: false);
            while (Next(last: false) is { } item)
                yield return item;
        }
        Append([], flush: true);
        while (Next(last: true) is { } item)
            yield return item;
        if (!_found)
            throw new InvalidDataException($"{file}: has no list '{list}'; give a JSON object with one");
    }

    private void Append(ReadOnlySpan<char> text, bool flush)
    {
        int needed = _held + _encoder.GetByteCount(text, flush);
        if (needed > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(needed, 2 * _bytes.Length));
        _held += _encoder.GetBytes(text, _bytes.AsSpan(_held), flush);
    }

    /// <summary>The next item; null where there is none whole among the bytes.</summary>
    private JsonDocument? Next(bool last)
    {
        var reader = new Utf8JsonReader(_bytes.AsSpan(0, _held), last, _state);
        JsonDocument? item = null;
        int consumed = 0;
        try
        {
            // What is not whole yet is read again with the next bytes.
            while (item is null && Step(ref reader, out item))
                (_state, consumed) = (reader.CurrentState, (int)reader.BytesConsumed);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{file}: is no JSON ({e.Message}); write one object with a list '{list}'", e);
        }
        _bytes.AsSpan(consumed, _held - consumed).CopyTo(_bytes);
        _held -= consumed;
        return item;
    }

    private bool Step(ref Utf8JsonReader reader, out JsonDocument? item)
    {
        item = null;
        if (!reader.Read())
            return false;
        if (_inList)
        {
            if (reader.TokenType != JsonTokenType.EndArray)
                return JsonDocument.TryParseValue(ref reader, out item);
            _inList = false;
            return true;
        }
        if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
            return true;
        bool wanted = reader.ValueTextEquals(list);
        if (!reader.Read())
            return false;
        if (!wanted || reader.TokenType != JsonTokenType.StartArray)
            return reader.TrySkip();
        return _inList = _found = true;
    }
}
