using Weft.Inference.Kernels;
using Weft.Inference.Threading;
using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, D hidden, H heads, K key-value heads, S head size.

/// <summary>Attention with grouped queries (Vaswani et al. 2017, arXiv:1706.03762; Ainslie et al. 2023, arXiv:2305.13245), of a sequence to itself or to a source.</summary>
internal sealed unsafe class Attention
{
    private readonly AttentionSpec _spec;
    private readonly int _layer;
    private readonly RotaryAngles? _angles;
    private readonly PositionBias? _bias;
    private readonly ShawTables? _shaw;
    private readonly Linear _query, _key, _value, _output;
    private readonly Norm? _queryNorm, _keyNorm;
    private readonly float* _sinks;

    /// <param name="spec">What is computed.</param>
    /// <param name="store">Where the weights are.</param>
    /// <param name="prefix">Of the weights' names.</param>
    /// <param name="layer">Index in the cache.</param>
    /// <param name="biases">What the blocks of a stack share.</param>
    /// <exception cref="NotSupportedException">The engine does not know these positions.</exception>
    public Attention(AttentionSpec spec, WeightStore store, string prefix, int layer, PositionBiases biases)
    {
        _spec = spec;
        _layer = layer;
        _query = new(store, prefix + "query", spec.HasInputBias);
        _key = new(store, prefix + "key", spec.HasInputBias);
        _value = new(store, prefix + "value", spec.HasInputBias);
        _output = new(store, prefix + "output", spec.HasOutputBias);
        if (spec.QueryKeyNorm is { } norm)
            (_queryNorm, _keyNorm) = (new(norm, store, prefix + "query_norm"), new(norm, store, prefix + "key_norm"));
        _sinks = spec.Sinks switch
        {
            AttentionSinks.None or AttentionSinks.FirstTokens => null,
            AttentionSinks.Learned => store.Load(prefix + "sinks.weight"),
            _ => throw new NotSupportedException($"{spec.Sinks.GetType().Name} sinks are unknown to the engine"),
        };
        _angles = spec.Position is PositionSpec.Rotary rotary ? new(rotary, spec.HeadSize) : null;
        _bias = biases.For(spec);
        _shaw = spec.Position is PositionSpec.Shaw shaw ? new(shaw, store, prefix) : null;
    }

    /// <summary>Attention of a sequence to itself.</summary>
    /// <param name="piece">Its new tokens.</param>
    /// <param name="input">[T, D].</param>
    /// <param name="output">[T, D].</param>
    /// <param name="accumulate">The output is added to what is there.</param>
    public void Forward(in SequencePiece piece, float* input, float* output, bool accumulate)
    {
        Project(piece, input);
        Attend(piece, piece.Cache.Layer(_layer), piece.Start, Prepare(piece.Start + piece.Tokens));
        Finish(piece, output, accumulate);
    }

    /// <summary>Attention to what <see cref="PlaceSource"/> placed.</summary>
    /// <inheritdoc cref="Forward"/>
    public void ForwardToSource(in SequencePiece piece, float* input, float* output, bool accumulate)
    {
        Workspace space = piece.Workspace;
        MatMul.Execute(piece.Team, input, piece.Tokens, _query.Inputs, [_query.Into(space.Query)]);
        CachePlacementWork placement = Placement(space, piece.Source!.Layer(_layer), 0, piece.Tokens);
        placement.Key = null;
        piece.Team.Run(ref placement, placement.Items);
        Attend(piece, piece.Source.Layer(_layer), 0, Prepare(piece.Source.Length));
        Finish(piece, output, accumulate);
    }

    /// <summary>Keys and values of an encoder's states, for all queries to come.</summary>
    /// <param name="team">Who computes.</param>
    /// <param name="space">Holds the encoder's states.</param>
    /// <param name="states">[source, D].</param>
    /// <param name="source">Receives keys and values; its length says how many states there are.</param>
    public void PlaceSource(Team team, Workspace space, float* states, StackCache source)
    {
        MatMul.Execute(team, states, source.Length, _key.Inputs, [_key.Into(space.Key), _value.Into(space.Value)]);
        CachePlacementWork placement = Placement(space, source.Layer(_layer), 0, source.Length);
        placement.Query = null;
        team.Run(ref placement, placement.Items);
    }

    /// <summary>The probabilities with which one head's T queries attend to all positions, for reports.</summary>
    /// <param name="piece">The queries; the keys before them are in the cache.</param>
    /// <param name="input">[T, D].</param>
    /// <param name="head">The query head.</param>
    /// <param name="rows">Receives T rows of <paramref name="width"/>; positions that are not visible stay as they are.</param>
    /// <param name="width">Length of a row.</param>
    public void ComputeProbabilities(in SequencePiece piece, float* input, int head, Span<float> rows, int width)
    {
        Project(piece, input);
        PlainAttention plain = Plain(piece, piece.Cache.Layer(_layer), piece.Start, Prepare(piece.Start + piece.Tokens));
        for (int t = 0; t < piece.Tokens; t++)
            plain.ComputeProbabilities(t, head, rows.Slice(t * width, width));
    }

