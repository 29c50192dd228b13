using System.Text.Json.Serialization;

namespace Weft.Model.Spec;

/// <summary>The position-wise part of a block. A closed set: Dense, Gated, MixtureOfExperts.</summary>
/// <param name="InnerSize">Width between the two projections.</param>
/// <param name="Activation">The nonlinearity.</param>
/// <param name="Bias">The projections carry a bias.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = SpecJson.Kind)]
[JsonDerivedType(typeof(Dense), "dense")]
[JsonDerivedType(typeof(Gated), "gated")]
[JsonDerivedType(typeof(MixtureOfExperts), "mixture_of_experts")]
public abstract record FeedForwardSpec(int InnerSize, Activation Activation, bool Bias)
{
    /// <summary>More experts than any published block has; a larger number is a corrupt file.</summary>
    private const int MaximumExperts = 10_000;

    internal void Validate()
    {
        SpecCheck.Positive(InnerSize, nameof(InnerSize));
        SpecCheck.Defined(Activation, "activation");
        if (this is not MixtureOfExperts mixture)
            return;
        SpecCheck.Positive(mixture.Router.Experts, "experts");
        if (mixture.Router.Experts > MaximumExperts)
            throw new ArgumentException($"a block has {mixture.Router.Experts} experts; it may have up to {MaximumExperts}");
        SpecCheck.Positive(mixture.Router.Chosen, "chosen experts");
        if (mixture.Router.Chosen > mixture.Router.Experts)
            throw new ArgumentException($"{mixture.Router.Chosen} experts cannot be chosen from {mixture.Router.Experts}; choose at most all of them");
        if (mixture.Shared is { } shared)
            SpecCheck.Positive(shared.InnerSize, "the shared expert's InnerSize");
    }

    /// <summary>down(activation(up(x))).</summary>
    /// <param name="InnerSize">Width between the two projections.</param>
    /// <param name="Activation">The nonlinearity.</param>
    /// <param name="Bias">The projections carry a bias.</param>
    public sealed record Dense(int InnerSize, Activation Activation, bool Bias) : FeedForwardSpec(InnerSize, Activation, Bias);

    /// <summary>down(activation(gate(x)) · up(x)) (Shazeer 2020, arXiv:2002.05202).</summary>
    /// <param name="InnerSize">Width between the projections.</param>
    /// <param name="Activation">The nonlinearity of the gate.</param>
    /// <param name="Bias">The projections carry a bias.</param>
    public sealed record Gated(int InnerSize, Activation Activation, bool Bias) : FeedForwardSpec(InnerSize, Activation, Bias);

    /// <summary>Gated experts, of which a router chooses some for each token and weighs their outputs (Shazeer et al. 2017, arXiv:1701.06538).</summary>
    /// <param name="InnerSize">Width of one expert.</param>
    /// <param name="Activation">The nonlinearity of the gates.</param>
    /// <param name="Bias">The experts' projections carry a bias.</param>
    /// <param name="Router">Who chooses.</param>
    public sealed record MixtureOfExperts(int InnerSize, Activation Activation, bool Bias, RouterSpec Router) : FeedForwardSpec(InnerSize, Activation, Bias)
    {
        /// <summary>An expert that every token passes; null where there is none.</summary>
        public SharedExpertSpec? Shared { get; init; }
    }
}

/// <summary>
/// Chooses experts for a token by the greatest of its scores, router · x; the first of equal ones. A closed set: SoftmaxBeforeChoice,
/// SoftmaxAfterChoice.
/// </summary>
/// <param name="Experts">How many there are.</param>
/// <param name="Chosen">How many each token gets.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = SpecJson.Kind)]
[JsonDerivedType(typeof(SoftmaxBeforeChoice), "softmax_before_choice")]
[JsonDerivedType(typeof(SoftmaxAfterChoice), "softmax_after_choice")]
public abstract record RouterSpec(int Experts, int Chosen)
{
    /// <summary>Weights are the softmax over all experts, so that those of the chosen add up to less than one (Fedus et al. 2021, arXiv:2101.03961).</summary>
    /// <param name="Experts">How many there are.</param>
    /// <param name="Chosen">How many each token gets.</param>
    public sealed record SoftmaxBeforeChoice(int Experts, int Chosen) : RouterSpec(Experts, Chosen);

    /// <summary>Weights are the softmax over the chosen experts, which equals a softmax over all that is scaled to one (Jiang et al. 2024, arXiv:2401.04088).</summary>
    /// <param name="Experts">How many there are.</param>
    /// <param name="Chosen">How many each token gets.</param>
    public sealed record SoftmaxAfterChoice(int Experts, int Chosen) : RouterSpec(Experts, Chosen);
}

/// <summary>A gated expert that every token passes; its output is added to that of the chosen ones.</summary>
/// <param name="InnerSize">Its width.</param>
/// <param name="Gated">Its output is multiplied by sigmoid(gate · x), as in Qwen 2 MoE.</param>
public sealed record SharedExpertSpec(int InnerSize, bool Gated);

/// <summary>Nonlinearities.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<Activation>))]
public enum Activation
{
    /// <summary>x·Φ(x) with the error function (Hendrycks and Gimpel 2016, arXiv:1606.08415).</summary>
    Gelu,

    /// <summary>The tanh approximation of GELU that GPT-2 was trained with.</summary>
    GeluTanh,

    /// <summary>x·sigmoid(x).</summary>
    Silu,

    /// <summary>max(x, 0), as in the original Transformer.</summary>
    Relu,

    /// <summary>The hyperbolic tangent, of poolers.</summary>
    Tanh,
}
