using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Objectives;
using Weft.Training.Runs;
using Weft.Training.Tests.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Spans;

public class SpanLossTests
{
    /// <summary>Sums of fp32 in another order, of numbers of unit size.</summary>
    private const double Tolerance = 2e-5;

    private const int Context = 24, Vocabulary = 31;

    private static readonly LabelLossOptions Options = new(LabelKind.Span, 2);

    /// <summary>Tokens, and what is looked for: an answer, one of a single token, none, and an answer that is the whole text.</summary>
    private static readonly (int Length, SpanTarget Target)[] Windows =
    [
        (12, new(7, 9, 5, 10)), (24, new(20, 20, 4, 22)), (9, new(0, 0, 6, 7)), (7, new(3, 5, 3, 5)), (6, new(4, 4, 4, 4)),
    ];

    [Fact]
    public void Loss_and_gradients_of_the_head_are_those_of_their_formulas_in_fp64()
    {
        using TrainableModel model = SampleInput.RandomModel(Spec()).Model;
        Example[] rows = Rows();
        double expected = 0;
        int right = 0;
        double[] weightGradient = new double[2 * model.Spec.HiddenSize], biasGradient = new double[2];
        float[] weight = model.Head.Weight.data<float>().ToArray(), bias = model.Head.Bias!.data<float>().ToArray();
        foreach ((Example row, (_, SpanTarget target)) in rows.Zip(Windows))
        {
            float[] hidden = new float[row.Ids.Length * model.Spec.HiddenSize];
            model.ComputeHidden(new([.. row.Ids.Select(id => (int)id)]) { TokenTypes = [.. row.TokenTypes!.Select(type => (int)type)] }, hidden);
            int[] candidates = [0, .. Enumerable.Range(target.First, target.Last - target.First + 1)];
            bool exact = true;
            for (int end = 0; end < 2; end++)
            {
                double[] logits = [.. candidates.Select(token => bias[end] + Enumerable.Range(0, model.Spec.HiddenSize).Sum(d => (double)weight[(end * model.Spec.HiddenSize) + d] * hidden[(token * model.Spec.HiddenSize) + d]))];
                double sum = logits.Sum(Math.Exp);
                int wanted = Array.IndexOf(candidates, end == 0 ? target.Start : target.End);
                expected += 0.5 * (Math.Log(sum) - logits[wanted]);
                exact &= logits.Index().MaxBy(logit => logit.Item).Index == wanted;
                for (int c = 0; c < candidates.Length; c++)
                {
                    double error = 0.5 * ((Math.Exp(logits[c]) / sum) - (c == wanted ? 1 : 0)) / rows.Length;
                    biasGradient[end] += error;
                    for (int d = 0; d < model.Spec.HiddenSize; d++)
                        weightGradient[(end * model.Spec.HiddenSize) + d] += error * hidden[(candidates[c] * model.Spec.HiddenSize) + d];
                }
            }
            right += exact ? 1 : 0;
        }
        TrainingBatch batch = Lay(Arrangement.Padded, rows.Select(row => new[] { row }));
        Assert.Equal(expected, LabelLoss.ForwardBackward(model, batch, Precision.Float32, 1.0 / rows.Length, Options), Tolerance * expected);
        Close(weightGradient, model.Head.Weight.grad!);
        Close(biasGradient, model.Head.Bias!.grad!);
        LabelScores scores = Options.NewScores();
        Assert.Equal(expected, LabelLoss.Loss(model, batch, Precision.Float32, Options, scores), Tolerance * expected);
        Assert.Equal((rows.Length, right), (scores.Rows, scores.Exact));
    }

    [Fact]
    public void Gradients_do_not_depend_on_how_a_batch_is_split_or_packed()
    {
        using TrainableModel whole = SampleInput.RandomModel(Spec()).Model, split = SampleInput.RandomModel(Spec()).Model;
        Example[] rows = Rows();
        double weight = 1.0 / rows.Length;
        double loss = LabelLoss.ForwardBackward(whole, Lay(Arrangement.Padded, rows.Select(row => new[] { row })), Precision.Float32, weight, Options);
        TrainingBatch packed = Lay(Arrangement.Packed, [[rows[1]], [rows[0], rows[2]], [rows[4], rows[3]]]);
        double parts = LabelLoss.ForwardBackward(split, packed.Slice(0, 2), Precision.Float32, weight, Options) + LabelLoss.ForwardBackward(split, packed.Slice(2, 1), Precision.Float32, weight, Options);
        Assert.Equal(loss, parts, Tolerance * loss);
        using var scope = NewDisposeScope();
        foreach ((TrainableParameter a, TrainableParameter b) in whole.Parameters.Zip(split.Parameters))
            Assert.True((a.Tensor.grad! - b.Tensor.grad!).abs().max().item<float>() < Tolerance * Math.Max(1, b.Tensor.grad!.abs().max().item<float>()), a.Name);
    }

    [Fact]
    public void Words_of_the_question_are_no_candidates()
    {
        using TrainableModel model = SampleInput.RandomModel(Spec()).Model;
        Example[] rows = Rows();
        TrainingBatch batch = Lay(Arrangement.Padded, rows.Select(row => new[] { row }));
        SpanTarget[] targets = [.. Windows.Select(window => window.Target)];
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor logits = SpanLoss.Logits(model, batch, targets, Precision.Float32, null);
        Assert.Equal([rows.Length, 20, 2], logits.shape);
        // As many probabilities as candidates, the first token among them.
        Tensor probabilities = logits.softmax(1).select(2, 0);
        for (int row = 0; row < rows.Length; row++)
            Assert.Equal(targets[row].Last - targets[row].First + 2, (int)probabilities[row].count_nonzero().item<long>());
    }

    [Fact]
    public void A_model_with_another_head_is_refused()
    {
        using var model = new TrainableModel(SmallModels.Llama(), seed: 1);
        Example[] rows = Rows();
        Assert.Contains("LanguageModel", Assert.Throws<NotSupportedException>(() =>
            LabelLoss.ForwardBackward(model, Lay(Arrangement.Padded, [[rows[4]]]), Precision.Float32, 1, Options)).Message, StringComparison.Ordinal);
    }

    private static ModelSpec Spec() => Derivation.ToSpec(Derivation.Resolve(new()
    {
        Model = new() { Architecture = "bert", Layers = 2, Width = 24, Heads = 4, Context = Context },
        Task = new() { Kind = TaskKind.Spans },
    }).Recipe, Vocabulary);

    private static Example[] Rows()
    {
        var random = new Random(5);
        return [.. Windows.Select(window => new Example(
            [.. Enumerable.Range(0, window.Length).Select(_ => (long)random.Next(Vocabulary))], [0, .. Enumerable.Repeat(TrainingBatch.Ignored, window.Length - 1)])
        {
            TokenTypes = [.. Enumerable.Range(0, window.Length).Select(t => t < window.Target.First ? 0L : 1L)],
            Values = window.Target.ToValues(),
        })];
    }

    private static TrainingBatch Lay(Arrangement arrangement, IEnumerable<Example[]> rows) => new RowLayout(arrangement, 1).Lay([.. rows], new(Context, 0));

    private static void Close(double[] expected, Tensor actual)
    {
        float[] values = actual.data<float>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], values[i], Tolerance);
    }
}
