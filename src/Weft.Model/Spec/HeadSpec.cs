using System.Text.Json.Serialization;

namespace Weft.Model.Spec;

// T tokens, D hidden, V vocabulary.

/// <summary>
/// What is read off the last hidden states. A closed set: LanguageModel, MaskedLanguageModel, SequenceClassification,
/// TokenClassification, Spans, PooledEmbedding.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = SpecJson.Kind)]
[JsonDerivedType(typeof(LanguageModel), "language_model")]
[JsonDerivedType(typeof(MaskedLanguageModel), "masked_language_model")]
[JsonDerivedType(typeof(SequenceClassification), "sequence_classification")]
[JsonDerivedType(typeof(TokenClassification), "token_classification")]
[JsonDerivedType(typeof(Spans), "spans")]
[JsonDerivedType(typeof(PooledEmbedding), "pooled_embedding")]
public abstract record HeadSpec
{
    private HeadSpec()
    {
    }

    /// <summary>The vocabulary projection is the token embedding itself.</summary>
    [JsonIgnore]
    public bool SharesEmbedding => this is LanguageModel { TiedEmbedding: true } or MaskedLanguageModel { TiedEmbedding: true };

    /// <summary>Numbers that the head gives for each token, or, where it pools, for the whole sequence.</summary>
    public int OutputSize(ModelSpec spec) => this switch
    {
        LanguageModel or MaskedLanguageModel => spec.VocabularySize,
        SequenceClassification head => head.Labels,
        TokenClassification head => head.Labels,
        Spans => 2,
        PooledEmbedding => spec.HiddenSize,
        _ => throw new NotSupportedException($"head {GetType().Name} is unknown"),
    };

    /// <summary>One output for the whole sequence, not one for each token.</summary>
    [JsonIgnore]
    public bool Pools => this is SequenceClassification or PooledEmbedding;

    internal void Validate()
    {
        switch (this)
        {
            case LanguageModel head:
                SpecCheck.Finite(head.LogitScale, double.Epsilon, nameof(head.LogitScale));
                SpecCheck.Finite(head.SoftCap ?? 1, double.Epsilon, nameof(head.SoftCap));
                break;
            case MaskedLanguageModel head:
                SpecCheck.Defined(head.Activation, "activation");
                head.Norm.Validate();
                break;
            case SequenceClassification head:
                SpecCheck.Positive(head.Labels, nameof(head.Labels));
                SpecCheck.Defined(head.Pooling, "pooling");
                SpecCheck.Defined(head.Transform ?? Activation.Tanh, "activation");
                break;
            case TokenClassification head:
                SpecCheck.Positive(head.Labels, nameof(head.Labels));
                break;
            case PooledEmbedding head:
                SpecCheck.Defined(head.Pooling, "pooling");
                SpecCheck.Defined(head.Transform ?? Activation.Tanh, "activation");
                break;
        }
    }

    /// <summary>Logits over the vocabulary: softcap(scale · (W·h) + b), [T, V].</summary>
    /// <param name="TiedEmbedding">The projection is the token embedding itself.</param>
    public sealed record LanguageModel(bool TiedEmbedding) : HeadSpec
    {
        /// <summary>The projection carries a bias, as in Marian.</summary>
        public bool Bias { get; init; }

        /// <summary>Multiplies the products W·h, before the bias is added; 1/sqrt(D) in T5's tied form.</summary>
        public double LogitScale { get; init; } = 1;

        /// <summary>Logits become c·tanh(logit/c), as in Gemma 2; null for none.</summary>
        public double? SoftCap { get; init; }
    }

    /// <summary>Logits over the vocabulary through one more layer, W·norm(activation(dense(h))) + b, [T, V] (Devlin et al. 2018, arXiv:1810.04805).</summary>
    /// <param name="TiedEmbedding">W is the token embedding itself.</param>
    /// <param name="Activation">Of the layer.</param>
    /// <param name="Norm">Of the layer.</param>
    public sealed record MaskedLanguageModel(bool TiedEmbedding, Activation Activation, NormSpec Norm) : HeadSpec;

    /// <summary>Logits over labels of the whole sequence, [labels].</summary>
    /// <param name="Labels">How many.</param>
    /// <param name="Pooling">Which hidden state stands for the sequence.</param>
    /// <param name="Bias">The projection to the labels carries a bias.</param>
    public sealed record SequenceClassification(int Labels, Pooling Pooling, bool Bias) : HeadSpec
    {
        /// <summary>The pooled state first goes through activation(dense(h)) of width D; null where it does not.</summary>
        public Activation? Transform { get; init; }
    }

    /// <summary>Logits over labels of each token, [T, labels].</summary>
    /// <param name="Labels">How many.</param>
    public sealed record TokenClassification(int Labels) : HeadSpec;

    /// <summary>Logits of being the first and the last token of an answer, [T, 2].</summary>
    public sealed record Spans : HeadSpec;

    /// <summary>One vector for the sequence, [D] (Reimers and Gurevych 2019, arXiv:1908.10084).</summary>
    /// <param name="Pooling">How it comes from the hidden states.</param>
    /// <param name="Normalized">It is divided by its length.</param>
    public sealed record PooledEmbedding(Pooling Pooling, bool Normalized) : HeadSpec
    {
        /// <summary>The pooled state goes through activation(dense(h)), as BERT's pooler; null where it does not.</summary>
        public Activation? Transform { get; init; }
    }
}

/// <summary>Which hidden state stands for a sequence.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<Pooling>))]
public enum Pooling
{
    /// <summary>The first token's, such as BERT's [CLS].</summary>
    First,

    /// <summary>The last token's.</summary>
    Last,

    /// <summary>The mean of all.</summary>
    Mean,
}
