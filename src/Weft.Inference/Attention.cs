using Weft.Inference.Kernels;
using Weft.Inference.Threading;
using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, D hidden, H heads, K key-value heads, S head size.

/// <summary>Attention with grouped queries (Vaswani et al. 2017, arXiv:1706.03762; Ainslie et al. 2023, arXiv:2305.13245), of a sequence to itself or to a source.</summary>
internal sealed unsafe class Attention
{
    /// <summary>Items for each thread, so that none waits long for the others.</summary>
    private const int ItemsOfThread = 8;

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

    /// <summary>Attention of sequences to themselves.</summary>
    /// <param name="batch">Their new tokens.</param>
    /// <param name="input">[T, D].</param>
    /// <param name="output">[T, D].</param>
    /// <param name="accumulate">The output is added to what is there.</param>
    public void Forward(Batch batch, in RowSource input, float* output, bool accumulate)
    {
        Project(batch, input);
        Attend(batch, toSource: false);
        Finish(batch, output, accumulate);
    }

    /// <summary>Attention to what <see cref="PlaceSource"/> placed.</summary>
    /// <inheritdoc cref="Forward"/>
    public void ForwardToSource(Batch batch, in RowSource input, float* output, bool accumulate)
    {
        Workspace space = batch.Workspace;
        MatMul.Execute(batch.Team, input, batch.Tokens, [_query.Into(space.Query)]);
        // Queries only: each row by itself, so that the pieces need not be told apart.
        CachePlacementWork placement = Placement(space, batch.Pieces[0].Source!.Layer(_layer), 0, batch.Tokens);
        placement.Key = null;
        batch.Team.Run(ref placement, placement.Items);
        if (batch.SourceAttention is { } attention && attention.Layer == _layer)
            Tell(attention, batch);
        Attend(batch, toSource: true);
        Finish(batch, output, accumulate);
    }

    /// <summary>Keys and values of an encoder's states, for all queries to come.</summary>
    /// <param name="team">Who computes.</param>
    /// <param name="space">Holds the encoder's states.</param>
    /// <param name="states">[source, D].</param>
    /// <param name="source">Receives keys and values; its length says how many states there are.</param>
    public void PlaceSource(Team team, Workspace space, float* states, StackCache source)
    {
        MatMul.Execute(team, new(states, _key.Inputs), source.Length, [_key.Into(space.Key), _value.Into(space.Value)]);
        CachePlacementWork placement = Placement(space, source.Layer(_layer), 0, source.Length);
        placement.Query = null;
        team.Run(ref placement, placement.Items);
    }

    /// <summary>The probabilities with which one head's T queries attend to all positions, for reports.</summary>
    /// <param name="batch">The queries, of one sequence; the keys before them are in the cache.</param>
    /// <param name="input">[T, D].</param>
    /// <param name="head">The query head.</param>
    /// <param name="rows">Receives T rows of <paramref name="width"/>; positions that are not visible stay as they are.</param>
    /// <param name="width">Length of a row.</param>
    public void ComputeProbabilities(Batch batch, in RowSource input, int head, Span<float> rows, int width)
    {
        Project(batch, input);
        SequencePiece piece = batch.Pieces[0];
        int keys = piece.Start + piece.Tokens;
        _bias?.Prepare(keys);
        PlainAttention plain = Plain(batch.Workspace, piece, piece.Cache.Layer(_layer), piece.Start, keys);
        for (int t = 0; t < piece.Tokens; t++)
            plain.ComputeProbabilities(t, head, rows.Slice(t * width, width));
    }

    /// <summary>Tells how the tokens that end a sequence attend to its source; their queries are in the workspace until outputs take their place.</summary>
    private void Tell(SourceAttention attention, Batch batch)
    {
        foreach (ref readonly SequencePiece piece in batch.Pieces)
        {
            if (piece.Start + piece.Tokens < piece.Total)
                continue;
            int keys = KeysOf(piece, toSource: true);
            attention.Add(batch.Team, Plain(batch.Workspace, piece, CacheOf(piece, toSource: true), 0, keys), piece.Tokens - 1, keys);
        }
    }

