using Weft.Inference.Kernels;
using Weft.Model.Spec;

namespace Weft.Inference.Tests;

// T tokens, D hidden, V vocabulary.

/// <summary>The forward pass in double precision, straight from the papers and as slow as they read.</summary>
internal sealed class ReferenceModel(ModelSpec spec, IReadOnlyDictionary<string, float[]> weights)
{
    private readonly ReferenceAttention _attention = new(weights);

    /// <summary>The attention probabilities of the last pass, by block of the output's stack and head, [T][positions].</summary>
    public Dictionary<(int Block, int Head), double[][]> Attention => _attention.Probabilities;

    /// <summary>How the last pass attended to its source in the last block, averaged over heads, [T][positions of the source].</summary>
    public double[][] SourceAttention()
    {
        int last = _attention.SourceProbabilities.Keys.Max(key => key.Block);
        double[][][] heads = [.. _attention.SourceProbabilities.Where(pair => pair.Key.Block == last).Select(pair => pair.Value)];
        return [.. heads[0].Select((row, t) => row.Select((_, c) => heads.Average(head => head[t][c])).ToArray())];
    }

    /// <summary>The head's outputs of every position, [T][V].</summary>
    public double[][] ComputeLogits(int[] ids) => ComputeOutputs(ids, [], []);

    /// <summary>The head's outputs: a row for each position, or one where the head pools.</summary>
    public double[][] ComputeOutputs(int[] ids, int[] sourceIds, int[] types)
    {
        double[][]? source = spec.HasSource ? Run(spec.Encoder!, ModelParameters.Encoder, sourceIds, [], null) : null;
        double[][] x = spec.Decoder is null
            ? Run(spec.Encoder!, ModelParameters.Encoder, ids, types, null)
            : Run(spec.Decoder, "", ids, types, source);
        return spec.Head switch
        {
            HeadSpec.LanguageModel head => [.. Project(x, head.TiedEmbedding, bias: false).Select(row => row
                .Zip(Bias("head.bias", row.Length), (logit, bias) => Cap((logit * head.LogitScale) + bias, head.SoftCap)).ToArray())],
            HeadSpec.MaskedLanguageModel head => Project(
                Norm(head.Norm, "head.norm", Activate(head.Activation, Linear(x, "head.transform"))), head.TiedEmbedding, bias: true),
            HeadSpec.SequenceClassification head => Project(Transform(head.Transform, Pool(head.Pooling, x)), tied: false, bias: true),
            HeadSpec.TokenClassification or HeadSpec.Spans => Project(x, tied: false, bias: true),
            HeadSpec.PooledEmbedding head => Normalize(head.Normalized, Transform(head.Transform, Pool(head.Pooling, x))),
            _ => throw new NotSupportedException(spec.Head.GetType().Name),
        };
    }

    private double[][] Run(StackSpec stack, string prefix, int[] ids, int[] types, double[][]? source)
    {
        double[][] x = [.. ids.Select((id, t) => Embed(prefix, id, t, types.Length == 0 ? 0 : types[t]))];
        if (spec.Embedding.Norm is { } norm)
            x = Norm(norm, prefix + "embedding.norm", x);
        for (int i = 0; i < stack.Blocks.Length; i++)
            Block(stack.Blocks[i], prefix, i, x, source);
        return stack.FinalNorm is null ? x : Norm(stack.FinalNorm, prefix + "final_norm", x);
    }

    private double[] Embed(string prefix, int id, int position, int type)
    {
        int size = spec.HiddenSize;
        double[] x = [.. Row("embedding.tokens.weight", id, size).Select(value => value * spec.Embedding.Scale)];
        double[] positions = new double[size];
        if (spec.Embedding.Position is PositionSpec.Learned learned)
            positions = [.. Row(prefix + "embedding.positions.weight", position + learned.Offset, size)];
        if (spec.Embedding.Position is PositionSpec.Sinusoidal sinusoidal)
            positions = Sinusoids(sinusoidal, position + sinusoidal.Offset, size);
        IEnumerable<double> ofType = spec.Embedding.TokenTypes > 0 ? Row(prefix + "embedding.token_types.weight", type, size) : new double[size];
        return [.. x.Zip(positions, (a, b) => a + b).Zip(ofType, (a, b) => a + b)];
    }

