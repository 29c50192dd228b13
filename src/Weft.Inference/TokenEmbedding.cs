using System.Numerics.Tensors;
using Weft.Inference.Threading;
using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, D hidden, V vocabulary.

/// <summary>Ids to the first hidden states of a stack.</summary>
internal sealed unsafe class TokenEmbedding
{
    private readonly EmbeddingSpec _spec;
    private readonly RowTable _tokens;
    private readonly RowTable? _positions, _types;
    private readonly PositionSpec.Sinusoidal? _sinusoidal;
    private readonly int _offset;
    private readonly Norm? _norm;
    private readonly float[] _vector;

    /// <param name="spec">What is computed.</param>
    /// <param name="store">Where the weights are.</param>
    /// <param name="table">The tokens, [V, D], which stacks share.</param>
    /// <param name="stack">The stack's prefix.</param>
    /// <exception cref="NotSupportedException">The engine does not know these positions.</exception>
    public TokenEmbedding(EmbeddingSpec spec, WeightStore store, RowTable table, string stack)
    {
        _spec = spec;
        _tokens = table;
        _vector = new float[spec.HiddenSize];
        switch (spec.Position)
        {
            case PositionSpec.None:
                break;
            case PositionSpec.Learned learned:
                _positions = store.LoadRows(stack + ModelParameters.PositionEmbedding);
                _offset = learned.Offset;
                break;
            case PositionSpec.Sinusoidal sinusoidal:
                _sinusoidal = sinusoidal;
                break;
            default:
                throw new NotSupportedException($"{spec.Position.GetType().Name} positions in the embedding are unknown to the engine");
        }
        if (spec.TokenTypes > 0)
            _types = store.LoadRows(stack + ModelParameters.TokenTypeEmbedding);
        _norm = spec.Norm is null ? null : new(spec.Norm, store, stack + ModelParameters.EmbeddingNorm);
    }

    /// <summary>D.</summary>
    public int HiddenSize => _spec.HiddenSize;

    /// <summary>Looks up T ids that are known to be in the vocabulary.</summary>
    /// <param name="team">Who computes.</param>
    /// <param name="ids">[T].</param>
    /// <param name="types">[T], or empty for type 0.</param>
    /// <param name="start">Position of the first.</param>
    /// <param name="hidden">Receives [T, D].</param>
    public void Forward(Team team, ReadOnlySpan<int> ids, ReadOnlySpan<int> types, int start, float* hidden)
    {
        int size = _spec.HiddenSize;
        for (int t = 0; t < ids.Length; t++)
        {
            var destination = new Span<float>(hidden + ((nint)t * size), size);
            _tokens.Read(ids[t], destination);
            if (_spec.Scale != 1)
                TensorPrimitives.Multiply(destination, (float)_spec.Scale, destination);
            if (_types is not null)
                AddRow(_types, types.IsEmpty ? 0 : types[t], destination);
            if (_positions is not null)
                AddRow(_positions, _offset + start + t, destination);
            if (_sinusoidal is not null)
            {
                _sinusoidal.Fill(start + t, _vector);
                TensorPrimitives.Add(destination, _vector, destination);
            }
        }
        _norm?.Apply(team, hidden, ids.Length);
    }

    private void AddRow(RowTable table, int row, Span<float> destination)
    {
        table.Read(row, _vector);
        TensorPrimitives.Add(destination, _vector, destination);
    }
}
