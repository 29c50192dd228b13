using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Objectives;
using Weft.Training.Runs;
using Weft.Training.Tests.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Labels;

public class LabelLossTests
{
    /// <summary>Sums of fp32 in another order, of numbers of unit size.</summary>
    private const double Tolerance = 2e-5;

    private const int Context = 24, Vocabulary = 31;

    private static readonly int[] Lengths = [5, 24, 1, 9, 13, 2, 7];

    /// <summary>A head that reads the first state, and heads that read the last one.</summary>
    public static TheoryData<string> Families => ["bert", "llama", "gpt2"];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_row_has_the_same_logits_alone_padded_and_packed(string family)
    {
        using TrainableModel model = SampleInput.RandomModel(Spec(family, 3)).Model;
        Example[] rows = Rows(LabelKind.One, 3, segments: family == "bert");
        float[] alone = [.. rows.SelectMany(row => Logits(model, Lay(Arrangement.Padded, [[row]])))];
        // Another path: whole sequences one by one, pooled by the head itself.
        float[] outputs = [.. rows.SelectMany(row =>
        {
            float[] logits = new float[3];
            model.ComputeOutputs(new([.. row.Ids.Select(id => (int)id)]) { TokenTypes = row.TokenTypes is { } types ? [.. types.Select(type => (int)type)] : [] }, logits);
            return logits;
        })];
        Close(outputs, alone);
        Close(outputs, Logits(model, Lay(Arrangement.Padded, rows.Select(row => new[] { row }))));
        // Rows of 24: one full, the others several texts each, with padding behind.
        Example[][] packed = [[rows[1]], [rows[0], rows[3], rows[6]], [rows[2], rows[4], rows[5]]];
        Example[] order = [.. packed.SelectMany(row => row)];
        Close([.. order.SelectMany(row => outputs[(Array.IndexOf(rows, row) * 3)..((Array.IndexOf(rows, row) + 1) * 3)])], Logits(model, Lay(Arrangement.Packed, packed)));
    }

    public static TheoryData<LabelKind, int, double, bool> Losses => new()
    {
        { LabelKind.One, 4, 0, false }, { LabelKind.One, 4, 0.1, false }, { LabelKind.One, 2, 0, true }, { LabelKind.Several, 3, 0, false }, { LabelKind.Number, 1, 0, false },
    };

