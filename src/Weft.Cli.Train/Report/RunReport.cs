using Weft.Training;
using Weft.Training.Runs;

namespace Weft.Cli.Train.Report;

/// <summary>Everything that the page of one run shows.</summary>
internal sealed record RunReport
{
    /// <summary>Heading, and the title of the browser's tab.</summary>
    public required string Title { get; init; }

    /// <summary>When the run ended.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>One paragraph of plain text: what was trained, on what, with what result.</summary>
    public required string Summary { get; init; }

    /// <summary>The key figures.</summary>
    public required KeyFigures Figures { get; init; }

    /// <summary>How well labels were predicted, of a classifier; else null.</summary>
    public LabelReport? Labels { get; init; }

    /// <summary>How pairs of answers were judged, of a model that learned preferences; else null.</summary>
    public PreferenceScores? Preferences { get; init; }

    /// <summary>What the losses are means over.</summary>
    public string LossUnit => Preferences is not null ? "per pair" : Labels is not null ? "per row" : "nats per token";

    /// <summary>Training steps in order; may be empty.</summary>
    public required IReadOnlyList<StepRecord> Steps { get; init; }

    /// <summary>Generated text.</summary>
    public IReadOnlyList<GeneratedSample> Samples { get; init; } = [];

    /// <summary>One head's attention over one text.</summary>
    public AttentionMap? Attention { get; init; }

    /// <summary>The model's specification as a tree.</summary>
    public SpecNode? Model { get; init; }

    /// <summary>Trained numbers by part of the model.</summary>
    public IReadOnlyList<ParameterPart> Parameters { get; init; } = [];

    /// <summary>What the model learned from.</summary>
    public CorpusReport? Corpus { get; init; }

    /// <summary>Every setting that was not given but derived.</summary>
    public IReadOnlyList<DerivedSetting> Settings { get; init; } = [];

    /// <summary>Stages of the run in order.</summary>
    public IReadOnlyList<StageDuration> Stages { get; init; } = [];
}

/// <summary>The figures at the head of the page; NaN where one was not measured.</summary>
/// <param name="TestLoss">Mean loss over held-out text, in nats per token.</param>
/// <param name="Perplexity">exp of that loss.</param>
/// <param name="BitsPerByte">The loss per byte of text, in bits; comparable between tokenizers.</param>
/// <param name="TokensPerSecond">Speed of training.</param>
/// <param name="Parameters">Trained numbers of the model.</param>
/// <param name="LogitDifference">Largest absolute difference of a logit between the engine and torch.</param>
/// <param name="WallTime">Time of the whole run.</param>
internal sealed record KeyFigures(
    double TestLoss, double Perplexity, double BitsPerByte, double TokensPerSecond, long Parameters,
    double LogitDifference, TimeSpan WallTime);

/// <summary>How well labels were predicted.</summary>
/// <param name="Scores">The scores.</param>
/// <param name="Names">Of the labels; none of a number.</param>
internal sealed record LabelReport(LabelScores Scores, IReadOnlyList<string> Names);

/// <summary>One training step.</summary>
/// <param name="Step">Steps done, from 1.</param>
/// <param name="Loss">Mean loss, in nats per token.</param>
/// <param name="ValidationLoss">Mean validation loss; NaN where the step was not validated.</param>
/// <param name="LearningRate">Rate of the step.</param>
/// <param name="GradientNorm">Norm before clipping.</param>
/// <param name="TokensPerSecond">Speed of the step.</param>
internal readonly record struct StepRecord(
    int Step, double Loss, double ValidationLoss, double LearningRate, double GradientNorm, double TokensPerSecond);

/// <summary>Text that the model wrote.</summary>
/// <param name="Prompt">Given text.</param>
/// <param name="Completion">What the model added.</param>
/// <param name="Note">How it was sampled.</param>
internal sealed record GeneratedSample(string Prompt, string Completion, string? Note = null);

/// <summary>Attention probabilities of one head.</summary>
/// <param name="Title">Which head of which layer.</param>
/// <param name="Tokens">The T tokens as text.</param>
/// <param name="Probabilities">[T, T] row by row; row = the token that attends, column = the token attended to.</param>
internal sealed record AttentionMap(string Title, IReadOnlyList<string> Tokens, IReadOnlyList<float> Probabilities);

/// <summary>Trained numbers of one part of the model.</summary>
internal sealed record ParameterPart(string Name, long Count);

/// <summary>Counts of the text.</summary>
/// <param name="Documents">Documents read.</param>
/// <param name="Duplicates">Of these, exact duplicates that were dropped.</param>
/// <param name="Splits">Training, validation, test.</param>
internal sealed record CorpusReport(long Documents, long Duplicates, IReadOnlyList<CorpusSplit> Splits);

/// <summary>Counts of one split.</summary>
internal sealed record CorpusSplit(string Name, long Documents, long Bytes, long Tokens);
