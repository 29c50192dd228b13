using Weft.Model.Spec;

namespace Weft.Training.Tests.Modules;

/// <summary>Attention one pair of a query and a key at a time.</summary>
internal sealed class NaiveAttention(Func<double[][], string, double[][]> linear, IReadOnlyDictionary<string, double[]> weights, string stack, string block)
{
    public double[][] Compute(AttentionSpec spec, string name, double[][] x, double[][] memory, Func<NormSpec, string, double[][], double[][]> norm)
    {
        string prefix = block + name;
        double[][] query = linear(x, prefix + "query"), key = linear(memory, prefix + "key"), value = linear(memory, prefix + "value");
        double[][] Heads(double[][] rows, int head, string? normName)
        {
            double[][] slices = [.. rows.Select(row => row[(head * spec.HeadSize)..((head + 1) * spec.HeadSize)])];
            if (normName is null)
                return slices;
            if (spec.QueryKeyNorm is { } qk)
                slices = norm(qk, prefix + normName, slices);
            return spec.Position is PositionSpec.Rotary rotary ? [.. slices.Select((slice, t) => Rotate(rotary, slice, t, rows.Length))] : slices;
        }
        double[][] mixed = [.. x.Select(_ => new double[spec.QuerySize])];
        for (int h = 0; h < spec.Heads; h++)
        {
            int group = h / (spec.Heads / spec.KeyValueHeads);
            double[][] q = Heads(query, h, "query_norm"), k = Heads(key, group, "key_norm"), v = Heads(value, group, null);
            for (int i = 0; i < x.Length; i++)
            {
                double[] output = Mix(spec, prefix, h, i, q[i], k, v);
                output.CopyTo(mixed[i], h * spec.HeadSize);
            }
        }
        return linear(mixed, prefix + "output");
    }

    private double[] Mix(AttentionSpec spec, string prefix, int head, int i, double[] q, double[][] keys, double[][] values)
    {
        double total = spec.Sinks is AttentionSinks.Learned ? Math.Exp(weights[prefix + "sinks.weight"][head]) : 0;
        double[] output = new double[spec.HeadSize];
        for (int j = 0; j < keys.Length; j++)
        {
            if (!Visible(spec, i, j))
                continue;
            double[] k = keys[j], v = values[j];
            if (spec.Position is PositionSpec.Shaw shaw)
            {
                k = Plus(k, prefix + "relative_keys.weight", shaw.Of(j - i));
                v = shaw.Values ? Plus(v, prefix + "relative_values.weight", shaw.Of(j - i)) : v;
            }
            double score = q.Zip(k, (a, b) => a * b).Sum() * (spec.Scale ?? 1 / Math.Sqrt(spec.HeadSize));
            if (spec.SoftCap is { } cap)
                score = cap * Math.Tanh(score / cap);
            double weight = Math.Exp(score + Bias(spec, head, j - i));
            total += weight;
            for (int s = 0; s < output.Length; s++)
                output[s] += weight * v[s];
        }
        return [.. output.Select(sum => sum / total)];
    }

    private double[] Plus(double[] x, string table, int row) => [.. x.Select((value, s) => value + weights[table][(row * x.Length) + s])];

    private double Bias(AttentionSpec spec, int head, int distance) => spec.Position switch
    {
        PositionSpec.Alibi => -PositionSpec.Alibi.Slopes(spec.Heads)[head] * Math.Abs(distance),
        PositionSpec.Buckets buckets => weights[stack + "relative_bias.weight"][(buckets.Of(distance, spec.Mask is AttentionMask.Bidirectional) * spec.Heads) + head],
        _ => 0,
    };

    private static bool Visible(AttentionSpec spec, int i, int j) => spec.Mask switch
    {
        AttentionMask.Bidirectional => true,
        _ when j > i => false,
        _ when spec.Sinks is AttentionSinks.FirstTokens first && j < first.Count => true,
        AttentionMask.SlidingWindow window => j > i - window.Size,
        AttentionMask.Chunked chunked => j / chunked.Size == i / chunked.Size,
        _ => true,
    };

    private static double[] Rotate(PositionSpec.Rotary rotary, double[] x, int position, int length)
    {
        RotaryFrequencies frequencies = RotaryFrequencies.Of(rotary, x.Length, length);
        double[] y = [.. x];
        int half = frequencies.Inverse.Length;
        for (int i = 0; i < half; i++)
        {
            (int a, int b) = rotary.Interleaved ? (2 * i, (2 * i) + 1) : (i, i + half);
            (double sine, double cosine) = Math.SinCos(position * frequencies.Inverse[i]);
            y[a] = frequencies.AttentionFactor * ((x[a] * cosine) - (x[b] * sine));
            y[b] = frequencies.AttentionFactor * ((x[a] * sine) + (x[b] * cosine));
        }
        return y;
    }
}
