using Weft.Model.Spec;

namespace Weft.Model;

/// <summary>
/// What both runtimes offer, so that evaluation and parity checks need not know which of them computes.
/// </summary>
public interface ILanguageModel
{
    /// <summary>What is computed.</summary>
    ModelSpec Spec { get; }

    /// <summary>Next-token logits at every position of one sequence, in fp32.</summary>
    /// <param name="ids">The sequence, [T], at most the context length.</param>
    /// <param name="logits">Receives [T, vocabulary], row-major.</param>
    /// <exception cref="ArgumentException">An id is outside the vocabulary, or a length does not fit.</exception>
    void ComputeLogits(ReadOnlySpan<int> ids, Span<float> logits);
}
