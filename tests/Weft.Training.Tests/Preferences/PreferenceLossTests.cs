using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Objectives;
using Weft.Training.Tests.Adapters;
using Weft.Training.Tests.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Preferences;

/// <summary>Against the papers' formulas, differentiated by torch in fp64.</summary>
public class PreferenceLossTests
{
    /// <summary>Sums of log-probabilities in fp32, some tens of terms of size 4 at 6e-8 each; norms and soft caps make several of that.</summary>
    private const double Tolerance = 3e-5;

    /// <summary>A central difference errs by the square of its step.</summary>
    private const double Step = 1e-4, DifferenceTolerance = 1e-7;

    private static readonly PreferenceLossOptions Dpo = new(PreferenceMethod.Dpo) { Beta = 0.3 }, Smoothed = Dpo with { LabelSmoothing = 0.2 }, Orpo = new(PreferenceMethod.Orpo) { Beta = 0.7 };

    public static TheoryData<string, string> Models => new()
    {
        { "llama", "dpo" }, { "gpt2", "smoothed" }, { "llama", "orpo" }, { "like Gemma", "dpo" }, { "like Gemma", "orpo" }, { "large", "dpo" },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Loss_and_gradients_equal_those_of_autograd_in_fp64(string model, string method)
    {
        ModelSpec spec = Spec(model);
        PreferenceLossOptions options = Options(method);
        using TrainableModel exact = SampleInput.RandomModel(spec).Model, plain = SampleInput.RandomModel(spec).Model;
        using var scope = NewDisposeScope();
        // Of a large vocabulary, positions enough for more than one chunk.
        TrainingBatch batch = Pairs(spec.VocabularySize, pairs: 3, longest: model == "large" ? 240 : 10);
        (double loss, PreferenceScores scores) = PreferenceLoss.ForwardBackward(exact, batch, Precision.Float32, options, (1.0 / 3, null));
        (Tensor reference, Tensor margins) = Formula(plain, batch, options);
        reference.backward();
        Assert.Equal(reference.item<double>(), loss / 3, Tolerance);
        Assert.Equal(margins.mean().item<double>(), scores.Margin, Tolerance);
        Assert.Equal(margins.data<double>().Count(margin => margin > 0), scores.Right);
        Close(plain, exact);
        // Without gradients and without label smoothing.
        (double judged, PreferenceScores again) = PreferenceLoss.Loss(exact, batch, Precision.Float32, options);
        Assert.Equal(Formula(plain, batch, options with { LabelSmoothing = 0 }).Loss.item<double>(), judged / 3, Tolerance);
        Assert.Equal(scores.Margin, again.Margin, Tolerance);
    }

    [Theory]
    [InlineData("dpo")]
    [InlineData("smoothed")]
    [InlineData("orpo")]
    public void Slopes_equal_difference_quotients(string method)
    {
        PreferenceLossOptions options = Options(method);
        var random = new Random(3);
        for (int i = 0; i < 50; i++)
        {
            PreferenceLoss.Answer chosen = new(-40 * random.NextDouble(), -40 * random.NextDouble(), 1 + random.Next(20)), rejected = new(-40 * random.NextDouble(), -40 * random.NextDouble(), 1 + random.Next(20));
            PreferenceLoss.Pair pair = PreferenceLoss.Of(chosen, rejected, options);
            double Moved(double ofChosen, double ofRejected) =>
                PreferenceLoss.Of(chosen with { LogProbability = chosen.LogProbability + ofChosen }, rejected with { LogProbability = rejected.LogProbability + ofRejected }, options).Loss;
            // Close to certainty, the odds of ORPO are steep: the quotient itself is wrong there by more.
            double tolerance = DifferenceTolerance * Math.Max(1, Math.Pow(pair.Chosen, 2) + Math.Pow(pair.Rejected, 2)) * 10;
            Assert.Equal((Moved(Step, 0) - Moved(-Step, 0)) / (2 * Step), pair.Chosen, tolerance);
            Assert.Equal((Moved(0, Step) - Moved(0, -Step)) / (2 * Step), pair.Rejected, tolerance);
        }
    }

    [Fact]
    public void Worked_examples_are_those_of_the_formulas()
    {
        // m = 0.5 · ((-3 + 4) - (-6 + 5)) = 1: -log σ(1) = log(1 + 1/e).
        PreferenceLoss.Pair dpo = PreferenceLoss.Of(new(-3, -4, 2), new(-6, -5, 3), new(PreferenceMethod.Dpo) { Beta = 0.5 });
        Assert.Equal(Math.Log(1 + Math.Exp(-1)), dpo.Loss, 1e-12);
        Assert.Equal(1, dpo.Margin, 1e-12);
        // Means of log-probabilities log ½ and log ¼: odds 1 and 1/3, so that σ(log 3) = 3/4.
        PreferenceLoss.Pair orpo = PreferenceLoss.Of(new(2 * Math.Log(0.5), 0, 2), new(3 * Math.Log(0.25), 0, 3), new(PreferenceMethod.Orpo) { Beta = 0.1 });
        Assert.Equal(Math.Log(2) - (0.1 * Math.Log(0.75)), orpo.Loss, 1e-12);
        Assert.Equal(0.1 * Math.Log(2), orpo.Margin, 1e-12);
        // What a model cannot be surer of, and what it cannot believe less, have finite losses.
        foreach (PreferenceLossOptions options in new[] { Dpo, Smoothed, Orpo })
        {
            PreferenceLoss.Pair sure = PreferenceLoss.Of(new(0, 0, 1), new(-1e5, 0, 1), options), wrong = PreferenceLoss.Of(new(-1e5, 0, 1), new(0, 0, 1), options);
            Assert.All(new[] { sure.Loss, sure.Chosen, sure.Rejected, wrong.Loss, wrong.Chosen, wrong.Rejected }, value => Assert.True(double.IsFinite(value), $"{options}: {value}"));
        }
    }

    [Fact]
    public void Where_the_reference_is_the_model_itself_the_loss_is_log_2_and_the_margin_0()
    {
        using TrainableModel model = SampleInput.RandomModel(SmallModels.Llama()).Model;
        TrainingBatch batch = Pairs(61, pairs: 4, longest: 10);
        batch = batch with { References = RowLogProbabilities.Compute(model, batch, Precision.Float32) };
        (double loss, PreferenceScores scores) = PreferenceLoss.ForwardBackward(model, batch, Precision.Float32, Dpo, (0.25, null));
        Assert.Equal(4 * Math.Log(2), loss, Tolerance);
        Assert.Equal(0, scores.Margin, Tolerance);
    }

    [Fact]
    public void Gradients_do_not_depend_on_how_a_batch_is_split()
    {
        using TrainableModel whole = SampleInput.RandomModel(SmallModels.Gpt2()).Model, split = SampleInput.RandomModel(SmallModels.Gpt2()).Model;
        TrainingBatch batch = Pairs(61, pairs: 5, longest: 10);
        using var scope = NewDisposeScope();
        double loss = PreferenceLoss.ForwardBackward(whole, batch, Precision.Float32, Dpo, (0.2, null)).Loss, parts = 0;
        foreach ((int first, int pairs) in new[] { (0, 2), (2, 1), (3, 2) })
            parts += PreferenceLoss.ForwardBackward(split, batch.Slice(2 * first, 2 * pairs), Precision.Float32, Dpo, (0.2, null)).Loss;
        Assert.Equal(loss, parts, Tolerance);
        Close(whole, split);
    }

    [Fact]
    public void Adapters_get_the_gradients_of_the_formula()
    {
        ModelSpec spec = AdaptedModels.Spec("llama");
        AdapterOptions adapter = AdaptedModels.Options("llama");
        using TrainableModel exact = AdaptedModels.Random(spec, adapter).Model, plain = AdaptedModels.Random(spec, adapter).Model;
        using var scope = NewDisposeScope();
        TrainingBatch batch = Pairs(AdaptedModels.Vocabulary, pairs: 3, longest: 10);
        PreferenceLoss.ForwardBackward(exact, batch, Precision.Float32, Dpo, (1.0 / 3, null));
        Formula(plain, batch, Dpo).Loss.backward();
        Close(plain, exact);
    }

    /// <summary>The targets of prompts are left out, and only those: with other tokens there, that change what the answers follow alone, an answer's sum is that of its own tokens.</summary>
    [Fact]
    public void Sums_are_over_the_answers_tokens_alone()
    {
        using TrainableModel model = SampleInput.RandomModel(SmallModels.Llama()).Model;
        TrainingBatch batch = Pairs(61, pairs: 3, longest: 10);
        double[] sums = RowLogProbabilities.Compute(model, batch, Precision.Float32);
        for (int row = 0; row < batch.Rows; row++)
        {
            int length = batch.Documents is null ? batch.Length : batch.Documents.AsSpan(row * batch.Length, batch.Length).Count(0L);
            int[] ids = [.. batch.Ids.AsSpan(row * batch.Length, length).ToArray().Select(id => (int)id)];
            float[] logits = new float[length * 61];
            model.ComputeOutputs(new(ids), logits);
            double expected = Enumerable.Range(0, length).Where(t => batch.Targets[(row * batch.Length) + t] != TrainingBatch.Ignored)
                .Sum(t => -PlainLoss.Of(logits.AsSpan(t * 61, 61), (int)batch.Targets[(row * batch.Length) + t]));
            Assert.Equal(expected, sums[row], Tolerance);
        }
    }

    /// <summary>Prompts of 1 to 4 tokens and answers of at least 1, the same prompt for both of a pair, with random references.</summary>
    internal static TrainingBatch Pairs(int vocabulary, int pairs, int longest)
    {
        var random = new Random(5);
        Example[][] rows = [.. Enumerable.Range(0, pairs).Select(_ =>
        {
            long[] prompt = Draw(1 + random.Next(4));
            Example Answer() => Of([.. prompt, .. Draw(1 + random.Next((longest / 2) + 1, longest))], prompt.Length);
            return new[] { Answer() with { Rejected = Answer() } };
        })];
        return new RowLayout(Arrangement.Padded, 1).Lay(rows, new(longest, 0));

        long[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextInt64(vocabulary))];

        Example Of(long[] ids, int prompt) => new(ids[..^1], [.. ids[1..].Select((id, t) => t + 1 < prompt ? TrainingBatch.Ignored : id)]) { Reference = -10 * random.NextDouble() };
    }

