using Weft.Model.Spec;

namespace Weft.Model;

/// <summary>
/// What both runtimes offer, so that evaluation and parity checks need not know which of them computes.
/// </summary>
public interface ILanguageModel
{
    /// <summary>What is computed.</summary>
    ModelSpec Spec { get; }

    /// <summary>What the head makes of a sequence, in fp32.</summary>
    /// <param name="input">What is read.</param>
    /// <param name="outputs">Receives [T, outputs], row-major, or [outputs] where the head pools: see <see cref="HeadSpec.OutputSize"/>.</param>
    /// <exception cref="ArgumentException">The input does not suit the model, or a length is wrong.</exception>
    void ComputeOutputs(in ModelInput input, Span<float> outputs);

    /// <summary>The hidden states that the head reads, in fp32.</summary>
    /// <param name="input">What is read.</param>
    /// <param name="hidden">Receives [T, hidden size], row-major.</param>
    /// <exception cref="ArgumentException">The input does not suit the model, or a length is wrong.</exception>
    void ComputeHidden(in ModelInput input, Span<float> hidden);
}

/// <summary>Shorter calls for common cases.</summary>
public static class LanguageModelExtensions
{
    /// <summary>Logits over the vocabulary at every position of one sequence, in fp32: of the next token, or of the masked one.</summary>
    /// <param name="model">A decoder alone or an encoder alone.</param>
    /// <param name="ids">The sequence, [T], at most the context length.</param>
    /// <param name="logits">Receives [T, vocabulary], row-major.</param>
    /// <exception cref="ArgumentException">An id is outside the vocabulary, or a length does not fit.</exception>
    public static void ComputeLogits(this ILanguageModel model, ReadOnlySpan<int> ids, Span<float> logits)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.ComputeOutputs(new(ids), logits);
    }
}