    /// <summary>Leaves the queries rotated and scaled in the workspace, the keys and values in the cache.</summary>
    private void Project(in SequencePiece piece, float* input)
    {
        Workspace space = piece.Workspace;
        MatMul.Execute(piece.Team, input, piece.Tokens, _query.Inputs,
            [_query.Into(space.Query), _key.Into(space.Key), _value.Into(space.Value)]);
        LayerCache cache = piece.Cache.Layer(_layer);
        CachePlacementWork placement = Placement(space, cache, piece.Start, piece.Tokens);
        if (_angles is not null)
        {
            TurnEarlierKeys(piece, cache);
            space.PrepareAngles(_angles, piece.Start, piece.Tokens, piece.Total);
            placement.Cosine = space.Cosine;
            placement.Sine = space.Sine;
            (placement.RotatedSize, placement.Interleaved) = (_angles.RotatedSize, _angles.Spec.Interleaved);
        }
        piece.Team.Run(ref placement, placement.Items);
    }

    /// <summary>Where angles depend on the length of the sequence, a longer one turns the keys before it anew.</summary>
    private void TurnEarlierKeys(in SequencePiece piece, LayerCache cache)
    {
        int set = _angles!.SetFor(piece.Total);
        ref int held = ref piece.Cache.AngleSet(_layer);
        if (held == set)
            return;
        held = set;
        piece.Cache.ReserveAll();
        cache = piece.Cache.Layer(_layer);
        Workspace space = piece.Workspace;
        for (int start = 0; start < piece.Start; start += space.Tokens)
        {
            int tokens = Math.Min(space.Tokens, piece.Start - start);
            space.PrepareAngles(_angles, start, tokens, piece.Total);
            var turning = new KeyTurningWork { Cache = cache, Cosine = space.Cosine, Sine = space.Sine, RotatedSize = _angles.RotatedSize, Interleaved = _angles.Spec.Interleaved, Start = start, Tokens = tokens };
            piece.Team.Run(ref turning, turning.Items);
        }
    }

    private CachePlacementWork Placement(Workspace space, LayerCache cache, int start, int tokens) => new()
    {
        Query = space.Query,
        Key = space.Key,
        Value = space.Value,
        QueryGain = _queryNorm is null ? null : _queryNorm.Gain,
        KeyGain = _keyNorm is null ? null : _keyNorm.Gain,
        QueryBias = _queryNorm is null ? null : _queryNorm.Bias,
        KeyBias = _keyNorm is null ? null : _keyNorm.Bias,
        Epsilon = (float)(_spec.QueryKeyNorm?.Epsilon ?? 0),
        Centered = _spec.QueryKeyNorm is NormSpec.LayerNorm,
        Scale = (float)_spec.ScoreScale,
        Cache = cache,
        Heads = _spec.Heads,
        Start = start,
        Tokens = tokens,
    };

    private KeyView Prepare(int keys)
    {
        _bias?.Prepare(keys);
        return KeyView.Of(_spec, keys, _bias);
    }

    private void Attend(in SequencePiece piece, LayerCache cache, int start, KeyView view)
    {
        if (_shaw is not null)
        {
            PlainAttention plain = Plain(piece, cache, start, view);
            piece.Team.Run(ref plain, plain.Items);
            return;
        }
        Workspace space = piece.Workspace;
        var attention = new AttentionWork
        {
            Query = space.Query,
            Output = space.Attended,
            Sinks = _sinks,
            Cache = cache,
            View = view,
            Heads = _spec.Heads,
            Start = start,
            Tokens = piece.Tokens,
        };
        piece.Team.Run(ref attention, attention.Items);
    }

    private PlainAttention Plain(in SequencePiece piece, LayerCache cache, int start, KeyView view) => new()
    {
        Query = piece.Workspace.Query,
        Output = piece.Workspace.Attended,
        Sinks = _sinks,
        RelativeKeys = _shaw is null ? null : _shaw.Keys,
        RelativeValues = _shaw is null ? null : _shaw.Values,
        MaximumDistance = _shaw?.MaximumDistance ?? 0,
        Cache = cache,
        View = view,
        Heads = _spec.Heads,
        Start = start,
        Tokens = piece.Tokens,
    };

    private void Finish(in SequencePiece piece, float* output, bool accumulate) => MatMul.Execute(
        piece.Team, piece.Workspace.Attended, piece.Tokens, _output.Inputs, [accumulate ? _output.AddedTo(output) : _output.Into(output)]);

    /// <summary>The vectors of distances.</summary>
    private sealed class ShawTables(PositionSpec.Shaw spec, WeightStore store, string prefix)
    {
        public float* Keys { get; } = store.Load(prefix + "relative_keys.weight");

        public float* Values { get; } = spec.Values ? store.Load(prefix + "relative_values.weight") : null;

        public int MaximumDistance => spec.MaximumDistance;
    }
}
