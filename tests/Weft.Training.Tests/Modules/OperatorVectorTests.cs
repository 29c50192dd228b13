using Weft.Model.Spec;
using Weft.Training.Modules;
using Weft.Training.Objectives;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Modules;

/// <summary>
/// The operators' published vectors (onnx/onnx) through the modules' functions. What cannot be expressed: lengths of padded keys
/// (windows have no padding), scores as outputs, weights of classes, linear attention, and losses of inputs that are no logarithms of
/// probabilities.
/// </summary>
public class OperatorVectorTests
{
    private const double Tolerance = 1e-5;

    /// <summary>fp16 keeps 11 bits of outputs below 1.</summary>
    private const double HalfTolerance = 1e-3;

    [Fact]
    public void Attention()
    {
        using var scope = NewDisposeScope();
        int count = 0;
        foreach (OperatorVector vector in OperatorVector.Of("Attention").Where(vector => vector.Find("nonpad_kv_seqlen") is null))
        {
            Tensor query = Heads(vector, "Q", "q_num_heads");
            Tensor key = Past(vector, "past_key", Heads(vector, "K", "kv_num_heads")), value = Past(vector, "past_value", Heads(vector, "V", "kv_num_heads"));
            Tensor? bias = Bias(vector, query.shape[2], key.shape[2]);
            var scoring = new Scoring(vector.Number("scale", 1 / Math.Sqrt(query.shape[3])), new(bias, false, null)) { SoftCap = vector.Number("softcap", 0) is > 0 and var cap ? cap : null };
            // A sink of minus infinity changes nothing but the way of computing; rows without any key are the fused kernel's alone.
            bool rowsWithoutKeys = bias is not null && bias.isneginf().all(-1).any().item<bool>();
            Scoring[] ways = rowsWithoutKeys ? [scoring] : [scoring, scoring with { Sinks = full([query.shape[1]], float.NegativeInfinity) }];
            foreach (Scoring way in ways)
            {
                Tensor mixed = AttentionFunction.Attend(query, key, value, way);
                Tensor expected = vector["Y"];
                Near(vector, expected, expected.dim() == 3 ? mixed.transpose(1, 2).reshape(expected.shape) : mixed,
                    vector.Name.EndsWith("fp16", StringComparison.Ordinal) ? HalfTolerance : Tolerance);
            }
            count++;
        }
        Assert.Equal(25, count);
    }

    [Fact]
    public void Rotary_embedding()
    {
        using var scope = NewDisposeScope();
        OperatorVector[] vectors = OperatorVector.Of("RotaryEmbedding");
        foreach (OperatorVector vector in vectors)
        {
            bool interleaved = vector.Integer("interleaved", 0) == 1;
            Tensor x = vector["input"];
            int rotated = vector.Integer("rotary_embedding_dim", (int)x.shape[^1]);
            Tensor Spread(string name, bool signed)
            {
                Tensor half = vector[name][vector["position_ids"]].unsqueeze(1); // [B, 1, T, R/2]
                Tensor first = signed ? -half : half;
                return interleaved ? stack([first, half], -1).flatten(-2) : cat([first, half], -1);
            }
            Tensor turned = RotaryTable.Turn(x.narrow(-1, 0, rotated), Spread("cos_cache", signed: false), Spread("sin_cache", signed: true), interleaved);
            Near(vector, vector["output"], cat([turned, x.narrow(-1, rotated, x.shape[^1] - rotated)], -1));
        }
        Assert.Equal(3, vectors.Length);
    }

    [Theory]
    [InlineData("LayerNormalization")]
    [InlineData("RMSNormalization")]
    public void Normalization(string op)
    {
        using var scope = NewDisposeScope();
        OperatorVector[] vectors = OperatorVector.Of(op);
        foreach (OperatorVector vector in vectors)
        {
            Tensor x = vector["X"];
            int axis = vector.Integer("axis", -1);
            Tensor flat = x.flatten(axis < 0 ? axis + x.dim() : axis, -1);
            double epsilon = vector.Number("epsilon", 1e-5);
            NormSpec spec = op == "RMSNormalization" ? new NormSpec.RmsNorm(epsilon) : new NormSpec.LayerNorm(epsilon, Bias: true);
            Near(vector, vector["Y"], Norm.Apply(spec, flat, vector["W"].reshape(-1), vector.Find("B")?.reshape(-1)).reshape(x.shape));
        }
        Assert.Equal(7, vectors.Length);
    }

    [Fact]
    public void Softmax()
    {
        using var scope = NewDisposeScope();
        OperatorVector[] vectors = OperatorVector.Of("Softmax");
        foreach (OperatorVector vector in vectors)
        {
            // Rows are queries, the keys and values unit vectors: the result is the weights themselves.
            Tensor x = vector["x"].movedim([vector.Integer("axis", -1)], [-1]);
            long size = x.shape[^1];
            Tensor unit = eye(size).view(1, 1, size, size);
            Tensor weights = AttentionFunction.Attend(x.reshape(1, 1, -1, size), unit, unit, new(1, default) { Sinks = full([1], float.NegativeInfinity) });
            Near(vector, vector["y"].movedim([vector.Integer("axis", -1)], [-1]), weights.reshape(x.shape));
        }
        Assert.Equal(3, vectors.Length);
    }

