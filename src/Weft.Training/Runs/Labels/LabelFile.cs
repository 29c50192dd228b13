using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

using Weft.Data;
using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <summary>What is to be said of one document of a shard.</summary>
/// <param name="Row">File and line that it comes from.</param>
internal sealed record RowLabels(string Row)
{
    /// <summary>Indices of its labels, ascending; of words, that of each; of a number none.</summary>
    public IReadOnlyList<int> Labels { get; init; } = [];

    /// <summary>The number, of a regression.</summary>
    public double? Value { get; init; }

    /// <summary>Which tokens answer its question.</summary>
    public SpanTarget? Span { get; init; }

    /// <summary>Of words, the first token of each, [labels].</summary>
    public IReadOnlyList<int>? Places { get; init; }

    /// <summary>Tokens before the second segment; null where all are of the first.</summary>
    public int? Second { get; init; }
}

/// <summary>Labels of the documents of a shard, one JSON object a line, in a file beside it.</summary>
internal static class LabelFile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The file of a shard: train.labels beside train.tokens.</summary>
    public static string Beside(string shard) => Path.ChangeExtension(shard, ".labels");

    /// <summary>Writes them.</summary>
    public static void Write(string shard, IEnumerable<RowLabels> rows)
    {
        var text = new StringBuilder();
        foreach (RowLabels row in rows)
            text.Append(JsonSerializer.Serialize(row, Json)).Append('\n');
        AtomicFile.WriteText(Beside(shard), text.ToString());
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or has not as many lines as the shard has documents.</exception>
    public static IReadOnlyList<RowLabels> Read(ITokenSequence shard)
    {
        string path = Beside(shard.Name);
        try
        {
            RowLabels[] rows = [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<RowLabels>(line, Json)!)];
            return rows.Length == shard.DocumentCount ? rows
                : throw new InvalidDataException($"{path}: has {rows.Length} lines, but {shard.Name} {shard.DocumentCount} documents; start the run anew");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: is damaged ({e.Message}); start the run anew", e);
        }
    }

    /// <summary>A digest of a shard's labels.</summary>
    public static string Hash(string shard) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Beside(shard))));
}