    [Theory]
    [MemberData(nameof(Losses))]
    public void Loss_is_that_of_its_formula_in_fp64(LabelKind kind, int labels, double smoothing, bool weighted)
    {
        using TrainableModel model = SampleInput.RandomModel(Spec("bert", labels)).Model;
        Example[] rows = Rows(kind, labels, segments: false);
        TrainingBatch batch = Lay(Arrangement.Padded, rows.Select(row => new[] { row }));
        double[] weights = weighted ? [.. Enumerable.Range(1, labels).Select(label => 0.7 * label)] : [];
        var options = new LabelLossOptions(kind, labels) { LabelSmoothing = smoothing, Weights = [.. weights] };
        float[] logits = Logits(model, batch);
        double expected = 0, plain = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            float[] own = logits[(i * labels)..((i + 1) * labels)];
            (double training, double evaluation) = Formula(kind, own, rows[i], smoothing, weights);
            expected += training;
            plain += evaluation;
        }
        double loss = LabelLoss.ForwardBackward(model, batch, Precision.Float32, 1.0 / rows.Length, options);
        Assert.Equal(expected, loss, Tolerance * Math.Abs(expected));
        var scores = new LabelScores(kind, labels);
        Assert.Equal(plain, LabelLoss.Loss(model, batch, Precision.Float32, options, scores), Tolerance * Math.Abs(plain));
        Assert.Equal(rows.Length, scores.Rows);
        Assert.All(model.Parameters, parameter => Assert.NotNull(parameter.Tensor.grad));
    }

    [Theory]
    [InlineData(LabelKind.One, 3)]
    [InlineData(LabelKind.Several, 3)]
    [InlineData(LabelKind.Number, 1)]
    public void Gradients_do_not_depend_on_how_a_batch_is_split_or_packed(LabelKind kind, int labels)
    {
        ModelSpec spec = Spec("gpt2", labels);
        using TrainableModel whole = SampleInput.RandomModel(spec).Model, split = SampleInput.RandomModel(spec).Model;
        Example[] rows = Rows(kind, labels, segments: false);
        var options = new LabelLossOptions(kind, labels);
        double weight = 1.0 / rows.Length;
        double loss = LabelLoss.ForwardBackward(whole, Lay(Arrangement.Padded, rows.Select(row => new[] { row })), Precision.Float32, weight, options);
        TrainingBatch packed = Lay(Arrangement.Packed, [[rows[1]], [rows[0], rows[3], rows[6]], [rows[2], rows[4], rows[5]]]);
        double parts = LabelLoss.ForwardBackward(split, packed.Slice(0, 2), Precision.Float32, weight, options) + LabelLoss.ForwardBackward(split, packed.Slice(2, 1), Precision.Float32, weight, options);
        Assert.Equal(loss, parts, Tolerance * Math.Max(1, loss));
        using var scope = NewDisposeScope();
        foreach ((TrainableParameter a, TrainableParameter b) in whole.Parameters.Zip(split.Parameters))
            Assert.True((a.Tensor.grad! - b.Tensor.grad!).abs().max().item<float>() < Tolerance * Math.Max(1, b.Tensor.grad!.abs().max().item<float>()), a.Name);
    }

    [Fact]
    public void A_model_without_such_a_head_is_refused()
    {
        using var model = new TrainableModel(SmallModels.Llama(), seed: 1);
        Example[] rows = Rows(LabelKind.One, 2, segments: false);
        Assert.Contains("LanguageModel", Assert.Throws<NotSupportedException>(() => Logits(model, Lay(Arrangement.Padded, [[rows[2]]]))).Message, StringComparison.Ordinal);
    }

    private static ModelSpec Spec(string family, int labels) => Derivation.ToSpec(Derivation.Resolve(new()
    {
        Model = new() { Architecture = family, Layers = 2, Width = 24, Heads = 4, Context = Context },
        Task = new() { Labels = [.. Enumerable.Range(0, labels).Select(label => $"{label}")], Kind = labels == 1 ? TaskKind.Regression : TaskKind.Classification },
    }).Recipe, Vocabulary);

    private static Example[] Rows(LabelKind kind, int labels, bool segments)
    {
        var random = new Random(5);
        return [.. Lengths.Select(length =>
        {
            long[] ids = [.. Enumerable.Range(0, length).Select(_ => (long)random.Next(Vocabulary))], targets = [.. ids.Select(_ => TrainingBatch.Ignored)];
            targets[0] = kind == LabelKind.One ? random.Next(labels) : 0;
            return new Example(ids, targets)
            {
                TokenTypes = segments ? [.. ids.Select((_, place) => place < length / 2 ? 0L : 1L)] : null,
                Values = kind == LabelKind.One ? null : [.. Enumerable.Range(0, labels).Select(_ => kind == LabelKind.Number ? random.NextSingle() : random.Next(2))],
            };
        })];
    }

    private static TrainingBatch Lay(Arrangement arrangement, IEnumerable<Example[]> rows) => new RowLayout(arrangement, 1).Lay([.. rows], new(Context, 0));

    private static float[] Logits(TrainableModel model, TrainingBatch batch)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return LabelLoss.Logits(model, batch, Precision.Float32, null).data<float>().ToArray();
    }

    private static void Close(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], Tolerance);
    }

    /// <summary>With what is added in training, and without.</summary>
    private static (double Training, double Evaluation) Formula(LabelKind kind, float[] logits, Example row, double smoothing, double[] weights)
    {
        if (kind == LabelKind.Number)
        {
            double squared = Math.Pow(logits[0] - (double)row.Values![0], 2);
            return (squared, squared);
        }
        if (kind == LabelKind.Several)
        {
            double mean = logits.Zip(row.Values!, (logit, value) => -(value * Math.Log(1 / (1 + Math.Exp(-logit)))) - ((1 - value) * Math.Log(1 - (1 / (1 + Math.Exp(-logit)))))).Average();
            return (mean, mean);
        }
        int label = (int)row.Targets[0];
        double plain = PlainLoss.Of(logits, label), all = Enumerable.Range(0, logits.Length).Average(other => PlainLoss.Of(logits, other));
        return ((weights.Length == 0 ? 1 : weights[label]) * (((1 - smoothing) * plain) + (smoothing * all)), plain);
    }
}
