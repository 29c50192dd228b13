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

    /// <summary>Documents and positions of <see cref="Ids"/>; null where each row is one document.</summary>
    public TokenLayout? Layout { get; init; }

    /// <summary>Documents and positions of <see cref="SourceIds"/>; null where each row is one document.</summary>
    public TokenLayout? SourceLayout { get; init; }

    /// <summary>What is asked of routers of experts; null for nothing.</summary>
    public RoutingLosses? Routing { get; init; }

    /// <summary>Of a training pass; null for none.</summary>
    public Dropout? Dropout { get; init; }

    /// <summary>What the model reads of a batch, as tensors on its device.</summary>
    public static TensorInput Of(TrainingBatch batch, Device device) => new(tensor(batch.Ids, [batch.Rows, batch.Length], device: device))
    {
        TokenTypes = batch.TokenTypes is null ? null : tensor(batch.TokenTypes, [batch.Rows, batch.Length], device: device),
        Layout = TokenLayout.Of(batch.Rows, batch.Length, batch.Documents, batch.Positions, batch.Prefix),
        SourceIds = batch.SourceIds is null ? null : tensor(batch.SourceIds, [batch.Rows, batch.SourceLength], device: device),
        SourceLayout = TokenLayout.Of(batch.Rows, batch.SourceLength, batch.SourceDocuments, batch.SourcePositions, null),
    };
}
