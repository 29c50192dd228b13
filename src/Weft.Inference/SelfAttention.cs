using Weft.Inference.Kernels;
using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, H heads, K key-value heads, S head size.

/// <summary>Causal self attention with grouped queries (Vaswani et al. 2017, arXiv:1706.03762; Ainslie et al. 2023, arXiv:2305.13245).</summary>
internal sealed unsafe class SelfAttention
{
    private readonly AttentionSpec _spec;
    private readonly int _layer;
    private readonly RotaryAngles? _angles;
    private readonly Linear _query, _key, _value, _output;

    /// <exception cref="NotSupportedException">The engine does not know these positions.</exception>
    public SelfAttention(AttentionSpec spec, WeightStore store, int layer)
    {
        string prefix = $"{ModelParameters.Block(layer)}attention.";
        _spec = spec;
        _layer = layer;
        _query = new(store, prefix + "query", spec.HasInputBias);
        _key = new(store, prefix + "key", spec.HasInputBias);
        _value = new(store, prefix + "value", spec.HasInputBias);
        _output = new(store, prefix + "output", spec.HasOutputBias);
        _angles = spec.Position switch
        {
            PositionSpec.None => null,
            PositionSpec.Rotary rotary => new(rotary, spec.HeadSize),
            _ => throw new NotSupportedException($"{spec.Position.GetType().Name} positions in attention are unknown to the engine"),
        };
    }

    /// <summary>Adds the attention of the normalised states to the residual line.</summary>
    public void Forward(in SequencePiece piece)
    {
        Workspace space = piece.Workspace;
        Project(piece);
        var attention = new AttentionWork
        {
            Query = space.Query,
            Output = space.Attended,
            RowStates = space.RowStates,
            Cache = piece.Cache.Layer(_layer),
            Heads = _spec.Heads,
            Start = piece.Start,
            Tokens = piece.Tokens,
        };
        piece.Team.Run(ref attention, attention.Items);
        MatMul.Execute(piece.Team, space.Attended, piece.Tokens, _output.Inputs, [_output.AddedTo(space.Hidden)]);
    }

    /// <summary>The probabilities with which one head's T queries attend to all positions, for reports.</summary>
    /// <param name="piece">The queries; the keys before them are in the cache.</param>
    /// <param name="head">The query head.</param>
    /// <param name="rows">Receives T rows of <paramref name="width"/>; later positions stay as they are.</param>
    /// <param name="width">Length of a row.</param>
    public void ComputeProbabilities(in SequencePiece piece, int head, Span<float> rows, int width)
    {
        Project(piece);
        LayerCache cache = piece.Cache.Layer(_layer);
        int keyValueHead = head / (_spec.Heads / _spec.KeyValueHeads);
        for (int t = 0; t < piece.Tokens; t++)
        {
            float* query = piece.Workspace.Query + (((nint)t * _spec.Heads + head) * _spec.HeadSize);
            Span<float> row = rows.Slice(t * width, piece.Start + t + 1);
            for (int c = 0; c < row.Length; c++)
            {
                float* key = cache.KeyBlock(keyValueHead, c / AttentionRow.BlockSize) + (c % AttentionRow.BlockSize);
                row[c] = 0;
                for (int s = 0; s < _spec.HeadSize; s++)
                    row[c] += query[s] * key[s * AttentionRow.BlockSize];
            }
            System.Numerics.Tensors.TensorPrimitives.SoftMax<float>(row, row);
        }
    }

    /// <summary>Leaves the queries rotated and scaled in the workspace, the keys and values in the cache.</summary>
    private void Project(in SequencePiece piece)
    {
        Workspace space = piece.Workspace;
        MatMul.Execute(piece.Team, space.Normed, piece.Tokens, _query.Inputs,
            [_query.Into(space.Query), _key.Into(space.Key), _value.Into(space.Value)]);
        if (_angles is not null)
            space.PrepareAngles(_angles, piece.Start, piece.Tokens);
        var placement = new CachePlacementWork
        {
            Query = space.Query,
            Key = space.Key,
            Value = space.Value,
            Cosine = _angles is null ? null : space.Cosine,
            Sine = space.Sine,
            Cache = piece.Cache.Layer(_layer),
            Heads = _spec.Heads,
            Start = piece.Start,
            Tokens = piece.Tokens,
        };
        piece.Team.Run(ref placement, placement.Items);
    }
}
