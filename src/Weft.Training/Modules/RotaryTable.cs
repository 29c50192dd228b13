using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>Cosines and sines of each token, [B, 1, T, R].</summary>
internal sealed record Rotation(Tensor Cosine, Tensor Sine);

/// <summary>
/// Cosines and sines of one kind of rotary position, [positions, R], in fp32 and once per compute type. Legend: S head size, R values of it
/// that turn.
/// </summary>
internal sealed class RotaryTable : IDisposable
{
    private readonly PositionSpec.Rotary _spec;
    private readonly int _headSize;
    private readonly int _rotated;
    private readonly Tensor _cosine;
    private readonly Tensor _sine;
    private readonly Dictionary<ScalarType, (Tensor Cosine, Tensor Sine)> _byType = [];

    /// <param name="spec">What turns.</param>
    /// <param name="headSize">S.</param>
    /// <param name="length">Tokens of the longest sequence.</param>
    /// <param name="device">Of queries and keys.</param>
    public RotaryTable(PositionSpec.Rotary spec, int headSize, int length, Device device)
    {
        (_spec, _headSize, _rotated) = (spec, headSize, spec.RotatedOf(headSize));
        float[] cosine = new float[length * _rotated], sine = new float[length * _rotated];
        int half = _rotated / 2;
        RotaryFrequencies frequencies = RotaryFrequencies.Of(spec, headSize, length);
        for (int t = 0; t < length; t++)
        {
            for (int i = 0; i < half; i++)
            {
                (double sin, double cos) = Math.SinCos(t * frequencies.Inverse[i]);
                (int first, int second) = spec.Interleaved ? (2 * i, (2 * i) + 1) : (i, half + i);
                cosine[(t * _rotated) + first] = cosine[(t * _rotated) + second] = (float)(cos * frequencies.AttentionFactor);
                // The sign of the rotation's lower-left corner is folded in.
                sine[(t * _rotated) + second] = (float)(sin * frequencies.AttentionFactor);
                sine[(t * _rotated) + first] = -sine[(t * _rotated) + second];
            }
        }
        _cosine = tensor(cosine, [length, _rotated], device: device).DetachFromDisposeScope();
        _sine = tensor(sine, [length, _rotated], device: device).DetachFromDisposeScope();
    }

    /// <summary>Rotates [B, heads, T, S].</summary>
    /// <param name="x">Queries or keys.</param>
    /// <param name="rotation">Of each token; null where position 0 is the first token of each row.</param>
    public Tensor Rotate(Tensor x, Rotation? rotation)
    {
        if (rotation is null)
        {
            (Tensor cosine, Tensor sine) = InType(x.dtype);
            rotation = new(cosine.narrow(0, 0, x.shape[2]), sine.narrow(0, 0, x.shape[2]));
        }
        if (_rotated == _headSize)
            return Turn(x, rotation.Cosine, rotation.Sine, _spec.Interleaved);
        Tensor[] parts = x.split([_rotated, _headSize - _rotated], -1);
        return cat([Turn(parts[0], rotation.Cosine, rotation.Sine, _spec.Interleaved), parts[1]], -1);
    }

    /// <summary>The whole table, [positions, R], in a compute type; it stays this object's.</summary>
    public (Tensor Cosine, Tensor Sine) InType(ScalarType type)
    {
        if (!_byType.TryGetValue(type, out (Tensor Cosine, Tensor Sine) tables))
        {
            tables = (_cosine.to(type, copy: true).DetachFromDisposeScope(), _sine.to(type, copy: true).DetachFromDisposeScope());
            _byType.Add(type, tables);
        }
        return tables;
    }

    public void Dispose()
    {
        foreach ((Tensor cosine, Tensor sine) in _byType.Values)
        {
            cosine.Dispose();
            sine.Dispose();
        }
        _cosine.Dispose();
        _sine.Dispose();
    }

