namespace Weft.Training;

/// <summary>Loss over a split.</summary>
/// <param name="TotalLoss">Sum over tokens, in nats.</param>
/// <param name="Tokens">Tokens predicted.</param>
/// <param name="Bytes">UTF-8 bytes of the split's text.</param>
public sealed record EvaluationResult(double TotalLoss, long Tokens, long Bytes)
{
    /// <summary>Mean loss, in nats per token.</summary>
    public double Loss => TotalLoss / Tokens;

    /// <summary>e to the mean loss.</summary>
    public double Perplexity => Math.Exp(Loss);

    /// <summary>Bits needed for one byte of the text: comparable between tokenizers. Only for whole splits.</summary>
    public double BitsPerByte => TotalLoss / Math.Log(2) / Bytes;
}