    /// <summary>Leaves the queries rotated and scaled in the workspace, the keys and values in the caches.</summary>
    private void Project(Batch batch, in RowSource input)
    {
        Workspace space = batch.Workspace;
        MatMul.Execute(batch.Team, input, batch.Tokens, [_query.Into(space.Query), _key.Into(space.Key), _value.Into(space.Value)]);
        if (_angles is not null)
        {
            foreach (ref readonly SequencePiece piece in batch.Pieces)
                TurnEarlierKeys(batch, piece);
            space.PrepareAngles(_angles, batch);
        }
        CachePlacementWork* works = stackalloc CachePlacementWork[Math.Min(JoinedWork<CachePlacementWork>.Most, batch.Pieces.Length)];
        int* ends = stackalloc int[JoinedWork<CachePlacementWork>.Most];
        for (int first = 0; first < batch.Pieces.Length; first += JoinedWork<CachePlacementWork>.Most)
        {
            int count = Math.Min(JoinedWork<CachePlacementWork>.Most, batch.Pieces.Length - first);
            for (int i = 0; i < count; i++)
            {
                works[i] = PlacementOf(space, batch.Pieces[first + i]);
                ends[i] = works[i].Items + (i == 0 ? 0 : ends[i - 1]);
            }
            var joined = new JoinedWork<CachePlacementWork> { Works = works, Ends = ends };
            batch.Team.Run(ref joined, ends[count - 1]);
        }
    }

    private CachePlacementWork PlacementOf(Workspace space, in SequencePiece piece)
    {
        CachePlacementWork placement = Placement(space, piece.Cache.Layer(_layer), piece.Start, piece.Tokens);
        placement.Query += (nint)piece.Row * _spec.QuerySize;
        placement.Key += (nint)piece.Row * _spec.KeyValueSize;
        placement.Value += (nint)piece.Row * _spec.KeyValueSize;
        if (_angles is not null)
        {
            nint row = (nint)piece.Row * (_angles.RotatedSize / 2);
            (placement.RotatedSize, placement.Interleaved) = (_angles.RotatedSize, _angles.Spec.Interleaved);
            placement.Cosine = space.Cosine + row;
            placement.Sine = space.Sine + row;
        }
        return placement;
    }

