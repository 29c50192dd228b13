namespace Weft.Training;

/// <summary>Loss over a split.</summary>
/// <param name="TotalLoss">Sum over tokens, in nats.</param>
/// <param name="Tokens">Tokens predicted.</param>
/// <param name="Bytes">UTF-8 bytes of the split's text.</param>
public sealed record EvaluationResult(double TotalLoss, long Tokens, long Bytes)
{
    /// <summary>How well labels were predicted, of a classifier; its rows are the tokens of this record.</summary>
    public LabelScores? Labels { get; init; }

    /// <summary>How pairs of answers were judged, of a model that learns from preferences; its pairs are the tokens of this record.</summary>
    public PreferenceScores? Preferences { get; init; }

    /// <summary>Mean loss, in nats per token.</summary>
    public double Loss => TotalLoss / Tokens;

    /// <summary>e to the mean loss.</summary>
    public double Perplexity => Math.Exp(Loss);

    /// <summary>Bits needed for one byte of the text: comparable between tokenizers. Only for whole splits; infinite where the bytes are not known.</summary>
    public double BitsPerByte => TotalLoss / Math.Log(2) / Bytes;

    /// <summary>The result as a line, with the tokens that the loss is a mean of.</summary>
    internal string Describe(Runs.ObjectiveKind objective)
    {
        if (Labels is not null)
            return FormattableString.Invariant($"loss {Loss:F4}, {Labels} over {Tokens:N0} {Labels.Unit}");
        if (Preferences is { } preferences)
            return FormattableString.Invariant($"loss {Loss:F4}, {preferences} over {Tokens:N0} pairs");
        string of = objective switch
        {
            Runs.ObjectiveKind.Masked => "masked tokens",
            Runs.ObjectiveKind.Conversation => "tokens of answers",
            Runs.ObjectiveKind.Spans or Runs.ObjectiveKind.Denoising or Runs.ObjectiveKind.Pairs => "target tokens",
            _ => "tokens",
        };
        string bits = double.IsFinite(BitsPerByte) ? FormattableString.Invariant($", {BitsPerByte:F4} bits per byte") : "";
        return FormattableString.Invariant($"loss {Loss:F4}, perplexity {Perplexity:F2}{bits} over {Tokens:N0} {of}");
    }
}
