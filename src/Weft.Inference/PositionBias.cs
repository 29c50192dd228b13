using Weft.Inference.Kernels;
using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// H heads.

/// <summary>
/// What attention adds to the score of a key for its distance, position of the key less that of the query: one row for each head, so that
/// the neighbouring keys of a block read neighbouring numbers. Blocks that share positions share it.
/// </summary>
internal sealed unsafe class PositionBias
{
    /// <summary>Enough for short sequences, so that their every token does not make a new table.</summary>
    private const int ShortestLength = 512;

    private readonly Func<int, int, float> _at;
    private readonly int _heads;
    private readonly bool _bothWays;
    private AlignedBuffer? _table;
    private int _length;

    private PositionBias(int heads, bool bothWays, Func<int, int, float> at)
    {
        _heads = heads;
        _bothWays = bothWays;
        _at = at;
    }

    /// <summary>First number of head 0.</summary>
    public float* Table => _table!.Pointer;

    /// <summary>Numbers of a head.</summary>
    public int Stride { get; private set; }

    /// <summary>Index of distance 0.</summary>
    public int Center => _length - 1;

    /// <summary>Attention with linear biases: a slope for each head.</summary>
    public static PositionBias Alibi(AttentionSpec spec)
    {
        double[] slopes = PositionSpec.Alibi.Slopes(spec.Heads);
        // Where attention looks both ways, what lies after fades as what lies before.
        return new(spec.Heads, spec.Mask is AttentionMask.Bidirectional, (head, distance) => (float)(-slopes[head] * Math.Abs(distance)));
    }

    /// <summary>Relative buckets.</summary>
    /// <param name="spec">Of one of the blocks.</param>
    /// <param name="weight">[buckets, H].</param>
    public static PositionBias Buckets(AttentionSpec spec, float* weight)
    {
        var buckets = (PositionSpec.Buckets)spec.Position;
        bool bothWays = spec.Mask is AttentionMask.Bidirectional;
        int heads = spec.Heads;
        return new(heads, bothWays, (head, distance) => weight[(buckets.Of(distance, bothWays) * heads) + head]);
    }

    /// <summary>The number of one head and distance.</summary>
    public float At(int head, int distance) => _at(head, distance);

    /// <summary>Makes the table long enough for sequences of so many tokens.</summary>
    public void Prepare(int length)
    {
        if (length <= _length)
            return;
        _length = Math.Max(ShortestLength, (int)Math.Min(Array.MaxLength, System.Numerics.BitOperations.RoundUpToPowerOf2((uint)length)));
        // A block may begin at the query and end a block's length after it, though nothing there is visible.
        int after = (_bothWays ? _length : 1) + AttentionRow.BlockSize;
        Stride = Center + after;
        _table = new((long)_heads * Stride, "position biases");
        for (int h = 0; h < _heads; h++)
            for (int distance = -Center; distance < (_bothWays ? _length : 1); distance++)
                _table.Pointer[((nint)h * Stride) + Center + distance] = _at(h, distance);
    }
}