    /// <summary>Where angles depend on the length of the sequence, a longer one turns the keys before it anew.</summary>
    private void TurnEarlierKeys(Batch batch, in SequencePiece piece)
    {
        int set = _angles!.SetFor(piece.Total);
        ref int held = ref piece.Cache.AngleSet(_layer);
        if (held == set)
            return;
        held = set;
        piece.Cache.ReserveAll();
        LayerCache cache = piece.Cache.Layer(_layer);
        Workspace space = batch.Workspace;
        for (int start = 0; start < piece.Start; start += space.Tokens)
        {
            int tokens = Math.Min(space.Tokens, piece.Start - start);
            space.PrepareAngles(_angles, start, tokens, piece.Total);
            var turning = new KeyTurningWork { Cache = cache, Cosine = space.Cosine, Sine = space.Sine, RotatedSize = _angles.RotatedSize, Interleaved = _angles.Spec.Interleaved, Start = start, Tokens = tokens };
            batch.Team.Run(ref turning, turning.Items);
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
        Epsilon = _queryNorm?.Epsilon ?? 0,
        Centered = _queryNorm?.IsCentered ?? false,
        Scale = (float)_spec.ScoreScale,
        Cache = cache,
        Heads = _spec.Heads,
        Start = start,
        Tokens = tokens,
    };

    /// <summary>Attention of all pieces, to their own keys or to those of their sources.</summary>
    private void Attend(Batch batch, bool toSource)
    {
        int longest = 0;
        foreach (ref readonly SequencePiece piece in batch.Pieces)
            longest = Math.Max(longest, KeysOf(piece, toSource));
        // Once for all, since tables that grow move.
        _bias?.Prepare(longest);
        AttentionWork* works = stackalloc AttentionWork[Math.Min(JoinedWork<AttentionWork>.Most, batch.Pieces.Length)];
        int* ends = stackalloc int[JoinedWork<AttentionWork>.Most];
        for (int first = 0; first < batch.Pieces.Length; first += JoinedWork<AttentionWork>.Most)
        {
            int count = Math.Min(JoinedWork<AttentionWork>.Most, batch.Pieces.Length - first);
            for (int i = 0; i < count; i++)
            {
                SequencePiece piece = batch.Pieces[first + i];
                if (_shaw is not null)
                    AttendPlainly(batch, piece, toSource);
                else
                    works[i] = WorkOf(batch.Workspace, piece, toSource);
            }
            if (_shaw is null)
                Run(batch, works, count, ends);
        }
    }

    /// <summary>Runs a few operators as one, those of few rows divided by keys where heads are too few to keep all threads busy.</summary>
    private void Run(Batch batch, AttentionWork* works, int count, int* ends)
    {
        long partials = 0;
        if (batch.Team.Threads > 1 && count * _spec.KeyValueHeads < ItemsOfThread * batch.Team.Threads)
            for (int i = 0; i < count; i++)
                partials += works[i].PartialCount;
        float* memory = partials > 0 ? batch.Workspace.Partials(partials) : null;
        for (int i = 0; i < count && partials > 0; i++)
        {
            works[i].Partials = works[i].PartialCount > 0 ? memory : null;
            memory += works[i].PartialCount;
        }
        RunJoined(batch.Team, works, count, ends);
        for (int i = 0; i < count; i++)
            works[i].Merges = true;
        if (partials > 0)
            RunJoined(batch.Team, works, count, ends);
    }

    private static void RunJoined(Team team, AttentionWork* works, int count, int* ends)
    {
        for (int i = 0; i < count; i++)
            ends[i] = works[i].Items + (i == 0 ? 0 : ends[i - 1]);
        var joined = new JoinedWork<AttentionWork> { Works = works, Ends = ends };
        team.Run(ref joined, ends[count - 1]);
    }

    private static int KeysOf(in SequencePiece piece, bool toSource) => toSource ? piece.Source!.Length : piece.Start + piece.Tokens;

    private LayerCache CacheOf(in SequencePiece piece, bool toSource) => (toSource ? piece.Source! : piece.Cache).Layer(_layer);

    private AttentionWork WorkOf(Workspace space, in SequencePiece piece, bool toSource) => new()
    {
        Query = space.Query + ((nint)piece.Row * _spec.QuerySize),
        Output = space.Query + ((nint)piece.Row * _spec.QuerySize),
        Sinks = _sinks,
        Cache = CacheOf(piece, toSource),
        View = KeyView.Of(_spec, KeysOf(piece, toSource), _bias),
        Heads = _spec.Heads,
        Start = toSource ? 0 : piece.Start,
        Tokens = piece.Tokens,
    };

    private void AttendPlainly(Batch batch, in SequencePiece piece, bool toSource)
    {
        PlainAttention plain = Plain(batch.Workspace, piece, CacheOf(piece, toSource), toSource ? 0 : piece.Start, KeysOf(piece, toSource));
        batch.Team.Run(ref plain, plain.Items);
    }

    private PlainAttention Plain(Workspace space, in SequencePiece piece, LayerCache cache, int start, int keys) => new()
    {
        Query = space.Query + ((nint)piece.Row * _spec.QuerySize),
        Output = space.Query + ((nint)piece.Row * _spec.QuerySize),
        Sinks = _sinks,
        RelativeKeys = _shaw is null ? null : _shaw.Keys,
        RelativeValues = _shaw is null ? null : _shaw.Values,
        MaximumDistance = _shaw?.MaximumDistance ?? 0,
        Cache = cache,
        View = KeyView.Of(_spec, keys, _bias),
        Heads = _spec.Heads,
        Start = start,
        Tokens = piece.Tokens,
    };

    private void Finish(Batch batch, float* output, bool accumulate) => MatMul.Execute(
        batch.Team, new(batch.Workspace.Query, _output.Inputs), batch.Tokens, [_output.Into(output, accumulate)]);

    /// <summary>The vectors of distances.</summary>
    private sealed class ShawTables(PositionSpec.Shaw spec, WeightStore store, string prefix)
    {
        public float* Keys { get; } = store.Load(prefix + "relative_keys.weight");

        public float* Values { get; } = spec.Values ? store.Load(prefix + "relative_values.weight") : null;

        public int MaximumDistance => spec.MaximumDistance;
    }
}
