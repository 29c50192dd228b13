namespace Weft.Model.Architectures;

/// <summary>BART's heirs whose positions are computed; some checkpoints keep the table all the same.</summary>
public abstract class SinusoidalBartFamily : BartFamily
{
    /// <inheritdoc/>
    protected override IReadOnlyList<string> IgnorableEndings => [.. base.IgnorableEndings, "coder.embed_positions.weight", "coder.embed_positions.weights"];
}
