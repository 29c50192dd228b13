using TorchSharp.Modules;

using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>
/// Attention with grouped queries, to the sequence itself or to an encoder's states.
/// Legend: B windows, T tokens, U tokens of the encoder, D hidden, H query heads, K key-value heads, S head size.
/// </summary>
internal sealed class Attention
{
    /// <summary>Places of adapters' dropout.</summary>
    private const int InputPlace = 0, MemoryPlace = 1, OutputPlace = 2;

    private readonly AttentionSpec _spec;
    private readonly RotaryTables _tables;
    private readonly Linear _input;
    private readonly Linear? _memoryInput;
    private readonly Norm? _queryNorm;
    private readonly Norm? _keyNorm;
    private readonly Parameter? _sinks;
    private readonly Parameter? _relativeKeys;
    private readonly Parameter? _relativeValues;
    private readonly Linear _output;

    /// <param name="spec">What to build.</param>
    /// <param name="prefix">Of the parameters.</param>
    /// <param name="crosses">Keys and values come from an encoder's states.</param>
    /// <param name="factory">Makes the parameters.</param>
    /// <param name="tables">Of rotary positions.</param>
    public Attention(AttentionSpec spec, string prefix, bool crosses, ParameterFactory factory, RotaryTables tables)
    {
        (_spec, _tables) = (spec, tables);
        (string query, string key, string value) = ($"{prefix}.query", $"{prefix}.key", $"{prefix}.value");
        _input = crosses ? new(factory, query) : new(factory, query, key, value);
        _memoryInput = crosses ? new(factory, key, value) : null;
        _queryNorm = Norm.Of(spec.QueryKeyNorm, $"{prefix}.query_norm", factory);
        _keyNorm = Norm.Of(spec.QueryKeyNorm, $"{prefix}.key_norm", factory);
        _sinks = factory.TryMake($"{prefix}.sinks.weight");
        _relativeKeys = factory.TryMake($"{prefix}.relative_keys.weight");
        _relativeValues = factory.TryMake($"{prefix}.relative_values.weight");
        _output = new(factory, $"{prefix}.output");
    }

    /// <summary>[B, T, D] to [B, T, D].</summary>
    /// <param name="x">Where queries come from, and keys and values too where there is no <paramref name="memory"/>.</param>
    /// <param name="memory">The encoder's states, [B, U, D].</param>
    /// <param name="pairs">Of queries and keys, with the dropout of this part of the block.</param>
    public Tensor Forward(Tensor x, Tensor? memory, Pairs pairs)
    {
        (Tensor query, Tensor key, Tensor value) = memory is null ? OfSelf(x, pairs) : OfMemory(x, memory, pairs);
        Tensor mixed = AttentionFunction.Attend(query, key, value, new(_spec.ScoreScale, pairs)
        {
            SoftCap = _spec.SoftCap,
            Sinks = _sinks,
            RelativeKeys = _relativeKeys,
            RelativeValues = _relativeValues,
        }); // [B, H, T, S]
        return _output.Forward(mixed.transpose(1, 2).reshape(x.shape[0], x.shape[1], _spec.QuerySize), pairs.Dropout?.OfAdapter(OutputPlace));
    }

    private (Tensor Query, Tensor Key, Tensor Value) OfSelf(Tensor x, Pairs pairs)
    {
        (int heads, int keyHeads) = (_spec.Heads, _spec.KeyValueHeads);
        Tensor[] parts = Heads(_input.Forward(x, pairs.Dropout?.OfAdapter(InputPlace)), heads + (2 * keyHeads)).split([heads + keyHeads, keyHeads], 1);
        Tensor queryKey = parts[0];
        if (_queryNorm is not null)
        {
            Tensor[] each = queryKey.split([heads, keyHeads], 1);
            queryKey = cat([_queryNorm.Forward(each[0]), _keyNorm!.Forward(each[1])], 1);
        }
        if (_spec.Position is PositionSpec.Rotary rotary)
            queryKey = _tables.For(rotary, _spec.HeadSize, (int)x.shape[1]).Rotate(queryKey, pairs.Rotation);
        Tensor[] turned = queryKey.split([heads, keyHeads], 1);
        return (turned[0], turned[1], parts[1]);
    }

    private (Tensor Query, Tensor Key, Tensor Value) OfMemory(Tensor x, Tensor memory, Pairs pairs)
    {
        int keyHeads = _spec.KeyValueHeads;
        Tensor query = Heads(_input.Forward(x, pairs.Dropout?.OfAdapter(InputPlace)), _spec.Heads);
        Tensor[] parts = Heads(_memoryInput!.Forward(memory, pairs.Dropout?.OfAdapter(MemoryPlace)), 2 * keyHeads).split([keyHeads, keyHeads], 1);
        return _queryNorm is null ? (query, parts[0], parts[1]) : (_queryNorm.Forward(query), _keyNorm!.Forward(parts[0]), parts[1]);
    }

    /// <summary>[B, T, heads·S] to [B, heads, T, S].</summary>
    private Tensor Heads(Tensor x, int heads) => x.view(x.shape[0], x.shape[1], heads, _spec.HeadSize).transpose(1, 2);
}
