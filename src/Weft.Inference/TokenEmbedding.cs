using System.Numerics.Tensors;
using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, D hidden, V vocabulary.

/// <summary>Ids to the first hidden states.</summary>
internal sealed unsafe class TokenEmbedding
{
    private readonly EmbeddingSpec _spec;
    private readonly float* _tokens;
    private readonly float* _positions;

    /// <exception cref="NotSupportedException">The engine does not know these positions.</exception>
    public TokenEmbedding(EmbeddingSpec spec, WeightStore store)
    {
        _spec = spec;
        _tokens = store.Load(ModelParameters.TokenEmbedding);
        _positions = spec.Position switch
        {
            PositionSpec.None => null,
            PositionSpec.Learned => store.Load(ModelParameters.PositionEmbedding),
            _ => throw new NotSupportedException($"{spec.Position.GetType().Name} positions in the embedding are unknown to the engine"),
        };
    }

    /// <summary>The table, [V, D]; a tied head multiplies with it.</summary>
    public float* Table => _tokens;

    /// <summary>Looks up T ids that are known to be in the vocabulary; the first stands at position <paramref name="start"/>.</summary>
    public void Forward(ReadOnlySpan<int> ids, int start, float* hidden)
    {
        int size = _spec.HiddenSize;
        for (int t = 0; t < ids.Length; t++)
        {
            var token = new ReadOnlySpan<float>(_tokens + ((nint)ids[t] * size), size);
            var destination = new Span<float>(hidden + ((nint)t * size), size);
            if (_positions == null)
                token.CopyTo(destination);
            else
                TensorPrimitives.Add(token, new ReadOnlySpan<float>(_positions + ((nint)(start + t) * size), size), destination);
        }
    }
}
