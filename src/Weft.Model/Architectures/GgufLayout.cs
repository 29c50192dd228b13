using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>
/// What distinguishes a family in a GGUF file as llama.cpp writes it. Most names and keys are the same for all families; they follow from the
/// specification.
/// </summary>
/// <param name="Name"><c>general.architecture</c>, also the prefix of the family's keys.</param>
/// <param name="Activation">The nonlinearity of the feed-forward part, which no key tells.</param>
public sealed record GgufLayout(string Name, Activation Activation)
{
    /// <summary>Attention has rotary positions; otherwise order comes from the embedding alone.</summary>
    public bool IsRotary { get; init; } = true;

    /// <summary>Rows of query and key lie with rotary pairs side by side.</summary>
    public bool InterleavesPairs { get; init; }

    /// <summary>Query, key and value share one tensor, <c>attn_qkv</c>.</summary>
    public bool JoinsAttention { get; init; }
}
