using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

using Weft.Data;

namespace Weft.Training.Runs;

/// <summary>What is known of the documents of a shard beside their ids, one JSON object a line, in a file beside it.</summary>
/// <param name="extension">Of its name, with the point.</param>
/// <typeparam name="T">A document's.</typeparam>
internal sealed class RowFile<T>(string extension)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The file of a shard: train.labels beside train.tokens.</summary>
    public string Beside(string shard) => Path.ChangeExtension(shard, extension);

    /// <summary>Writes them.</summary>
    public void Write(string shard, IEnumerable<T> rows)
    {
        var text = new StringBuilder();
        foreach (T row in rows)
            text.Append(JsonSerializer.Serialize(row, Json)).Append('\n');
        AtomicFile.WriteText(Beside(shard), text.ToString());
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or has not as many lines as the shard has documents.</exception>
    public IReadOnlyList<T> Read(ITokenSequence shard)
    {
        string path = Beside(shard.Name);
        try
        {
            T[] rows = [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<T>(line, Json)!)];
            return rows.Length == shard.DocumentCount ? rows
                : throw new InvalidDataException($"{path}: has {rows.Length} lines, but {shard.Name} {shard.DocumentCount} documents; start the run anew");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: is damaged ({e.Message}); start the run anew", e);
        }
    }

    /// <summary>A digest of what is known of a shard.</summary>
    public string Hash(string shard) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Beside(shard))));
}