    /// <summary>x·cos + swap(x)·sine over the last dimension, R; the sine of a pair's first value is negative.</summary>
    public static Tensor Turn(Tensor x, Tensor cosine, Tensor sine, bool interleaved)
    {
        long size = x.shape[^1];
        // Each pair swaps its two values: a flip of neighbours, or a roll by half.
        Tensor swapped = interleaved ? x.reshape([.. x.shape[..^1], size / 2, 2]).flip(-1).reshape(x.shape) : x.roll(size / 2, -1);
        return (x * cosine).AddProductInPlace(swapped, sine);
    }
}

/// <summary>Shares tables among the blocks that rotate alike.</summary>
/// <param name="contextLength">Longest sequence, in tokens.</param>
/// <param name="device">Of queries and keys.</param>
internal sealed class RotaryTables(int contextLength, Device device) : IDisposable
{
    private readonly Dictionary<(PositionSpec.Rotary, int), RotaryTable> _tables = [];

    /// <summary>Of sequences beyond <see cref="RotaryScaling.ConstantUpTo"/>, whose angles depend on their length: of the last length only.</summary>
    private readonly Dictionary<(PositionSpec.Rotary, int), (int Length, RotaryTable Table)> _stretched = [];

    /// <summary>The table that turns sequences of <paramref name="length"/> tokens.</summary>
    public RotaryTable For(PositionSpec.Rotary spec, int headSize, int length)
    {
        if (length > spec.Scaling.ConstantUpTo)
            return Stretched(spec, headSize, length);
        if (!_tables.TryGetValue((spec, headSize), out RotaryTable? table))
            _tables.Add((spec, headSize), table = new(spec, headSize, Math.Min(contextLength, spec.Scaling.ConstantUpTo), device));
        return table;
    }

    /// <summary>
    /// How each token turns by its own position; null where positions count from 0 along the row. Angles that depend on a sequence's length go by
    /// that of the token's document.
    /// </summary>
    public Rotation? Of(PositionSpec.Rotary spec, int headSize, TokenLayout? layout, ScalarType type)
    {
        bool constant = layout is null || layout.Length <= spec.Scaling.ConstantUpTo;
        if (layout is null || (layout.PositionsFollowRow && (constant || layout.Documents is null)))
            return null;
        // One table for each length that has angles of its own, one after the other.
        var firsts = new Dictionary<int, long>();
        var tables = new List<(Tensor Cosine, Tensor Sine)>();
        long[] rows = new long[layout.Rows * layout.Length];
        long next = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            int length = constant ? 1 : Math.Max(spec.Scaling.ConstantUpTo, layout.End(i) - layout.Start(i));
            if (!firsts.TryGetValue(length, out long first))
            {
                (Tensor cosine, Tensor sine) = For(spec, headSize, length).InType(type);
                // A stretched table lives until the next length only.
                tables.Add(constant ? (cosine, sine) : (cosine.clone(), sine.clone()));
                firsts.Add(length, first = next);
                next += cosine.shape[0];
            }
            rows[i] = first + (layout.Positions is null ? i % layout.Length : layout.Positions[i]);
        }
        Tensor index = tensor(rows, device: device);
        Tensor Gather(IEnumerable<Tensor> parts) => cat([.. parts], 0).index_select(0, index).view(layout.Rows, 1, layout.Length, -1);
        return new(Gather(tables.Select(table => table.Cosine)), Gather(tables.Select(table => table.Sine)));
    }

    public void Dispose()
    {
        foreach (RotaryTable table in _tables.Values.Concat(_stretched.Values.Select(pair => pair.Table)))
            table.Dispose();
    }

    private RotaryTable Stretched(PositionSpec.Rotary spec, int headSize, int length)
    {
        if (_stretched.TryGetValue((spec, headSize), out (int Length, RotaryTable Table) last))
        {
            if (last.Length == length)
                return last.Table;
            last.Table.Dispose();
        }
        var table = new RotaryTable(spec, headSize, length, device);
        _stretched[(spec, headSize)] = (length, table);
        return table;
    }
}
