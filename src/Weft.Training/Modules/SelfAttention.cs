using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>
/// Causal self attention with grouped queries through torch's fused kernel, which never materialises [T, T].
/// Legend: B windows, T tokens, D hidden, H query heads, K key-value heads, S head size.
/// </summary>
internal sealed class SelfAttention
{
    private readonly AttentionSpec _spec;
    private readonly Linear _queryKeyValue;
    private readonly Linear _output;
    private readonly RotaryTable? _rotary;

    public SelfAttention(AttentionSpec spec, string prefix, ParameterFactory factory, RotaryTables tables)
    {
        _spec = spec;
        _queryKeyValue = new(factory, $"{prefix}.query", $"{prefix}.key", $"{prefix}.value");
        _output = new(factory, $"{prefix}.output");
        _rotary = spec.Position switch
        {
            PositionSpec.None => null,
            PositionSpec.Rotary rotary => tables.For(rotary, spec.HeadSize),
            _ => throw new NotSupportedException($"attention positions {spec.Position.GetType().Name} have no torch module"),
        };
    }

    /// <summary>[B, T, D] to [B, T, D].</summary>
    public Tensor Forward(Tensor x)
    {
        (long batch, long length) = (x.shape[0], x.shape[1]);
        (int heads, int keyHeads, int size) = (_spec.Heads, _spec.KeyValueHeads, _spec.HeadSize);
        Tensor all = _queryKeyValue.Forward(x).view(batch, length, heads + (2 * keyHeads), size).transpose(1, 2); // [B, H+2K, T, S]
        Tensor query, key, value;
        if (_rotary is null)
        {
            Tensor[] parts = all.split([heads, keyHeads, keyHeads], 1);
            (query, key, value) = (parts[0], parts[1], parts[2]);
        }
        else
        {
            Tensor[] parts = all.split([heads + keyHeads, keyHeads], 1);
            Tensor[] rotated = _rotary.Rotate(parts[0], length).split([heads, keyHeads], 1);
            (query, key, value) = (rotated[0], rotated[1], parts[1]);
        }
        if (keyHeads != heads)
            (key, value) = (Repeat(key), Repeat(value));
        Tensor mixed = nn.functional.scaled_dot_product_attention(query, key, value, is_casual: true); // [B, H, T, S]
        return _output.Forward(mixed.transpose(1, 2).reshape(batch, length, heads * size));
    }

    /// <summary>Each key-value head serves H/K neighbouring query heads.</summary>
    private Tensor Repeat(Tensor x) => x.repeat_interleave(_spec.Heads / _spec.KeyValueHeads, 1);
}
