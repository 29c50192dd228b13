using Weft.Model.Spec;

namespace Weft.Training.Tests.Modules;

/// <summary>
/// The specification once more, in loops over doubles straight from the papers' formulas: slow, without torch, and with nothing shared but
/// the numbers that belong to the specification itself (frequencies, buckets, slopes). States are rows, [T][D].
/// </summary>
internal sealed class NaiveModel(ModelSpec spec, IReadOnlyDictionary<string, double[]> weights)
{
    public double[][] Hidden(SampleInput input)
    {
        double[][]? memory = spec.HasSource ? Stack(spec.Encoder!, "encoder.", input.SourceIds, [], null) : null;
        return Stack(spec.Stack, spec.Decoder is null ? "encoder." : "", input.Ids, input.TokenTypes, memory);
    }

    public double[] Outputs(SampleInput input)
    {
        double[][] hidden = Hidden(input);
        double[][] Transform(Activation? activation, double[][] x) =>
            activation is { } a ? NaiveMath.Map(Linear(x, "head.transform"), value => NaiveMath.Activate(a, value)) : x;
        double[][] rows = spec.Head switch
        {
            HeadSpec.LanguageModel head => [.. Linear(hidden, Projection(head.TiedEmbedding), head.LogitScale, "head.bias")
                .Select(row => row.Select(logit => head.SoftCap is { } c ? c * Math.Tanh(logit / c) : logit).ToArray())],
            HeadSpec.MaskedLanguageModel head => Linear(Norm(head.Norm, "head.norm", Transform(head.Activation, hidden)), Projection(head.TiedEmbedding), 1, "head.bias"),
            HeadSpec.SequenceClassification head => Linear(Transform(head.Transform, [Pool(head.Pooling, hidden)]), "head"),
            HeadSpec.TokenClassification or HeadSpec.Spans => Linear(hidden, "head"),
            HeadSpec.PooledEmbedding head => Transform(head.Transform, [Pool(head.Pooling, hidden)]),
            _ => throw new NotSupportedException(),
        };
        if (spec.Head is HeadSpec.PooledEmbedding { Normalized: true })
            rows = [[.. rows[0].Select(value => value / Math.Sqrt(rows[0].Sum(x => x * x)))]];
        return [.. rows.SelectMany(row => row)];
    }

    private static string Projection(bool tied) => tied ? ModelParameters.TokenEmbedding : "head.weight";

    private static double[] Pool(Pooling pooling, double[][] hidden) => pooling switch
    {
        Pooling.First => hidden[0],
        Pooling.Last => hidden[^1],
        _ => [.. hidden[0].Select((_, d) => hidden.Average(row => row[d]))],
    };

    private double[][] Stack(StackSpec stack, string prefix, int[] ids, int[] types, double[][]? memory)
    {
        double[][] x = [.. ids.Select((id, t) => Embed(prefix, id, t, types.Length == 0 ? 0 : types[t]))];
        if (spec.Embedding.Norm is { } norm)
            x = Norm(norm, prefix + "embedding.norm", x);
        for (int b = 0; b < stack.Blocks.Length; b++)
            x = Block(stack.Blocks[b], $"{prefix}blocks.{b}.", prefix, x, memory);
        return stack.FinalNorm is { } final ? Norm(final, prefix + "final_norm", x) : x;
    }

    private double[] Embed(string prefix, int id, int index, int type)
    {
        int d = spec.HiddenSize;
        float[] sinusoid = new float[d];
        (spec.Embedding.Position as PositionSpec.Sinusoidal)?.Fill(index, sinusoid);
        return [.. Enumerable.Range(0, d).Select(i => (spec.Embedding.Scale * weights[ModelParameters.TokenEmbedding][(id * d) + i]) + sinusoid[i]
            + (spec.Embedding.Position is PositionSpec.Learned learned ? weights[prefix + "embedding.positions.weight"][((index + learned.Offset) * d) + i] : 0)
            + (spec.Embedding.TokenTypes > 0 ? weights[prefix + "embedding.token_types.weight"][(type * d) + i] : 0))];
    }

