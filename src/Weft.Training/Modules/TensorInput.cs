using Weft.Training.Batches;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>What a model reads at once, of several sequences of equal length. Legend: B windows, T tokens, U tokens of the encoder.</summary>
/// <param name="Ids">Token ids, [B, T]; of an encoder-decoder, the decoder's.</param>
internal readonly record struct TensorInput(Tensor Ids)
{
    /// <summary>The encoder's ids, [B, U], of an encoder-decoder.</summary>
    public Tensor? SourceIds { get; init; }

    /// <summary>Segments of <see cref="Ids"/>, [B, T]; null for segment 0 throughout.</summary>
    public Tensor? TokenTypes { get; init; }

    /// <summary>A batch as tensors, and its targets, [B·T].</summary>
    public static (TensorInput Input, Tensor Target) Of(TrainingBatch batch) =>
        (new(tensor(batch.Ids, [batch.Rows, batch.Length])), tensor(batch.Targets));
}