    /// <summary>Section 3.5 of the paper, and the two other orders in use.</summary>
    private static double[] Sinusoids(PositionSpec.Sinusoidal spec, int position, int size) => [.. Enumerable.Range(0, size).Select(d =>
    {
        int half = size / 2, pair = spec.Layout == SinusoidLayout.Interleaved ? d / 2 : d % half;
        double angle = position / Math.Pow(10_000, pair / (spec.Layout == SinusoidLayout.HalvesToTheEnd ? half - 1.0 : half));
        return (spec.Layout == SinusoidLayout.Interleaved ? d % 2 == 0 : d < half) ? Math.Sin(angle) : Math.Cos(angle);
    })];

    private void Block(BlockSpec block, string stack, int index, double[][] x, double[][]? source)
    {
        string prefix = $"{stack}blocks.{index}.";
        double[][] before = [.. x.Select(row => row.ToArray())];
        Part(block, prefix + "attention", block.AttentionNorm, x, before, y => _attention.Attend(block.Attention, stack, index, y, null));
        if (block.CrossAttention is { } cross)
            Part(block, prefix + "cross_attention", cross.Norm, x, before, y => _attention.Attend(cross.Attention, stack, index, y, source));
        Part(block, prefix + "feed_forward", block.FeedForwardNorm, x, before, y => FeedForward(block.FeedForward, prefix + "feed_forward.", y));
    }

    private void Part(BlockSpec block, string name, NormSpec norm, double[][] x, double[][] before, Func<double[][], double[][]> part)
    {
        double[][] y = block.Placement switch
        {
            NormPlacement.Post => part(x),
            NormPlacement.Parallel => part(Norm(norm, name + "_norm", before)),
            NormPlacement.Sandwich => Norm(norm, name + "_output_norm", part(Norm(norm, name + "_norm", x))),
            _ => part(Norm(norm, name + "_norm", x)),
        };
        for (int t = 0; t < x.Length; t++)
            x[t] = [.. x[t].Zip(y[t], (a, b) => a + (block.ResidualScale * b))];
        if (block.Placement == NormPlacement.Post)
            Norm(norm, name + "_norm", x).CopyTo(x, 0);
    }

    private double[][] FeedForward(FeedForwardSpec feedForward, string prefix, double[][] x) => feedForward switch
    {
        FeedForwardSpec.Dense => Linear(Activate(feedForward.Activation, Linear(x, prefix + "up")), prefix + "down"),
        FeedForwardSpec.Gated => Gated(feedForward.Activation, prefix, x),
        FeedForwardSpec.MixtureOfExperts mixture => [.. x.Select(row => Mix(mixture, prefix, row))],
        _ => throw new NotSupportedException(feedForward.GetType().Name),
    };

    private double[][] Gated(Activation activation, string prefix, double[][] x) => Linear(
        [.. Activate(activation, Linear(x, prefix + "gate")).Zip(Linear(x, prefix + "up"), (a, b) => a.Zip(b, (c, d) => c * d).ToArray())], prefix + "down");

    private double[] Mix(FeedForwardSpec.MixtureOfExperts mixture, string prefix, double[] x)
    {
        double[] scores = Linear([x], prefix + "router")[0];
        int[] chosen = [.. Enumerable.Range(0, scores.Length).OrderByDescending(e => scores[e]).Take(mixture.Router.Chosen)];
        double sum = (mixture.Router is RouterSpec.SoftmaxBeforeChoice ? scores : chosen.Select(e => scores[e])).Sum(Math.Exp);
        double[] y = new double[x.Length];
        void Add(double weight, string expert) => y = [.. y.Zip(Gated(mixture.Activation, prefix + expert, [x])[0], (a, b) => a + (weight * b))];
        foreach (int e in chosen)
            Add(Math.Exp(scores[e]) / sum, $"experts.{e}.");
        if (mixture.Shared is { } shared)
            Add(shared.Gated ? 1 / (1 + Math.Exp(-Linear([x], prefix + "shared_gate")[0][0])) : 1, "shared.");
        return y;
    }

