using Weft.Model.Spec;
using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Parity.Tests;

// T tokens, D hidden, H heads, K key-value heads, S head size.

/// <summary>
/// The attention probabilities of a model's first block in double precision, written down once more from the papers: only embedding,
/// norm and two projections come before them.
/// </summary>
internal sealed class AttentionReference(TrainableModel model)
{
    private readonly Dictionary<string, ParameterSpec> _parameters = ModelParameters.Enumerate(model.Spec).ToDictionary(parameter => parameter.Name);

    /// <summary>[H, T, T].</summary>
    public double[] Compute(int[] ids)
    {
        using var scope = NewDisposeScope();
        BlockSpec block = model.Spec.Stack.Blocks[0];
        AttentionSpec spec = block.Attention;
        string prefix = ModelParameters.Block(0);
        Tensor x = Normalize(block.AttentionNorm, prefix + "attention_norm", Embed(ids));
        Tensor query = Position(spec, Project(x, prefix + "attention.query", spec.Heads));
        Tensor key = Position(spec, Project(x, prefix + "attention.key", spec.KeyValueHeads));
        // Query heads that are neighbours share a key head: [K, H/K, T, S] against [K, 1, T, S].
        Tensor scores = query.reshape(spec.KeyValueHeads, -1, ids.Length, spec.HeadSize).matmul(key.unsqueeze(1).transpose(-1, -2))
            / Math.Sqrt(spec.HeadSize);
        Tensor later = ones([ids.Length, ids.Length], ScalarType.Bool).triu(1);
        return scores.masked_fill(later, double.NegativeInfinity).softmax(-1).data<double>().ToArray();
    }

    private Tensor Embed(int[] ids)
    {
        Tensor x = Read(ModelParameters.TokenEmbedding)[tensor(ids, ScalarType.Int64)];
        return model.Spec.Embedding.Position switch
        {
            PositionSpec.None => x,
            PositionSpec.Learned => x + Read(ModelParameters.PositionEmbedding).narrow(0, 0, ids.Length),
            PositionSpec other => throw new NotSupportedException($"write {other.GetType().Name} positions of the embedding down here"),
        };
    }

    private Tensor Normalize(NormSpec spec, string prefix, Tensor x)
    {
        Tensor centred = spec switch
        {
            NormSpec.RmsNorm => x,
            NormSpec.LayerNorm => x - x.mean([-1], keepdim: true),
            _ => throw new NotSupportedException($"write norm {spec.GetType().Name} down here"),
        };
        Tensor normed = centred / (centred.square().mean([-1], keepdim: true) + spec.Epsilon).sqrt() * Read($"{prefix}.weight");
        return _parameters.ContainsKey($"{prefix}.bias") ? normed + Read($"{prefix}.bias") : normed;
    }

    /// <summary>[T, D] to [heads, T, S].</summary>
    private Tensor Project(Tensor x, string prefix, int heads)
    {
        Tensor y = x.matmul(Read($"{prefix}.weight").t());
        if (_parameters.ContainsKey($"{prefix}.bias"))
            y = y + Read($"{prefix}.bias");
        return y.view(x.shape[0], heads, -1).transpose(0, 1);
    }

    private static Tensor Position(AttentionSpec spec, Tensor x) => spec.Position switch
    {
        PositionSpec.None => x,
        PositionSpec.Rotary rotary => Rotate(rotary, x),
        _ => throw new NotSupportedException($"write {spec.Position.GetType().Name} positions of attention down here"),
    };

    /// <summary>A pair of values, one of each half of the head, is a complex number, and a rotation its product with e to the i·angle.</summary>
    private static Tensor Rotate(PositionSpec.Rotary spec, Tensor x)
    {
        long half = x.shape[^1] / 2;
        var frequencies = RotaryFrequencies.Of(spec, (int)x.shape[^1], (int)x.shape[1]);
        // What stretches the plain sequence has numbers of its own in RotaryFrequencyTests.
        Tensor turns = spec.Scaling is RotaryScaling.None ? pow(spec.Theta, arange(half, ScalarType.Float64) * (-2.0 / x.shape[^1])) : tensor(frequencies.Inverse);
        Tensor angle = outer(arange(x.shape[1], ScalarType.Float64), turns);
        Tensor rotated = complex(x.narrow(-1, 0, half).contiguous(), x.narrow(-1, half, half).contiguous()) * polar(full_like(angle, frequencies.AttentionFactor), angle);
        return cat([rotated.real, rotated.imag], -1);
    }

    private Tensor Read(string name) =>
        tensor(model.Read(_parameters[name]), _parameters[name].Shape.ToArray()).to(ScalarType.Float64);
}
