using Weft.Text;

namespace Weft.Tasks;

/// <summary>How texts are classified.</summary>
public sealed record TextClassificationOptions
{
    /// <summary>
    /// Refuse, Truncate, or Stride: then the logits are the means of those of the windows, each of which counts as many times as it has tokens. Of a pair, the
    /// second text is read in windows.
    /// </summary>
    public LongInput Long { get; init; }

    /// <summary>What truncation cuts out.</summary>
    public CutPart Cut { get; init; }

    /// <summary>Tokens that a window repeats from the one before it.</summary>
    public int Overlap { get; init; } = 64;

    internal WindowOptions Validate()
    {
        LongInputs.Check(Long, LongInput.Refuse, LongInput.Truncate, LongInput.Stride);
        ArgumentOutOfRangeException.ThrowIfNegative(Overlap);
        return new(Long, Overlap, Cut);
    }
}
