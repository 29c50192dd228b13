using System.Security.Cryptography;
using System.Text.Json;

using Weft.Data;

namespace Weft.Training.Runs;

/// <summary>Where the answers of a pair begin.</summary>
/// <param name="Row">File and line that it comes from.</param>
/// <param name="ChosenPrompt">Tokens before the chosen answer.</param>
/// <param name="RejectedPrompt">Tokens before the rejected one.</param>
internal sealed record PreferencePlace(string Row, int ChosenPrompt, int RejectedPrompt);

/// <summary>
/// What belongs to a shard of preferences, whose documents 2i and 2i + 1 are the chosen and the rejected answer to prompt i, each with its prompt: files beside it,
/// one JSON object a line.
/// </summary>
internal static class PreferenceFile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>What a model that is not trained thinks of the answers.</summary>
    /// <param name="Chosen">Log-probability of the chosen one, in nats.</param>
    /// <param name="Rejected">Of the rejected one.</param>
    public sealed record Reference(double Chosen, double Rejected);

    private sealed record ReferenceHeader(string Model, string Precision);

    /// <summary>The file of a shard: train.preferences beside train.tokens.</summary>
    public static string Beside(string shard) => Path.ChangeExtension(shard, ".preferences");

    /// <summary>The file of log-probabilities: train.reference beside train.tokens.</summary>
    public static string ReferenceBeside(string shard) => Path.ChangeExtension(shard, ".reference");

    /// <summary>Writes where answers begin.</summary>
    public static void Write(string shard, IEnumerable<PreferencePlace> places) => AtomicFile.WriteText(Beside(shard), Lines(places));

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or has not a line for each pair.</exception>
    public static PreferencePlace[] Read(ITokenSequence shard) => Read<PreferencePlace>(Beside(shard.Name), shard, skipped: 0);

    /// <summary>Writes what the model that training begins with thinks of the answers.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="model">A digest of its weights.</param>
    /// <param name="precision">In which they were computed.</param>
    /// <param name="references">One a pair.</param>
    public static void WriteReference(string shard, string model, Precision precision, IEnumerable<Reference> references) =>
        AtomicFile.WriteText(ReferenceBeside(shard), Lines([new ReferenceHeader(model, precision.ToString())]) + Lines(references));

    /// <summary>Reads what <see cref="WriteReference"/> wrote; null where nothing is written yet.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or has not a line for each pair.</exception>
    public static Reference[]? TryReadReference(ITokenSequence shard) =>
        File.Exists(ReferenceBeside(shard.Name)) ? Read<Reference>(ReferenceBeside(shard.Name), shard, skipped: 1) : null;

    /// <summary>A digest of both files; of the first alone where nothing is written of the reference.</summary>
    public static string Hash(string shard) => string.Join(' ', new[] { Beside(shard), ReferenceBeside(shard) }.Where(File.Exists)
        .Select(file => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))));

    private static string Lines<T>(IEnumerable<T> values) => string.Concat(values.Select(value => JsonSerializer.Serialize(value, Json) + "\n"));

    private static T[] Read<T>(string path, ITokenSequence shard, int skipped)
    {
        try
        {
            T[] values = [.. File.ReadLines(path).Skip(skipped).Select(line => JsonSerializer.Deserialize<T>(line, Json)!)];
            return values.Length * 2 == shard.DocumentCount ? values
                : throw new InvalidDataException($"{path}: has {values.Length} pairs, but {shard.Name} {shard.DocumentCount} answers; start the run anew");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: is damaged ({e.Message}); start the run anew", e);
        }
    }
}
