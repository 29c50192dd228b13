using Weft.Model.Spec;

namespace Weft.Inference.Kernels;

/// <summary>Which keys a query sees and how their scores change: a mask, sinks, a cap and a bias by distance, as kernels want them.</summary>
internal unsafe struct KeyView
{
    /// <summary>Positions that are visible whatever the window, before <see cref="End"/>.</summary>
    public int SinkTokens;

    /// <summary>Scores become c·tanh(score/c); 0 for none.</summary>
    public float SoftCap;

    private bool _all;
    private int _window, _chunk, _keys;
    private float* _bias;
    private int _biasStride, _biasCenter;

    /// <summary>The view of a specification.</summary>
    /// <param name="spec">Mask, sinks and cap.</param>
    /// <param name="keys">Positions that there are; matters where a query sees those after it.</param>
    /// <param name="bias">By distance; null for none.</param>
    public static KeyView Of(AttentionSpec spec, int keys, PositionBias? bias) => new()
    {
        SinkTokens = spec.Sinks is AttentionSinks.FirstTokens first ? first.Count : 0,
        SoftCap = (float)(spec.SoftCap ?? 0),
        _all = spec.Mask is AttentionMask.Bidirectional,
        _window = spec.Mask is AttentionMask.SlidingWindow window ? window.Size : 0,
        _chunk = spec.Mask is AttentionMask.Chunked chunked ? chunked.Size : 0,
        _keys = keys,
        _bias = bias is null ? null : bias.Table,
        _biasStride = bias?.Stride ?? 0,
        _biasCenter = bias?.Center ?? 0,
    };

    /// <summary>Scores are capped, or something is added to them.</summary>
    public readonly bool ChangesScores => SoftCap > 0 || _bias != null;

    /// <summary>The first position that a query sees, sinks aside.</summary>
    public readonly int First(int position) =>
        _window > 0 ? Math.Max(0, position - _window + 1) : _chunk > 0 ? position / _chunk * _chunk : 0;

    /// <summary>The position after the last that a query sees.</summary>
    public readonly int End(int position) => _all ? _keys : position + 1;

    /// <summary>What is added to the scores of the block of keys that begins so far from the query; null for nothing.</summary>
    public readonly float* BiasOf(int head, int distance) => _bias == null ? null : _bias + ((nint)head * _biasStride) + _biasCenter + distance;
}
