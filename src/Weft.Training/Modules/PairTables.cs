using TorchSharp.Modules;

using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>What a block has to know besides the states: above all, of each pair of a query's and a key's position.</summary>
/// <param name="Bias">Added to the scores, [1 or B, 1 or H, T, T] in fp32: minus infinity where a key is hidden; null where nothing is added.</param>
/// <param name="IsCausal">Later keys are hidden, and <paramref name="Bias"/> is null: the fused kernel hides them by itself.</param>
/// <param name="ShawRows">Row of Shaw's tables, [T, T]; null where there are none.</param>
internal readonly record struct Pairs(Tensor? Bias, bool IsCausal, Tensor? ShawRows)
{
    /// <summary>As <see cref="Bias"/>, of cross attention, [B, 1, T, U]; null where all see all.</summary>
    public Tensor? CrossBias { get; init; }

    /// <summary>Documents that are computed each by itself, where the pairs are causal; null where rows are computed whole.</summary>
    public DocumentGroups? Groups { get; init; }

    /// <summary>How each token's queries and keys turn; null where positions count from 0 along the row.</summary>
    public Rotation? Rotation { get; init; }

    /// <summary>What is asked of a router of experts; null for nothing.</summary>
    public Routing? Routing { get; init; }

    /// <summary>Of the block, in training; null for none.</summary>
    public Dropout? Dropout { get; init; }
}

/// <summary>
/// Masks and relative positions of a stack's blocks, made once for a length and shared by the blocks that are alike. Only those of the last
/// length are kept, since they grow with its square. Legend: T tokens, H heads.
/// </summary>
/// <param name="stack">Whose blocks.</param>
/// <param name="buckets">The trained table of relative buckets, [buckets, H]; null where the stack has none.</param>
/// <param name="device">Of the states.</param>
internal sealed class PairTables(StackSpec stack, Parameter? buckets, Device device) : IDisposable
{
    private readonly Dictionary<object, Tensor> _kept = [];
    private int _length;

    /// <summary>Which blocks share a bias.</summary>
    /// <param name="Mask">Reduced to causal where it hides nothing more.</param>
    /// <param name="FirstTokens">That stay visible.</param>
    /// <param name="AlibiHeads">0 without ALiBi.</param>
    /// <param name="Bucketed">The trained table is added.</param>
    private sealed record BiasKind(AttentionMask Mask, int FirstTokens, int AlibiHeads, bool Bucketed);

    private sealed record BucketKind(PositionSpec.Buckets Spec, bool BothWays);

    /// <summary>What is made for one call and shared by its blocks.</summary>
    private sealed record Passing(TokenLayout? Layout, Dictionary<BiasKind, Tensor> Masks, Dictionary<BiasKind, Tensor> Biases)
    {
        public DocumentGroups? Groups { get; set; }
    }

    /// <summary>
    /// For sequences of <paramref name="length"/> tokens, one entry a block. Trained biases, and what depends on documents, belong to the dispose
    /// scope around the call.
    /// </summary>
    /// <param name="length">T.</param>
    /// <param name="layout">Documents of the rows; null where each row is one.</param>
    public Pairs[] Of(int length, TokenLayout? layout)
    {
        if (length != _length)
            Dispose();
        _length = length;
        var passing = new Passing(layout, [], []);
        return [.. stack.Blocks.Select(block => Of(block.Attention, passing))];
    }

    public void Dispose()
    {
        foreach (Tensor tensor in _kept.Values)
            tensor.Dispose();
        _kept.Clear();
    }

    private Pairs Of(AttentionSpec spec, Passing passing)
    {
        var kind = new BiasKind(Effective(spec.Mask), spec.Sinks is AttentionSinks.FirstTokens first ? first.Count : 0,
            spec.Position is PositionSpec.Alibi ? spec.Heads : 0, spec.Position is PositionSpec.Buckets);
        Tensor? rows = spec.Position is PositionSpec.Shaw shaw ? Keep(shaw, () => Table(distance => (long)shaw.Of(distance))) : null;
        bool apart = NeedsDocuments(kind.Mask, passing.Layout);
        if (kind is { AlibiHeads: 0, Bucketed: false, Mask: AttentionMask.Bidirectional } && !apart)
            return new(null, false, rows);
        if (kind is { AlibiHeads: 0, Bucketed: false, Mask: AttentionMask.Causal } && !apart && !AttentionFunction.NeedsScores(spec))
            return new(null, true, rows);
        if (kind is { AlibiHeads: 0, Bucketed: false } && passing.Layout is { Prefix: null } layout && IsCausalWithin(spec.Mask, layout) && !AttentionFunction.NeedsScores(spec))
            return new(null, true, rows) { Groups = passing.Groups ??= new(layout, device) };
        if (!apart && !kind.Bucketed)
            return new(Fixed(kind), false, rows);
        if (!passing.Biases.TryGetValue(kind, out Tensor? bias))
            passing.Biases.Add(kind, bias = apart ? OfDocuments(spec, kind, passing) : Bucketed((PositionSpec.Buckets)spec.Position, kind));
        return new(bias, false, rows);
    }

