using Weft.Inference.Kernels;
using Weft.Model.Spec;

namespace Weft.Inference.Tests;

// T tokens, D hidden, H heads, S head size.

/// <summary>The forward pass in double precision, straight from the papers and as slow as they read.</summary>
internal sealed class ReferenceModel(RandomModel model)
{
    private readonly ModelSpec _spec = model.Spec;

    /// <summary>The attention probabilities of the last pass, by block and head, [T][T].</summary>
    public Dictionary<(int Block, int Head), double[][]> Attention { get; } = [];

    /// <summary>Logits of every position, [T][V].</summary>
    public double[][] ComputeLogits(int[] ids)
    {
        double[][] x = [.. ids.Select((id, t) => Embed(id, t))];
        for (int i = 0; i < _spec.Stack.Blocks.Length; i++)
        {
            BlockSpec block = _spec.Stack.Blocks[i];
            string prefix = ModelParameters.Block(i);
            Add(x, Attend(block.Attention, i, Norm(block.AttentionNorm, prefix + "attention_norm", x)));
            Add(x, Transform(block.FeedForward, prefix + "feed_forward.", Norm(block.FeedForwardNorm, prefix + "feed_forward_norm", x)));
        }
        x = Norm(_spec.Stack.FinalNorm!, ModelParameters.FinalNorm, x);
        bool tied = _spec.Head is HeadSpec.LanguageModel { TiedEmbedding: true };
        return Multiply(x, tied ? ModelParameters.TokenEmbedding : ModelParameters.Head + ".weight");
    }

    private double[] Embed(int id, int position) => [.. Enumerable.Range(0, _spec.HiddenSize).Select(d =>
        (double)model.Weights[ModelParameters.TokenEmbedding][(id * _spec.HiddenSize) + d]
        + (_spec.Embedding.Position is PositionSpec.Learned ? model.Weights[ModelParameters.PositionEmbedding][(position * _spec.HiddenSize) + d] : 0))];

    private static void Add(double[][] x, double[][] y)
    {
        for (int t = 0; t < x.Length; t++)
            for (int d = 0; d < x[t].Length; d++)
                x[t][d] += y[t][d];
    }

    private double[][] Norm(NormSpec spec, string prefix, double[][] x) => [.. x.Select(row =>
    {
        double mean = spec is NormSpec.LayerNorm ? row.Average() : 0;
        double scale = 1 / Math.Sqrt(row.Average(value => (value - mean) * (value - mean)) + spec.Epsilon);
        float[] gain = model.Weights[prefix + ".weight"];
        float[]? bias = model.Weights.GetValueOrDefault(prefix + ".bias");
        return row.Select((value, d) => ((value - mean) * scale * gain[d]) + (bias?[d] ?? 0)).ToArray();
    })];

    private double[][] Linear(double[][] x, string prefix)
    {
        double[][] y = Multiply(x, prefix + ".weight");
        if (model.Weights.TryGetValue(prefix + ".bias", out float[]? bias))
            foreach (double[] row in y)
                for (int o = 0; o < row.Length; o++)
                    row[o] += bias[o];
        return y;
    }

    private double[][] Multiply(double[][] x, string name)
    {
        float[] weight = model.Weights[name];
        int inputs = x[0].Length;
        return [.. x.Select(row => Enumerable.Range(0, weight.Length / inputs)
            .Select(o => row.Select((value, i) => value * weight[(o * inputs) + i]).Sum()).ToArray())];
    }

    private double[][] Attend(AttentionSpec spec, int block, double[][] x)
    {
        string prefix = ModelParameters.Block(block) + "attention.";
        double[][] query = Linear(x, prefix + "query"), key = Linear(x, prefix + "key"), value = Linear(x, prefix + "value");
        double[][] output = [.. x.Select(_ => new double[spec.QuerySize])];
        for (int h = 0; h < spec.Heads; h++)
        {
            int shared = h / (spec.Heads / spec.KeyValueHeads);
            double[][] q = Head(query, h, spec), k = Head(key, shared, spec);
            Attention[(block, h)] = [.. x.Select((_, t) => Softmax(q[t], k[..(t + 1)]))];
            for (int t = 0; t < x.Length; t++)
                for (int s = 0; s < spec.HeadSize; s++)
                    output[t][(h * spec.HeadSize) + s] = Enumerable.Range(0, t + 1)
                        .Sum(c => Attention[(block, h)][t][c] * value[c][(shared * spec.HeadSize) + s]);
        }
        return Linear(output, prefix + "output");
    }

    private static double[] Softmax(double[] query, double[][] keys)
    {
        double[] scores = [.. keys.Select(key => key.Zip(query, (a, b) => a * b).Sum() / Math.Sqrt(query.Length))];
        double[] weights = [.. scores.Select(score => Math.Exp(score - scores.Max()))];
        return [.. weights.Select(weight => weight / weights.Sum())];
    }

    private static double[][] Head(double[][] x, int head, AttentionSpec spec) => [.. x.Select((row, t) =>
    {
        double[] values = row[(head * spec.HeadSize)..((head + 1) * spec.HeadSize)];
        if (spec.Position is not PositionSpec.Rotary rotary)
            return values;
        int half = spec.HeadSize / 2;
        double Angle(int i) => t / Math.Pow(rotary.Theta, 2.0 * (i % half) / spec.HeadSize);
        return [.. values.Select((v, i) => i < half
            ? (v * Math.Cos(Angle(i))) - (values[i + half] * Math.Sin(Angle(i)))
            : (v * Math.Cos(Angle(i))) + (values[i - half] * Math.Sin(Angle(i))))];
    })];

    private double[][] Transform(FeedForwardSpec spec, string prefix, double[][] x)
    {
        double[][] up = Linear(x, prefix + "up");
        double[][] inner = spec is FeedForwardSpec.Gated ? Linear(x, prefix + "gate") : up;
        for (int t = 0; t < x.Length; t++)
            inner[t] = [.. inner[t].Select((value, f) => ActivationFunctions.ExecuteScalar(spec.Activation, value)
                * (spec is FeedForwardSpec.Gated ? up[t][f] : 1))];
        return Linear(inner, prefix + "down");
    }
}
