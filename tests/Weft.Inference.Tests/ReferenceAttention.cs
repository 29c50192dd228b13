using Weft.Model.Spec;

namespace Weft.Inference.Tests;

// T tokens, H heads, S head size.

/// <summary>Attention in double precision, one score after the other.</summary>
internal sealed class ReferenceAttention(IReadOnlyDictionary<string, float[]> weights)
{
    /// <summary>The probabilities of the last pass of self attention, by block and head, [T][positions].</summary>
    public Dictionary<(int Block, int Head), double[][]> Probabilities { get; } = [];

    /// <summary>Those of attention to a source, likewise.</summary>
    public Dictionary<(int Block, int Head), double[][]> SourceProbabilities { get; } = [];

    /// <summary>Attention of <paramref name="x"/> to itself, or to a source.</summary>
    public double[][] Attend(AttentionSpec spec, string stack, int block, double[][] x, double[][]? source)
    {
        string prefix = $"{stack}blocks.{block}.{(source is null ? "attention." : "cross_attention.")}";
        double[][] from = source ?? x;
        double[][] query = Linear(x, prefix + "query"), key = Linear(from, prefix + "key"), value = Linear(from, prefix + "value");
        double[][] output = [.. x.Select(_ => new double[spec.QuerySize])];
        for (int h = 0; h < spec.Heads; h++)
        {
            int shared = h / (spec.Heads / spec.KeyValueHeads), head = h;
            double[][] q = Head(spec, prefix + "query_norm", query, h), k = Head(spec, prefix + "key_norm", key, shared);
            double[][] probabilities = [.. x.Select((_, t) => Softmax(spec, prefix, head, [.. k.Select((row, c) => Visible(spec, t, c) || source is not null
                ? Score(spec, stack, prefix, head, t, c, q[t], row)
                : double.NegativeInfinity)]))];
            (source is null ? Probabilities : SourceProbabilities)[(block, h)] = probabilities;
            for (int t = 0; t < x.Length; t++)
                for (int s = 0; s < spec.HeadSize; s++)
                    output[t][(h * spec.HeadSize) + s] = Enumerable.Range(0, k.Length).Sum(c =>
                        probabilities[t][c] * (value[c][(shared * spec.HeadSize) + s] + Shaw(spec, prefix + "relative_values.weight", c - t, s)));
        }
        return Linear(output, prefix + "output");
    }

    private static bool Visible(AttentionSpec spec, int query, int key)
    {
        if (spec.Mask is AttentionMask.Bidirectional)
            return true;
        bool near = spec.Mask switch
        {
            AttentionMask.SlidingWindow window => query - key < window.Size,
            AttentionMask.Chunked chunked => query / chunked.Size == key / chunked.Size,
            _ => true,
        };
        return key <= query && (near || (spec.Sinks is AttentionSinks.FirstTokens first && key < first.Count));
    }

    private double Score(AttentionSpec spec, string stack, string prefix, int head, int query, int key, double[] q, double[] k)
    {
        int distance = key - query;
        double score = spec.ScoreScale * q.Select((value, s) => value * (k[s] + Shaw(spec, prefix + "relative_keys.weight", distance, s))).Sum();
        if (spec.SoftCap is { } cap)
            score = cap * Math.Tanh(score / cap);
        return score + spec.Position switch
        {
            PositionSpec.Alibi => -PositionSpec.Alibi.Slopes(spec.Heads)[head] * Math.Abs(distance),
            PositionSpec.Buckets buckets => weights[stack + "relative_bias.weight"][
                (buckets.Of(distance, spec.Mask is AttentionMask.Bidirectional) * spec.Heads) + head],
            _ => 0,
        };
    }

    private double Shaw(AttentionSpec spec, string table, int distance, int s) => spec.Position is PositionSpec.Shaw shaw && weights.TryGetValue(table, out float[]? rows)
        ? rows[((Math.Clamp(distance, -shaw.MaximumDistance, shaw.MaximumDistance) + shaw.MaximumDistance) * spec.HeadSize) + s]
        : 0;

    private double[] Softmax(AttentionSpec spec, string prefix, int head, double[] scores)
    {
        double sink = spec.Sinks is AttentionSinks.Learned ? weights[prefix + "sinks.weight"][head] : double.NegativeInfinity;
        double maximum = Math.Max(sink, scores.Max());
        double sum = Math.Exp(sink - maximum) + scores.Sum(score => Math.Exp(score - maximum));
        return [.. scores.Select(score => Math.Exp(score - maximum) / sum)];
    }

    private double[][] Head(AttentionSpec spec, string norm, double[][] x, int head)
    {
        double[][] rows = [.. x.Select(row => row[(head * spec.HeadSize)..((head + 1) * spec.HeadSize)])];
        if (spec.QueryKeyNorm is not null)
            rows = ReferenceMath.Norm(spec.QueryKeyNorm, weights, norm, rows);
        return spec.Position is PositionSpec.Rotary rotary ? [.. rows.Select((row, t) => Rotate(rotary, row, t, x.Length))] : rows;
    }

    private static double[] Rotate(PositionSpec.Rotary spec, double[] row, int position, int length)
    {
        // What stretches the plain sequence has numbers of its own in RotaryFrequencyTests.
        var frequencies = RotaryFrequencies.Of(spec, row.Length, length);
        int half = frequencies.Inverse.Length;
        double[] turned = [.. row];
        for (int i = 0; i < half; i++)
        {
            double frequency = spec.Scaling is RotaryScaling.None ? Math.Pow(spec.Theta, -(double)i / half) : frequencies.Inverse[i];
            (double sin, double cos) = Math.SinCos(position * frequency);
            (int a, int b) = spec.Interleaved ? (2 * i, (2 * i) + 1) : (i, half + i);
            turned[a] = frequencies.AttentionFactor * ((row[a] * cos) - (row[b] * sin));
            turned[b] = frequencies.AttentionFactor * ((row[b] * cos) + (row[a] * sin));
        }
        return turned;
    }

    private double[][] Linear(double[][] x, string prefix) => ReferenceMath.Linear(weights, x, prefix);
}
