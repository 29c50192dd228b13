namespace Weft.Model.Spec;

/// <summary>
/// Ids to the first hidden states: norm(scale · token + position + token type). An encoder and a decoder share the table of tokens;
/// the rest each has of its own.
/// </summary>
/// <param name="VocabularySize">Rows of the table: distinct token ids.</param>
/// <param name="HiddenSize">Width of a row.</param>
/// <param name="Position"><see cref="PositionSpec.None"/>, <see cref="PositionSpec.Learned"/> or <see cref="PositionSpec.Sinusoidal"/>.</param>
public sealed record EmbeddingSpec(int VocabularySize, int HiddenSize, PositionSpec Position)
{
    /// <summary>Multiplies the token's vector; the square root of the hidden size in the original Transformer.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Applied to the sum, as in BERT; null where there is none.</summary>
    public NormSpec? Norm { get; init; }

    /// <summary>Rows of BERT's table of segments; 0 where there is none.</summary>
    public int TokenTypes { get; init; }

    internal void Validate(int contextLength)
    {
        SpecCheck.Positive(VocabularySize, nameof(VocabularySize));
        SpecCheck.Positive(HiddenSize, nameof(HiddenSize));
        SpecCheck.Finite(Scale, double.Epsilon, nameof(Scale));
        SpecCheck.NotNegative(TokenTypes, nameof(TokenTypes));
        Norm?.Validate();
        switch (Position)
        {
            case PositionSpec.None:
                break;
            case PositionSpec.Learned learned when learned.Count < contextLength:
                throw new ArgumentException(
                    $"the learned position table has {learned.Count} rows but the context is {contextLength} tokens; make them equal");
            case PositionSpec.Learned learned:
                SpecCheck.NotNegative(learned.Offset, nameof(learned.Offset));
                break;
            case PositionSpec.Sinusoidal sinusoidal:
                SpecCheck.NotNegative(sinusoidal.Offset, nameof(sinusoidal.Offset));
                SpecCheck.Defined(sinusoidal.Layout, "layout of sinusoids");
                if (HiddenSize % 2 != 0 || (HiddenSize < 4 && sinusoidal.Layout == SinusoidLayout.HalvesToTheEnd))
                    throw new ArgumentException($"sinusoidal positions need an even hidden size of some pairs, not {HiddenSize}");
                break;
            default:
                throw new ArgumentException($"{Position.GetType().Name} positions belong to attention, not to the embedding");
        }
    }
}