    private static ModelSpec Spec(string name) => name switch
    {
        "llama" => SmallModels.Llama(),
        "gpt2" => SmallModels.Gpt2(),
        "large" => SmallModels.Llama(vocabulary: 4096, context: 256, tied: false),
        _ => MechanismSpecs.All[name],
    };

    private static PreferenceLossOptions Options(string method) => method switch { "dpo" => Dpo, "smoothed" => Smoothed, _ => Orpo };

    /// <summary>Mean loss of the pairs and their margins, as the papers have them.</summary>
    private static (Tensor Loss, Tensor Margins) Formula(TrainableModel model, TrainingBatch batch, PreferenceLossOptions options)
    {
        Tensor targets = tensor(batch.Targets, [batch.Rows, batch.Length]);
        Tensor answers = targets.ge(0).to(ScalarType.Float64);
        Tensor logits = model.Outputs(TensorInput.Of(batch, CPU), ScalarType.Float64);
        Tensor sums = (special.log_softmax(logits, -1).gather(2, targets.clamp_min(0).unsqueeze(2)).squeeze(2) * answers).sum(1), references = tensor(batch.References!);
        Tensor Chosen(Tensor rows) => rows.view(-1, 2).select(1, 0);
        Tensor Rejected(Tensor rows) => rows.view(-1, 2).select(1, 1);
        if (options.Method == PreferenceMethod.Dpo)
        {
            Tensor gains = sums - references, margins = (Chosen(gains) - Rejected(gains)).Times(options.Beta);
            Tensor kept = margins.sigmoid().log().Times(options.LabelSmoothing - 1), swapped = margins.neg().sigmoid().log().Times(-options.LabelSmoothing);
            return (kept.Plus(swapped).mean(), margins.detach());
        }
        Tensor means = sums / answers.sum(1);
        Tensor odds = means.exp() / means.exp().neg().Plus(1);
        Tensor ratio = (Chosen(odds) / Rejected(odds)).log();
        return ((Chosen(means).neg() - ratio.sigmoid().log().Times(options.Beta)).mean(), (Chosen(means) - Rejected(means)).Times(options.Beta).detach());
    }

    private static void Close(TrainableModel expected, TrainableModel actual)
    {
        foreach ((TrainableParameter a, TrainableParameter b) in expected.Parameters.Zip(actual.Parameters))
        {
            float error = (a.Tensor.grad! - b.Tensor.grad!).abs().max().item<float>(), greatest = a.Tensor.grad!.abs().max().item<float>();
            Assert.True(error < Tolerance * Math.Max(1, greatest), $"{a.Name}: {error} of {greatest}");
        }
    }
}