    private double[][] Block(BlockSpec block, string prefix, string stack, double[][] x, double[][]? memory)
    {
        var attention = new NaiveAttention(Linear, weights, stack, prefix);
        double[][] Attend(double[][] y) => attention.Compute(block.Attention, "attention.", y, y, (norm, name, z) => Norm(norm, name, z));
        double[][] Feed(double[][] y) => FeedForward(block.FeedForward, prefix + "feed_forward.", y);
        double[][] Normed(NormSpec norm, string name, double[][] y) => Norm(norm, prefix + name, y);
        double[][] Line(double[][] y, NormSpec norm, string name, Func<double[][], double[][]> f) => block.Placement switch
        {
            NormPlacement.Pre => NaiveMath.Add(y, f(Normed(norm, name + "_norm", y)), block.ResidualScale),
            NormPlacement.Post => Normed(norm, name + "_norm", NaiveMath.Add(y, f(y), block.ResidualScale)),
            NormPlacement.Sandwich => NaiveMath.Add(y, Normed(norm, name + "_output_norm", f(Normed(norm, name + "_norm", y))), block.ResidualScale),
            _ => throw new NotSupportedException(),
        };
        if (block.Placement == NormPlacement.Parallel)
            return NaiveMath.Add(NaiveMath.Add(x, Attend(Normed(block.AttentionNorm, "attention_norm", x)), block.ResidualScale),
                Feed(Normed(block.FeedForwardNorm, "feed_forward_norm", x)), block.ResidualScale);
        x = Line(x, block.AttentionNorm, "attention", Attend);
        if (block.CrossAttention is { } cross)
            x = Line(x, cross.Norm, "cross_attention", y => attention.Compute(cross.Attention, "cross_attention.", y, memory!, Norm));
        return Line(x, block.FeedForwardNorm, "feed_forward", Feed);
    }

    private double[][] FeedForward(FeedForwardSpec feed, string prefix, double[][] x)
    {
        if (feed is FeedForwardSpec.MixtureOfExperts mixture)
            return [.. x.Select(row => Experts(mixture, prefix, row))];
        double[][] up = Linear(x, prefix + "up");
        double[][] inner = feed is FeedForwardSpec.Dense ? NaiveMath.Map(up, value => NaiveMath.Activate(feed.Activation, value)) : Gate(feed.Activation, prefix, x, up);
        return Linear(inner, prefix + "down");
    }

    private double[][] Gate(Activation activation, string prefix, double[][] x, double[][] up) =>
        [.. Linear(x, prefix + "gate").Select((row, t) => row.Select((value, i) => NaiveMath.Activate(activation, value) * up[t][i]).ToArray())];

    private double[] Gated(Activation activation, string prefix, double[] row) => Linear(Gate(activation, prefix, [row], Linear([row], prefix + "up")), prefix + "down")[0];

    private double[] Experts(FeedForwardSpec.MixtureOfExperts mixture, string prefix, double[] row)
    {
        double[] scores = Linear([row], prefix + "router")[0];
        int[] chosen = [.. Enumerable.Range(0, scores.Length).OrderByDescending(e => scores[e]).Take(mixture.Router.Chosen)];
        double total = mixture.Router is RouterSpec.SoftmaxBeforeChoice ? scores.Sum(Math.Exp) : chosen.Sum(e => Math.Exp(scores[e]));
        double[] sum = new double[row.Length];
        void Add(double[] output, double weight)
        {
            for (int d = 0; d < sum.Length; d++)
                sum[d] += weight * output[d];
        }
        foreach (int e in chosen)
            Add(Gated(mixture.Activation, $"{prefix}experts.{e}.", row), Math.Exp(scores[e]) / total);
        if (mixture.Shared is { } shared)
            Add(Gated(mixture.Activation, prefix + "shared.", row), shared.Gated ? 1 / (1 + Math.Exp(-Linear([row], prefix + "shared_gate")[0][0])) : 1);
        return sum;
    }

    private double[][] Linear(double[][] x, string prefix) => Linear(x, prefix + ".weight", 1, prefix + ".bias");

    private double[][] Linear(double[][] x, string weight, double scale, string bias)
    {
        double[] w = weights[weight];
        double[]? b = weights.GetValueOrDefault(bias);
        int input = x[0].Length;
        return [.. x.Select(row => Enumerable.Range(0, w.Length / input).Select(o =>
        {
            double sum = 0;
            for (int i = 0; i < input; i++)
                sum += w[(o * input) + i] * row[i];
            return (scale * sum) + (b?[o] ?? 0);
        }).ToArray())];
    }

    private double[][] Norm(NormSpec norm, string prefix, double[][] x) => [.. x.Select(row =>
    {
        double mean = norm is NormSpec.LayerNorm ? row.Average() : 0;
        double root = Math.Sqrt(row.Average(value => (value - mean) * (value - mean)) + norm.Epsilon);
        double[] gain = weights[prefix + ".weight"];
        double[]? bias = weights.GetValueOrDefault(prefix + ".bias");
        double one = norm is NormSpec.RmsNorm { UnitOffset: true } ? 1 : 0;
        return row.Select((value, i) => ((value - mean) / root * (gain[i] + one)) + (bias?[i] ?? 0)).ToArray();
    })];
}
