using System.Text.Json.Serialization;

namespace Weft.Model.Spec;

/// <summary>Normalisation of hidden states. A closed set: LayerNorm, RmsNorm.</summary>
/// <param name="Epsilon">Added to the variance or mean square before the root.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = SpecJson.Kind)]
[JsonDerivedType(typeof(LayerNorm), "layer_norm")]
[JsonDerivedType(typeof(RmsNorm), "rms_norm")]
public abstract record NormSpec(double Epsilon)
{
    internal void Validate() => SpecCheck.Finite(Epsilon, 0, nameof(Epsilon));

    /// <summary>Centred and scaled, with a gain and, optionally, a bias (Ba et al. 2016, arXiv:1607.06450).</summary>
    /// <param name="Epsilon">Added to the variance.</param>
    /// <param name="Bias">A trained offset is added.</param>
    public sealed record LayerNorm(double Epsilon, bool Bias) : NormSpec(Epsilon);

    /// <summary>Scaled by the root mean square, with a gain (Zhang and Sennrich 2019, arXiv:1910.07467).</summary>
    /// <param name="Epsilon">Added to the mean square.</param>
    /// <param name="UnitOffset">The gain is one more than the trained number, as in Gemma.</param>
    public sealed record RmsNorm(double Epsilon, bool UnitOffset = false) : NormSpec(Epsilon);
}
