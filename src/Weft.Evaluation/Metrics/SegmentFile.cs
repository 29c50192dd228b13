using System.Text;
using System.Text.Json;
using Weft.Evaluation.Metrics.Text;

namespace Weft.Evaluation.Metrics;

/// <summary>Files that hold one text a line: outputs of a model, or what they should have been.</summary>
public static class SegmentFile
{
    /// <summary>Files with this ending hold a JSON string on each line, so that a text may hold line breaks.</summary>
    private const string JsonEnding = ".jsonl";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The texts of a file, without white space behind them, as sacreBLEU reads them. A line ends at a line feed and nowhere else.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is empty, or a line is not UTF-8 or not what its ending promises.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Directory.Exists(path))
            throw new InvalidDataException($"'{path}' is a folder; give a file with one text a line");
        if (!File.Exists(path))
            throw new FileNotFoundException($"file '{path}' does not exist; check the path", path);
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(path);
        if (bytes.StartsWith(Encoding.UTF8.Preamble))
            bytes = bytes[Encoding.UTF8.Preamble.Length..];
        if (bytes.IsEmpty)
            throw new InvalidDataException($"file '{path}' is empty; give one text a line");
        if (bytes[^1] == (byte)'\n')
            bytes = bytes[..^1];
        bool json = path.EndsWith(JsonEnding, StringComparison.OrdinalIgnoreCase);
        List<string> texts = [];
        foreach (Range range in bytes.Split((byte)'\n'))
            texts.Add(json ? Parse(path, texts.Count + 1, bytes[range]) : PythonText.TrimEnd(Decode(path, texts.Count + 1, bytes[range])));
        return texts;
    }

    private static string Decode(string path, int number, ReadOnlySpan<byte> line)
    {
        try
        {
            return Strict.GetString(line);
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"file '{path}', line {number}: byte {e.Index + 1} is not UTF-8; convert the file to UTF-8", e);
        }
    }

    private static string Parse(string path, int number, ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            if (reader.Read() && reader.TokenType == JsonTokenType.String && reader.GetString() is { } text && !reader.Read())
                return text;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"file '{path}', line {number}: it is no JSON string ({e.Message}); write one a line, such as \"a text\"", e);
        }
        throw new InvalidDataException($"file '{path}', line {number}: it is no JSON string; write one a line, such as \"a text\"");
    }
}