    private double[][] Norm(NormSpec norm, string prefix, double[][] x) => ReferenceMath.Norm(norm, weights, prefix, x);

    private double[][] Linear(double[][] x, string prefix) => ReferenceMath.Linear(weights, x, prefix);

    private IEnumerable<double> Row(string name, int row, int size) => weights[name].Skip(row * size).Take(size).Select(value => (double)value);

    private IEnumerable<double> Bias(string name, int size) => weights.TryGetValue(name, out float[]? bias) ? bias.Select(value => (double)value) : new double[size];

    private double[][] Project(double[][] x, bool tied, bool bias) =>
        [.. ReferenceMath.Multiply(weights, x, tied ? "embedding.tokens.weight" : "head.weight").Select(row => row.Zip(bias ? Bias("head.bias", row.Length) : new double[row.Length], (a, b) => a + b).ToArray())];

    private double[][] Transform(Activation? activation, double[] x) => activation is { } a ? Activate(a, Linear([x], "head.transform")) : [x];

    private static double[] Pool(Pooling pooling, double[][] x) => pooling switch
    {
        Pooling.First => x[0],
        Pooling.Last => x[^1],
        _ => [.. x[0].Select((_, d) => x.Average(row => row[d]))],
    };

    private static double[][] Normalize(bool wanted, double[][] x) => wanted
        ? [.. x.Select(row => row.Select(value => value / Math.Sqrt(row.Sum(other => other * other))).ToArray())] : x;

    private static double[][] Activate(Activation activation, double[][] x) =>
        [.. x.Select(row => row.Select(value => ActivationFunctions.ExecuteScalar(activation, value)).ToArray())];

    private static double Cap(double x, double? cap) => cap is { } c ? c * Math.Tanh(x / c) : x;
}

/// <summary>Matrices and norms in double precision.</summary>
internal static class ReferenceMath
{
    public static double[][] Norm(NormSpec norm, IReadOnlyDictionary<string, float[]> weights, string prefix, double[][] x) => [.. x.Select(row =>
    {
        double mean = norm is NormSpec.LayerNorm ? row.Average() : 0;
        double scale = 1 / Math.Sqrt(row.Average(value => (value - mean) * (value - mean)) + norm.Epsilon);
        double offset = norm is NormSpec.RmsNorm { UnitOffset: true } ? 1 : 0;
        float[] gain = weights[prefix + ".weight"];
        float[]? bias = weights.GetValueOrDefault(prefix + ".bias");
        return row.Select((value, d) => ((value - mean) * scale * (offset + gain[d])) + (bias?[d] ?? 0)).ToArray();
    })];

    public static double[][] Linear(IReadOnlyDictionary<string, float[]> weights, double[][] x, string prefix)
    {
        double[][] y = Multiply(weights, x, prefix + ".weight");
        if (weights.TryGetValue(prefix + ".bias", out float[]? bias))
            foreach (double[] row in y)
                for (int o = 0; o < row.Length; o++)
                    row[o] += bias[o];
        return y;
    }

    public static double[][] Multiply(IReadOnlyDictionary<string, float[]> weights, double[][] x, string name)
    {
        float[] weight = weights[name];
        int inputs = x[0].Length;
        return [.. x.Select(row => Enumerable.Range(0, weight.Length / inputs)
            .Select(o => row.Select((value, i) => value * weight[(o * inputs) + i]).Sum()).ToArray())];
    }
}
