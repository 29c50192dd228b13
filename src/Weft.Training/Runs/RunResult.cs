using Weft.Model.Spec;

namespace Weft.Training.Runs;

/// <summary>What a finished run gives.</summary>
public sealed record RunResult
{
    /// <summary>The run's files.</summary>
    public required RunFolder Folder { get; init; }

    /// <summary>The recipe with every derived value.</summary>
    public required Recipe Recipe { get; init; }

    /// <summary>Corpus statistics and derived settings.</summary>
    public required RunJournal Journal { get; init; }

    /// <summary>The model.</summary>
    public required ModelSpec Spec { get; init; }

    /// <summary>Tokens of the three splits.</summary>
    public required (long Train, long Validation, long Test) Tokens { get; init; }

    /// <summary>One record a step.</summary>
    public required IReadOnlyList<TrainingRecord> History { get; init; }

    /// <summary>Loss over the test split, or over the validation split where the recipe holds out no test text.</summary>
    public required EvaluationResult Test { get; init; }

    /// <summary>Tokens of one update, on average; of the decoder, or of an encoder alone.</summary>
    public required long TokensPerStep { get; init; }

    /// <summary>Median speed of training, in tokens per second.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>A held-out sequence and its logits [T, V] from torch in fp32, against which another runtime can be checked.</summary>
    public required (int[] Ids, float[] Logits) Reference { get; init; }

    /// <summary>The source of <see cref="Reference"/>, of an encoder-decoder; else empty.</summary>
    public int[] ReferenceSource { get; init; } = [];

    /// <summary>Some held-out sources of an encoder-decoder, to see what it answers.</summary>
    public IReadOnlyList<int[]> Sources { get; init; } = [];

    /// <summary>Duration of each stage in this process.</summary>
    public required IReadOnlyList<StageDuration> Stages { get; init; }
}

/// <summary>Time that one stage took.</summary>
/// <param name="Title">What it did.</param>
/// <param name="Duration">How long.</param>
public sealed record StageDuration(string Title, TimeSpan Duration);
