namespace Weft.Model.Spec;

/// <summary>
/// The immutable description of a model: what both runtimes, the managed engine and the trainer, interpret.
/// It says what is computed; the weights and the state of a sequence are kept elsewhere.
/// </summary>
public sealed record ModelSpec
{
    /// <summary>Far above any model, and low enough that counts of bytes never overflow 64 bits.</summary>
    private const long MaximumParameters = 1L << 56;

    /// <summary>How ids become the first hidden states.</summary>
    public required EmbeddingSpec Embedding { get; init; }

    /// <summary>The causal stack of blocks.</summary>
    public required StackSpec Decoder { get; init; }

    /// <summary>What is read off the last hidden states.</summary>
    public required HeadSpec Head { get; init; }

    /// <summary>Longest sequence that the model is made for, in tokens.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Number of distinct token ids.</summary>
    public int VocabularySize => Embedding.VocabularySize;

    /// <summary>Width of the hidden states.</summary>
    public int HiddenSize => Embedding.HiddenSize;

    /// <summary>Refuses impossible or contradictory values by name.</summary>
    /// <returns>This specification, so that it can be checked where it is made.</returns>
    /// <exception cref="ArgumentException">A value is impossible; the message names it, its value and the remedy.</exception>
    public ModelSpec Validate()
    {
        SpecCheck.Positive(ContextLength, "ContextLength");
        Embedding.Validate(ContextLength);
        Decoder.Validate();
        Int128 parameters = 0;
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(this))
            parameters += parameter.Count;
        if (parameters > MaximumParameters)
            throw new ArgumentException($"the sizes make {parameters} parameters, more than any machine holds; they cannot be right");
        return this;
    }
}

/// <summary>Token embedding, with absolute positions added where the model has them.</summary>
/// <param name="VocabularySize">Rows of the table: distinct token ids.</param>
/// <param name="HiddenSize">Width of a row.</param>
/// <param name="Position"><see cref="PositionSpec.None"/> or <see cref="PositionSpec.Learned"/>.</param>
public sealed record EmbeddingSpec(int VocabularySize, int HiddenSize, PositionSpec Position)
{
    internal void Validate(int contextLength)
    {
        SpecCheck.Positive(VocabularySize, nameof(VocabularySize));
        SpecCheck.Positive(HiddenSize, nameof(HiddenSize));
        switch (Position)
        {
            case PositionSpec.None:
                break;
            case PositionSpec.Learned learned when learned.Count < contextLength:
                throw new ArgumentException(
                    $"the learned position table has {learned.Count} rows but the context is {contextLength} tokens; make them equal");
            case PositionSpec.Learned:
                break;
            default:
                throw new ArgumentException($"{Position.GetType().Name} positions belong to attention, not to the embedding");
        }
    }
}

/// <summary>Where order comes from. A closed set: None, Learned, Rotary.</summary>
public abstract record PositionSpec
{
    private PositionSpec()
    {
    }

    /// <summary>No positions in this place.</summary>
    public sealed record None : PositionSpec;

    /// <summary>A trained vector for each absolute position, added to the token embedding.</summary>
    /// <param name="Count">Rows of the table, in tokens.</param>
    public sealed record Learned(int Count) : PositionSpec;

    /// <summary>
    /// Rotary embedding of queries and keys, the two halves of a head rotated against each other (Su et al. 2021, arXiv:2104.09864,
    /// in the half-split layout of the Hugging Face Llama checkpoints).
    /// </summary>
    /// <param name="Theta">Base of the geometric sequence of wavelengths.</param>
    public sealed record Rotary(double Theta) : PositionSpec
    {
        /// <summary>How the wavelengths are stretched for contexts longer than those of the first training.</summary>
        public RotaryScaling Scaling { get; init; } = new RotaryScaling.None();
    }
}

/// <summary>What is read off the last hidden states. A closed set: LanguageModel.</summary>
public abstract record HeadSpec
{
    private HeadSpec()
    {
    }

    /// <summary>Logits over the vocabulary.</summary>
    /// <param name="TiedEmbedding">The projection is the token embedding itself.</param>
    public sealed record LanguageModel(bool TiedEmbedding) : HeadSpec;
}