    [Fact]
    public void Logarithm_of_softmax()
    {
        using var scope = NewDisposeScope();
        OperatorVector[] vectors = OperatorVector.Of("LogSoftmax");
        foreach (OperatorVector vector in vectors)
        {
            Tensor x = vector["x"].movedim([vector.Integer("axis", -1)], [-1]);
            Tensor rows = x.reshape(-1, x.shape[^1]);
            (double _, Tensor logProbabilities) = Loss(rows, zeros([rows.shape[0]], ScalarType.Int64));
            Near(vector, vector["y"].movedim([vector.Integer("axis", -1)], [-1]), logProbabilities.reshape(x.shape));
        }
        Assert.Equal(3, vectors.Length);
    }

    [Fact]
    public void Cross_entropy()
    {
        using var scope = NewDisposeScope();
        int count = 0;
        foreach (OperatorVector vector in OperatorVector.Of("SoftmaxCrossEntropyLoss").Where(vector => vector.Find("w") is null))
        {
            Tensor x = vector["x"].movedim([1], [-1]), y = vector["y"].reshape(-1);
            Tensor kept = y.ne(vector.Integer("ignore_index", int.MinValue)).nonzero().squeeze(1);
            Tensor rows = x.reshape(-1, x.shape[^1]);
            string reduction = vector.Attributes.GetProperty("reduction").GetString()!;
            if (reduction == "none")
            {
                double[] losses = [.. kept.data<long>().ToArray().Select(i => Loss(rows.narrow(0, i, 1), y.narrow(0, i, 1)).Loss)];
                Near(vector, vector["z"].reshape(-1).index_select(0, kept), tensor(losses, ScalarType.Float32));
            }
            else
            {
                double loss = Loss(rows.index_select(0, kept), y.index_select(0, kept)).Loss;
                Near(vector, vector["z"], tensor((float)(reduction == "mean" ? loss / kept.shape[0] : loss)));
            }
            if (vector.Find("log_prob") is { } expected)
                Near(vector, expected.movedim([1], [-1]), Loss(rows, zeros_like(y)).LogProbabilities.reshape(x.shape));
            count++;
        }
        Assert.Equal(8, count);
    }

    [Fact]
    public void Activation_functions()
    {
        using var scope = NewDisposeScope();
        OperatorVector[] gelu = OperatorVector.Of("Gelu"), swish = OperatorVector.Of("Swish");
        foreach (OperatorVector vector in gelu)
            Near(vector, vector["y"], Activations.Apply(vector.Attributes.TryGetProperty("approximate", out _) ? Activation.GeluTanh : Activation.Gelu, vector["x"]));
        foreach (OperatorVector vector in swish)
            Near(vector, vector["y"], Activations.Apply(Activation.Silu, vector["x"]));
        Assert.Equal((2, 1), (gelu.Length, swish.Length));
    }

    /// <summary>Logits are the products of states with unit vectors, that is the states themselves.</summary>
    private static (double Loss, Tensor LogProbabilities) Loss(Tensor logits, Tensor target)
    {
        Tensor? logProbabilities = null;
        double loss = ChunkedCrossEntropy.Sum(logits, target, new(eye(logits.shape[1]), null), TokenLossOptions.Plain,
            chunk => logProbabilities = chunk.LogProbabilities.MoveToOuterDisposeScope());
        return (loss, logProbabilities!);
    }

    /// <summary>[B, T, heads·S] to [B, heads, T, S]; four dimensions as they are.</summary>
    private static Tensor Heads(OperatorVector vector, string name, string heads) => vector[name].dim() == 4
        ? vector[name]
        : vector[name].view(vector[name].shape[0], vector[name].shape[1], vector.Integer(heads, 0), -1).transpose(1, 2);

    private static Tensor Past(OperatorVector vector, string name, Tensor present) => vector.Find(name) is { } past ? cat([past, present], 2) : present;

    /// <summary>Masks of numbers or of truth values, and causality, as one bias of four dimensions.</summary>
    private static Tensor? Bias(OperatorVector vector, long queries, long keys)
    {
        Tensor? mask = vector.Find("attn_mask");
        if (mask?.dtype == ScalarType.Bool)
            mask = zeros(mask.shape).masked_fill(mask.logical_not(), float.NegativeInfinity);
        if (vector.Integer("is_causal", 0) == 1)
        {
            Tensor later = full([queries, keys], float.NegativeInfinity).triu(1);
            mask = mask is null ? later : mask.Plus(later);
        }
        return mask?.dim() switch
        {
            null => null,
            2 => mask.unsqueeze(0).unsqueeze(0),
            3 => mask.unsqueeze(0),
            _ => mask,
        };
    }

    private static void Near(OperatorVector vector, Tensor expected, Tensor actual, double tolerance = Tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        double scale = Math.Max(1, expected.abs().max().item<float>());
        double difference = (expected - actual).abs().max().item<float>();
        Assert.True(difference <= tolerance * scale, $"{vector.Name}: greatest difference {difference}");
    }
}
