using System.Text.Json;
using System.Text.Json.Serialization;

using Weft.Model.Checkpoints;

namespace Weft.Training.Runs.Checkpoints;

/// <summary>How far a run is, beside its tensors.</summary>
internal sealed record RunProgress
{
    private const string MetadataKey = "progress";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Updates made.</summary>
    public int Step { get; init; }

    /// <summary>Seconds spent training, evaluation included.</summary>
    public double ElapsedSeconds { get; init; }

    /// <summary>Batches whose update was not made.</summary>
    public int Skipped { get; init; }

    /// <summary>Of these, the ones since the last update.</summary>
    public int SkippedInRow { get; init; }

    /// <summary>Losses of the updates so far.</summary>
    public LossStatistics Loss { get; init; }

    /// <summary>The best evaluation; null before the first.</summary>
    public BestEvaluation? Best { get; init; }

    /// <summary>Evaluations after the best one.</summary>
    public int EvaluationsSinceBest { get; init; }

    /// <summary>What a checkpoint's header says.</summary>
    public (string Key, string Text) ToMetadata() => (MetadataKey, JsonSerializer.Serialize(this, Json));

    /// <summary>Reads what <see cref="ToMetadata"/> gave.</summary>
    /// <exception cref="CheckpointException">It is missing or of another version.</exception>
    public static RunProgress Of(CheckpointFile file) => Parse(file.Path, file.Metadata(MetadataKey));

    /// <summary>As <see cref="Of"/>, without a look at the tensors; null where the header is damaged.</summary>
    public static RunProgress? TryPeek(string path)
    {
        try
        {
            return CheckpointFile.PeekMetadata(path, MetadataKey) is { } text ? Parse(path, text) : null;
        }
        catch (CheckpointException)
        {
            return null;
        }
    }

    private static RunProgress Parse(string path, string text)
    {
        try
        {
            return JsonSerializer.Deserialize<RunProgress>(text, Json) ?? throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            throw new CheckpointException(path, $"its '{MetadataKey}' is of another version ({e.Message}); start the run anew", e);
        }
    }
}

/// <summary>The evaluation that was better than all others.</summary>
/// <param name="Step">Updates made by then.</param>
/// <param name="Value">The metric.</param>
public sealed record BestEvaluation(int Step, double Value);
