using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>Cosines and sines of one kind of rotary position, [context, S], in fp32 and once per compute type.</summary>
internal sealed class RotaryTable : IDisposable
{
    private readonly int _headSize;
    private readonly Tensor _cosine;
    private readonly Tensor _sine;
    private readonly Dictionary<ScalarType, (Tensor Cosine, Tensor Sine)> _byType = [];

    public RotaryTable(PositionSpec.Rotary spec, int headSize, int contextLength)
    {
        _headSize = headSize;
        float[] cosine = new float[contextLength * headSize], sine = new float[contextLength * headSize];
        int half = headSize / 2;
        RotaryFrequencies frequencies = RotaryFrequencies.Of(spec, headSize, contextLength);
        for (int t = 0; t < contextLength; t++)
        {
            for (int i = 0; i < half; i++)
            {
                (double sin, double cos) = Math.SinCos(t * frequencies.Inverse[i]);
                cosine[(t * headSize) + i] = cosine[(t * headSize) + half + i] = (float)(cos * frequencies.AttentionFactor);
                // The sign of the rotation's lower-left corner is folded in: rotate(x) = x·cos + swap(x)·sine.
                sine[(t * headSize) + half + i] = (float)(sin * frequencies.AttentionFactor);
                sine[(t * headSize) + i] = -sine[(t * headSize) + half + i];
            }
        }
        _cosine = tensor(cosine, [contextLength, headSize]).DetachFromDisposeScope();
        _sine = tensor(sine, [contextLength, headSize]).DetachFromDisposeScope();
    }

    /// <summary>Rotates [B, heads, T, S]; position 0 is the first token.</summary>
    public Tensor Rotate(Tensor x, long length)
    {
        (Tensor cosine, Tensor sine) = InType(x.dtype);
        // roll by half a head swaps its two halves.
        return (x * cosine.narrow(0, 0, length)).addcmul_(x.roll(_headSize / 2, -1), sine.narrow(0, 0, length), 1);
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

    private (Tensor Cosine, Tensor Sine) InType(ScalarType type)
    {
        if (!_byType.TryGetValue(type, out (Tensor Cosine, Tensor Sine) tables))
        {
            tables = (_cosine.to(type, copy: true).DetachFromDisposeScope(), _sine.to(type, copy: true).DetachFromDisposeScope());
            _byType.Add(type, tables);
        }
        return tables;
    }
}

/// <summary>Shares one table among the blocks that rotate alike.</summary>
internal sealed class RotaryTables(int contextLength) : IDisposable
{
    private readonly Dictionary<(PositionSpec.Rotary, int), RotaryTable> _tables = [];

    public RotaryTable For(PositionSpec.Rotary spec, int headSize)
    {
        if (!_tables.TryGetValue((spec, headSize), out RotaryTable? table))
            _tables.Add((spec, headSize), table = new(spec, headSize, contextLength));
        return table;
    }

    public void Dispose()
    {
        foreach (RotaryTable table in _tables.Values)
            table.Dispose();
    }
}
