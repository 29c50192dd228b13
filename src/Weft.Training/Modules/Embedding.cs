using TorchSharp.Modules;

using Weft.Model.Spec;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>
/// Ids to the first hidden states of one stack. Legend: B windows, T tokens, D hidden, V vocabulary.
/// </summary>
internal sealed class Embedding : IDisposable
{
    private readonly EmbeddingSpec _spec;
    private readonly Parameter _tokens;
    private readonly Parameter? _positions;
    private readonly Parameter? _tokenTypes;
    private readonly Norm? _norm;
    private Tensor? _sinusoids;

    /// <param name="spec">What to build.</param>
    /// <param name="tokens">The table, [V, D], which stacks share.</param>
    /// <param name="prefix">Of the stack's parameters.</param>
    /// <param name="factory">Makes the parameters.</param>
    public Embedding(EmbeddingSpec spec, Parameter tokens, string prefix, ParameterFactory factory)
    {
        (_spec, _tokens) = (spec, tokens);
        _positions = factory.TryMake(prefix + ModelParameters.PositionEmbedding);
        _tokenTypes = factory.TryMake(prefix + ModelParameters.TokenTypeEmbedding);
        _norm = Norm.Of(spec.Norm, prefix + ModelParameters.EmbeddingNorm, factory);
    }

    /// <summary>[B, T] to [B, T, D], in fp32, or where the computation itself is wider in its type.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="tokenTypes">Segments, [B, T]; null for segment 0 throughout.</param>
    /// <param name="layout">Positions of the tokens; null where they count from 0 along the row.</param>
    /// <param name="type">The compute type.</param>
    public Tensor Forward(Tensor ids, Tensor? tokenTypes, TokenLayout? layout, ScalarType type)
    {
        (long batch, long length) = (ids.shape[0], ids.shape[1]);
        Tensor x = _tokens.index_select(0, ids.reshape(-1)).view(batch, length, _spec.HiddenSize).to(AttentionFunction.Wide(type));
        if (_spec.Scale != 1)
            x = x.Times(_spec.Scale);
        x = _spec.Position switch
        {
            PositionSpec.None => x,
            PositionSpec.Learned learned => x.Plus(At(_positions!, learned.Offset, layout, length)),
            PositionSpec.Sinusoidal sinusoidal => x.Plus(At(Sinusoids(sinusoidal, (int)length), 0, layout, length)),
            _ => throw new NotSupportedException($"positions {_spec.Position.GetType().Name} of the embedding have no torch module"),
        };
        if (_tokenTypes is not null)
            x = x.Plus(tokenTypes is null
                ? _tokenTypes.narrow(0, 0, 1)
                : _tokenTypes.index_select(0, tokenTypes.reshape(-1)).view(batch, length, _spec.HiddenSize));
        return _norm?.Forward(x) ?? x;
    }

    public void Dispose() => _sinusoids?.Dispose();

    /// <summary>The vectors of the tokens' positions, [T, D], or where those do not follow the row [B, T, D].</summary>
    private Tensor At(Tensor table, int offset, TokenLayout? layout, long length) => layout is null || layout.PositionsFollowRow
        ? table.narrow(0, offset, length)
        : table.index_select(0, layout.PositionRows(offset, table.device)).view(layout.Rows, length, _spec.HiddenSize);

    /// <summary>Vectors of the longest sequence so far, [at least length, D].</summary>
    private Tensor Sinusoids(PositionSpec.Sinusoidal spec, int length)
    {
        if (_sinusoids is { } kept && kept.shape[0] >= length)
            return kept;
        _sinusoids?.Dispose();
        float[] values = new float[length * _spec.HiddenSize];
        for (int t = 0; t < length; t++)
            spec.Fill(t, values.AsSpan(t * _spec.HiddenSize, _spec.HiddenSize));
        return _sinusoids = tensor(values, [length, _spec.HiddenSize], device: _tokens.device).DetachFromDisposeScope();
    }
}
