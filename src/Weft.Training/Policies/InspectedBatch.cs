using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

using Weft.Training.Batches;

namespace Weft.Training;

/// <summary>A batch that training diverged on, as it is written for inspection.</summary>
/// <param name="Step">The step that it was drawn for, from 1.</param>
/// <param name="Attempt">Batches drawn for that step, this one included.</param>
/// <param name="Problem">What went wrong.</param>
/// <param name="Loss">Mean loss, in nats per token.</param>
/// <param name="GradientNorm">Norm of all gradients.</param>
public sealed record InspectedBatch(int Step, int Attempt, string Problem, double Loss, double GradientNorm)
{
    /// <summary>Files kept in a folder: a run that skips now and then for weeks must not fill the disk.</summary>
    internal const int MostFiles = 100;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The batch: ids, targets and whatever else its objective gave it.</summary>
    public required TrainingBatch Batch { get; init; }

    /// <summary>Writes <c>step-000000123-1.json</c>; the oldest files beyond <see cref="MostFiles"/> go.</summary>
    /// <returns>The file.</returns>
    internal string Write(string folder)
    {
        string path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"step-{Step:D9}-{Attempt:D3}.json"));
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, this, Json));
        foreach (string old in Directory.GetFiles(folder, "step-*.json").OrderDescending(StringComparer.Ordinal).Skip(MostFiles))
            File.Delete(old);
        return path;
    }

    /// <summary>Reads what was written.</summary>
    /// <exception cref="InvalidDataException">The file is no such batch.</exception>
    public static InspectedBatch Read(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<InspectedBatch>(stream, Json) ?? throw new InvalidDataException($"{path}: is empty");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: is no batch that training wrote ({e.Message})", e);
        }
    }
}
