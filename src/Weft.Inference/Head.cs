using System.Numerics.Tensors;
using Weft.Inference.Kernels;
using Weft.Inference.Threading;
using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, D hidden, V vocabulary, O outputs.

/// <summary>What is read off the last hidden states.</summary>
internal sealed unsafe class Head
{
    private readonly HeadSpec _spec;
    private readonly int _hiddenSize;
    private readonly Linear? _transform;
    private readonly delegate*<float*, float*, float*, int, void> _activation;
    private readonly Norm? _norm;
    private readonly WeightMatrix? _weight;
    private readonly float* _bias;

    /// <param name="spec">Of the whole model.</param>
    /// <param name="store">Where the weights are.</param>
    /// <exception cref="NotSupportedException">The engine does not know this head.</exception>
    public Head(ModelSpec spec, WeightStore store)
    {
        const string Name = ModelParameters.Head;
        _spec = spec.Head;
        _hiddenSize = spec.HiddenSize;
        Outputs = spec.Head.OutputSize(spec);
        (bool projects, bool hasBias, Activation? transform) = spec.Head switch
        {
            HeadSpec.LanguageModel head => (true, head.Bias, (Activation?)null),
            HeadSpec.MaskedLanguageModel head => (true, true, head.Activation),
            HeadSpec.SequenceClassification head => (true, head.Bias, head.Transform),
            HeadSpec.TokenClassification or HeadSpec.Spans => (true, true, null),
            HeadSpec.PooledEmbedding head => (false, false, head.Transform),
            _ => throw new NotSupportedException($"head {spec.Head.GetType().Name} is unknown to the engine"),
        };
        if (projects)
            _weight = store.LoadMatrix(spec.Head.SharesEmbedding ? ModelParameters.TokenEmbedding : $"{Name}.weight");
        if (hasBias)
            _bias = store.Load($"{Name}.bias");
        if (transform is { } activation)
        {
            _transform = new(store, $"{Name}.transform", hasBias: true);
            _activation = ActivationKernel.Of(activation);
        }
        if (spec.Head is HeadSpec.MaskedLanguageModel masked)
            _norm = new(masked.Norm, store, $"{Name}.norm");
    }

    /// <summary>O: numbers for each token, or for the sequence where the head pools.</summary>
    public int Outputs { get; }

    /// <summary>The outputs of each of some tokens; only for heads that do not pool.</summary>
    /// <param name="team">Who computes.</param>
    /// <param name="states">[T, D].</param>
    /// <param name="tokens">T.</param>
    /// <param name="outputs">Receives [T, O].</param>
    public void Forward(Team team, float* states, int tokens, Span<float> outputs)
    {
        AlignedBuffer? transformed = null;
        if (_transform is not null)
        {
            transformed = new((long)tokens * _hiddenSize, "the head");
            Transform(team, states, tokens, transformed.Pointer);
            _norm?.Apply(team, transformed.Pointer, tokens);
            states = transformed.Pointer;
        }
        fixed (float* destination = outputs)
            Project(team, states, tokens, destination, outputs);
        GC.KeepAlive(transformed);
    }

    /// <summary>The output of a whole sequence; only for heads that pool.</summary>
    /// <param name="team">Who computes.</param>
    /// <param name="states">The hidden states of all tokens, [T, D].</param>
    /// <param name="outputs">Receives [O].</param>
    public void ForwardPooled(Team team, ReadOnlySpan<float> states, Span<float> outputs)
    {
        Pooling pooling = _spec is HeadSpec.SequenceClassification classification ? classification.Pooling : ((HeadSpec.PooledEmbedding)_spec).Pooling;
        var pooled = new AlignedBuffer(_hiddenSize, "the pooled state");
        SequencePooling.Pool(pooling, states, pooled.Span);
        if (_spec is not HeadSpec.PooledEmbedding embedding)
        {
            Forward(team, pooled.Pointer, 1, outputs);
            return;
        }
        if (_transform is not null)
        {
            var transformed = new AlignedBuffer(_hiddenSize, "the pooled state");
            Transform(team, pooled.Pointer, 1, transformed.Pointer);
            pooled = transformed;
        }
        pooled.Span.CopyTo(outputs);
        if (embedding.Normalized)
            SequencePooling.Normalize(outputs);
    }

    private void Transform(Team team, float* states, int tokens, float* output)
    {
        MatMul.Execute(team, new(states, _hiddenSize), tokens, [_transform!.Into(output)]);
        new RowSource(output, null, _activation, _hiddenSize).WriteTo(team, output, tokens);
    }

    private void Project(Team team, float* states, int tokens, float* destination, Span<float> outputs)
    {
        (double scale, double? cap) = _spec is HeadSpec.LanguageModel head ? (head.LogitScale, head.SoftCap) : (1, null);
        bool plain = scale == 1 && cap is null;
        MatMul.Execute(team, new(states, _hiddenSize), tokens, [_weight!.Into(destination, plain ? _bias : null)]);
        if (plain)
            return;
        TensorPrimitives.Multiply(outputs, (float)scale, outputs);
        for (int t = 0; _bias != null && t < tokens; t++)
        {
            Span<float> row = outputs.Slice(t * Outputs, Outputs);
            TensorPrimitives.Add(row, new ReadOnlySpan<float>(_bias, Outputs), row);
        }
        if (cap is { } limit)
            AttentionRow.Cap(destination, outputs.Length, (float)limit);
    }
}
