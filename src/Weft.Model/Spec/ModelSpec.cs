using System.Text.Json.Serialization;

namespace Weft.Model.Spec;

/// <summary>
/// The immutable description of a model: what both runtimes, the managed engine and the trainer, interpret.
/// It says what is computed; the weights and the state of a sequence are kept elsewhere. An encoder alone, a decoder alone, and
/// both are three fillings of it.
/// </summary>
public sealed record ModelSpec
{
    /// <summary>Far above any model, and low enough that counts of bytes never overflow 64 bits.</summary>
    private const long MaximumParameters = 1L << 56;

    /// <summary>How ids become the first hidden states.</summary>
    public required EmbeddingSpec Embedding { get; init; }

    /// <summary>The stack that looks both ways; null in decoders alone.</summary>
    public StackSpec? Encoder { get; init; }

    /// <summary>The causal stack; null in encoders alone.</summary>
    public StackSpec? Decoder { get; init; }

    /// <summary>What is read off the last hidden states.</summary>
    public required HeadSpec Head { get; init; }

    /// <summary>Longest sequence that the model is made for, in tokens; of an encoder and a decoder, each alike.</summary>
    [JsonPropertyOrder(-1)]
    public required int ContextLength { get; init; }

    /// <summary>Number of distinct token ids.</summary>
    [JsonIgnore]
    public int VocabularySize => Embedding.VocabularySize;

    /// <summary>Width of the hidden states.</summary>
    [JsonIgnore]
    public int HiddenSize => Embedding.HiddenSize;

    /// <summary>The stack whose states the head reads: the decoder, or the encoder where there is no decoder.</summary>
    [JsonIgnore]
    public StackSpec Stack => Decoder ?? Encoder ?? throw new ArgumentException("the model has neither an encoder nor a decoder; give it one");

    /// <summary>The decoder reads what an encoder made of a source.</summary>
    [JsonIgnore]
    public bool HasSource => Encoder is not null && Decoder is not null;

    /// <summary>It continues texts: a decoder with a head over the vocabulary.</summary>
    [JsonIgnore]
    public bool Generates => Decoder is not null && Head is HeadSpec.LanguageModel;

    /// <summary>Refuses impossible or contradictory values by name.</summary>
    /// <returns>This specification, so that it can be checked where it is made.</returns>
    /// <exception cref="ArgumentException">A value is impossible; the message names it, its value and the remedy.</exception>
    public ModelSpec Validate()
    {
        SpecCheck.Positive(ContextLength, "ContextLength");
        Embedding.Validate(ContextLength);
        _ = Stack;
        Encoder?.Validate(isEncoder: true, crosses: false);
        Decoder?.Validate(isEncoder: false, crosses: Encoder is not null);
        Head.Validate();
        if (Head is HeadSpec.MaskedLanguageModel && Decoder is not null)
            throw new ArgumentException("a masked language model looks both ways; give it an encoder alone");
        if (Head is HeadSpec.LanguageModel && Decoder is null)
            throw new ArgumentException("a language model looks back only; give it a decoder, or an encoder a masked language model's head");
        Int128 parameters = ModelParameters.Count(this);
        if (parameters > MaximumParameters)
            throw new ArgumentException($"the sizes make {parameters} parameters, more than any machine holds; they cannot be right");
        return this;
    }
}