    /// <summary>The mask of sequences without documents is not enough.</summary>
    private static bool NeedsDocuments(AttentionMask mask, TokenLayout? layout) =>
        layout is not null && (layout.Prefix is not null || (layout.Documents is not null && (mask is AttentionMask.Bidirectional || !layout.OneDocumentARow)));

    /// <summary>Rows have documents that are worth taking apart, and within none of them the mask hides more than what comes later.</summary>
    private static bool IsCausalWithin(AttentionMask mask, TokenLayout layout) => layout.Documents is not null
        && DocumentGroups.AreWorthWhile(layout) && mask is not AttentionMask.Bidirectional && mask.FirstVisible(layout.LongestDocument - 1) == 0;

    /// <summary>Distances are those of the row: documents lie in one piece.</summary>
    private Tensor OfDocuments(AttentionSpec spec, BiasKind kind, Passing passing)
    {
        BiasKind masked = kind with { AlibiHeads = 0, Bucketed = false };
        if (!passing.Masks.TryGetValue(masked, out Tensor? mask))
            passing.Masks.Add(masked, mask = DocumentMasks.Within(passing.Layout!, spec.Mask, kind.FirstTokens, device));
        if (kind.AlibiHeads > 0)
            mask = mask.Plus(AlibiTable(kind.AlibiHeads));
        return spec.Position is PositionSpec.Buckets buckets ? mask.Plus(BucketTable(buckets, kind.Mask is AttentionMask.Bidirectional)) : mask;
    }

    private AttentionMask Effective(AttentionMask mask) => mask switch
    {
        AttentionMask.SlidingWindow or AttentionMask.Chunked when mask.FirstVisible(_length - 1) == 0 => new AttentionMask.Causal(),
        _ => mask,
    };

    private Tensor Bucketed(PositionSpec.Buckets spec, BiasKind kind)
    {
        bool bothWays = kind.Mask is AttentionMask.Bidirectional;
        Tensor bias = BucketTable(spec, bothWays);
        return bothWays ? bias : bias.Plus(Fixed(kind with { Bucketed = false }));
    }

    /// <summary>The trained numbers of each pair, [1, H, T, T].</summary>
    private Tensor BucketTable(PositionSpec.Buckets spec, bool bothWays)
    {
        Tensor index = Keep(new BucketKind(spec, bothWays), () => Table(distance => (long)spec.Of(distance, bothWays)).reshape(-1));
        return buckets!.index_select(0, index).view(_length, _length, -1).permute(2, 0, 1).unsqueeze(0);
    }

    private Tensor Fixed(BiasKind kind) => Keep(kind, () => kind.AlibiHeads == 0 ? Mask(kind) : AlibiTable(kind.AlibiHeads).Plus(Mask(kind)));

    /// <summary>What is taken off the scores of each pair, [1, H, T, T].</summary>
    private Tensor AlibiTable(int heads) =>
        tensor(PositionSpec.Alibi.Slopes(heads), ScalarType.Float32, device).view(1, -1, 1, 1) * Table(distance => (float)-Math.Abs(distance));

    /// <summary>0 where the query sees the key, minus infinity where it does not, [1, 1, T, T].</summary>
    private Tensor Mask(BiasKind kind)
    {
        float[] values = new float[_length * _length];
        bool bothWays = kind.Mask is AttentionMask.Bidirectional;
        for (int i = 0; i < _length && !bothWays; i++)
        {
            Span<float> row = values.AsSpan(i * _length, _length);
            int firstTokens = Math.Min(kind.FirstTokens, i), first = Math.Max(firstTokens, kind.Mask.FirstVisible(i));
            row[firstTokens..first].Fill(float.NegativeInfinity);
            row[(i + 1)..].Fill(float.NegativeInfinity);
        }
        return tensor(values, [1, 1, _length, _length], device: device);
    }

    /// <summary>A value for each pair's distance, the key's position less the query's, [T, T].</summary>
    private Tensor Table<T>(Func<int, T> valueOf)
        where T : unmanaged
    {
        T[] byDistance = [.. Enumerable.Range(1 - _length, (2 * _length) - 1).Select(valueOf)];
        T[] values = new T[_length * _length];
        for (int i = 0; i < _length; i++)
            byDistance.AsSpan(_length - 1 - i, _length).CopyTo(values.AsSpan(i * _length));
        return from_array(values, device: device).view(_length, _length);
    }

    private Tensor Keep(object key, Func<Tensor> make)
    {
        if (!_kept.TryGetValue(key, out Tensor? kept))
        {
            using var scope = NewDisposeScope();
            _kept.Add(key, kept = make().DetachFromDisposeScope());
        }
        return kept;
    }
}
