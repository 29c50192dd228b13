using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Weft.Evaluation.Harness.Requests;

/// <summary>
/// What a model answered so far, one JSON object a line, so that an interrupted evaluation goes on where it was. An answer is found by a hash of the model and of all that it was
/// asked. Lines are appended as answers come; a last line that a crash cut off is taken away, a damaged one before it is refused.
/// </summary>
public sealed class AnswerStore : IDisposable
{
    /// <summary>Bytes of the hash, 128 bits: among a billion requests, the chance that two share one is below 10^-20.</summary>
    private const int KeyBytes = 16;

    private readonly Dictionary<string, StoredAnswer> _answers = new(StringComparer.Ordinal);
    private readonly ArrayBufferWriter<byte> _lines = new();
    private readonly FileStream _file;

    private AnswerStore(FileStream file) => _file = file;

    /// <summary>How many answers are there.</summary>
    public int Count => _answers.Count;

    /// <summary>Opens a file, or makes one. Nobody else can write it meanwhile.</summary>
    /// <exception cref="InvalidDataException">A line before the last is damaged; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be opened, or another evaluation writes it.</exception>
    public static AnswerStore Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var store = new AnswerStore(new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read));
        try
        {
            store.Read(path);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Writes what waits and closes the file.</summary>
    public void Dispose()
    {
        Flush();
        _file.Dispose();
    }

    /// <summary>The name of a request.</summary>
    /// <param name="model">Tells models apart.</param>
    /// <param name="verb">What is asked.</param>
    /// <param name="parts">Ids that are read and scored, one list after the other.</param>
    /// <param name="settings">What else the answer depends on.</param>
    internal static string KeyOf(string model, string verb, IEnumerable<int[]> parts, string settings = "")
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // JSON, so that no two lists of texts look alike.
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes([model, verb, settings], StringList.Default.StringArray));
        foreach (int[] part in parts)
        {
            hash.AppendData(MemoryMarshal.AsBytes([part.Length]));
            hash.AppendData(MemoryMarshal.AsBytes(part.AsSpan()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, KeyBytes));
    }

    internal StoredAnswer? Find(string key) => _answers.GetValueOrDefault(key);

    internal void Add(string key, StoredAnswer answer)
    {
        _answers[key] = answer;
        using (var json = new Utf8JsonWriter(_lines))
        {
            json.WriteStartObject();
            json.WriteString("key", key);
            if (answer.Text is { } text)
                json.WriteString("text", text);
            else
            {
                json.WriteNumber("log_likelihood", answer.Score.LogLikelihood);
                json.WriteBoolean("greedy", answer.Score.IsGreedy);
            }
            json.WriteEndObject();
        }
        _lines.Write("\n"u8);
    }

    /// <summary>Hands what waits to the system, which keeps it even if this process ends.</summary>
    internal void Flush()
    {
        _file.Write(_lines.WrittenSpan);
        _lines.ResetWrittenCount();
        _file.Flush();
    }

    private void Read(string path)
    {
        byte[] bytes = new byte[_file.Length];
        _file.ReadExactly(bytes);
        int begin = 0;
        for (int line = 1; begin < bytes.Length; line++)
        {
            int length = bytes.AsSpan(begin).IndexOf((byte)'\n');
            bool isLast = length < 0 || begin + length + 1 == bytes.Length;
            try
            {
                if (length < 0)
                    break;
                (string key, StoredAnswer answer) = Parse(bytes.AsMemory(begin, length));
                _answers[key] = answer;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
            {
                if (isLast)
                    break;
                throw new InvalidDataException($"file '{path}', line {line}: it is no answer of an evaluation ({e.Message}); take the line out, or give another file", e);
            }
            begin += length + 1;
        }
        // What a crash cut off would spoil the next line.
        if (begin == 0 && bytes.Length > 0 && bytes[0] != (byte)'{')
            throw new InvalidDataException($"file '{path}' holds something else than answers of an evaluation; give a file of its own");
        _file.SetLength(begin);
        _file.Position = begin;
    }

    private static (string Key, StoredAnswer Answer) Parse(ReadOnlyMemory<byte> line)
    {
        using JsonDocument json = JsonDocument.Parse(line);
        JsonElement root = json.RootElement;
        string key = root.GetProperty("key").GetString() ?? throw new FormatException("the key is null");
        return (key, root.TryGetProperty("text", out JsonElement text)
            ? new(default, text.GetString())
            : new(new(root.GetProperty("log_likelihood").GetDouble(), root.GetProperty("greedy").GetBoolean()), null));
    }
}

/// <summary>An answer of a model: a score, or a text.</summary>
/// <param name="Score">Of requests that ask how likely something is.</param>
/// <param name="Text">Of requests that ask what the model writes; null for others.</param>
internal sealed record StoredAnswer(ScoredText Score, string? Text);
