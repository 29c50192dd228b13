using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

using Weft.Model.Checkpoints;

namespace Weft.Training.Runs.Checkpoints;

/// <summary>
/// What a checkpoint belongs to. A run goes on only from a checkpoint whose four parts are its own; another is refused, and the message names the
/// part and, where the part is JSON, the first value that differs.
/// </summary>
/// <param name="Model">The specification, as JSON.</param>
/// <param name="Tokenizer">A digest of the tokenizer.</param>
/// <param name="Data">A digest of the training and validation data.</param>
/// <param name="Recipe">Everything else that decides the course of the run, as JSON; see <see cref="TextOf"/>.</param>
public sealed record RunIdentity(string Model, string Tokenizer, string Data, string Recipe)
{
    /// <summary>A digest of the weights that the run does not train, and no checkpoint of it holds; null where it trains all.</summary>
    public string? Base { get; init; }

    /// <summary>Digests of the teachers' weights, with commas between; null where there is none.</summary>
    public string? Teacher { get; init; }

    internal const string MetadataKey = "identity";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <summary>A recipe as JSON, without the keys that a stopped run may be given anew: they say what is kept and when to give up, not what is learnt.</summary>
    public static string TextOf(Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        TrainingRecipe standard = new();
        return JsonSerializer.Serialize(recipe with
        {
            Training = recipe.Training with
            {
                SaveEvery = standard.SaveEvery,
                Keep = standard.Keep,
                SampleEvery = standard.SampleEvery,
                OnDivergence = standard.OnDivergence,
                SpikeDeviations = standard.SpikeDeviations,
                SkipsInRow = standard.SkipsInRow,
                Best = standard.Best,
                EarlyStopping = standard.EarlyStopping,
                // Frozen weights are known by what they are, and may have moved.
                InitFrom = recipe.Training.Adapter is null ? recipe.Training.InitFrom : null,
                Objective = recipe.Training.Objective with { Teacher = null, Teachers = null },
            },
        }, Json);
    }

    internal string ToText() => JsonSerializer.Serialize(this, Json);

    /// <summary>Refuses a checkpoint of another run.</summary>
    /// <exception cref="CheckpointException">It belongs to one; the message names the part.</exception>
    internal void Check(CheckpointFile file)
    {
        RunIdentity? stored;
        try
        {
            stored = JsonSerializer.Deserialize<RunIdentity>(file.Metadata(MetadataKey), Json);
        }
        catch (JsonException e)
        {
            throw new CheckpointException(file.Path, "does not say which run it belongs to; start the run anew", e);
        }
        Check(file.Path, "another model", stored?.Model, Model);
        Check(file.Path, "other frozen weights in training.init-from", stored?.Base, Base);
        Check(file.Path, "another teacher in training.objective.teacher", stored?.Teacher, Teacher);
        Check(file.Path, "another tokenizer", stored?.Tokenizer, Tokenizer);
        Check(file.Path, "other data", stored?.Data, Data);
        Check(file.Path, "another recipe", stored?.Recipe, Recipe);
    }

    private static void Check(string path, string what, string? stored, string? own)
    {
        if (stored == own)
            return;
        string detail = JsonDifference.Find(Parse(stored), Parse(own)) is { Path.Length: > 0 } found ? $" ({found.Path} is {found.Left} there, {found.Right} here)" : "";
        throw new CheckpointException(path, $"belongs to a run with {what}{detail}; resume with what the run was started with, or start anew");
    }

    private static JsonNode? Parse(string? text)
    {
        try
        {
            return text is null ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            // A digest is no JSON, and has no parts to compare.
            return null;
        }
    }
}
