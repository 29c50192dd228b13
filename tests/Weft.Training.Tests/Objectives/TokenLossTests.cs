using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Objectives;
using Weft.Training.Tests.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Objectives;

public class TokenLossTests
{
    /// <summary>fp32 sums in another order: about 2,000 terms of unit size at 6e-8 each, far below this.</summary>
    private const double GradientTolerance = 2e-6;

    /// <summary>bf16 keeps 8 bits: 0.4% a product, averaged over thousands of positions.</summary>
    private const double BFloat16Tolerance = 0.02;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Chunked_loss_and_gradients_equal_plain_cross_entropy(bool tied)
    {
        // 9 windows of 256 positions over 4,096 ids are two full chunks and a part of a third.
        ModelSpec spec = SmallModels.Llama(vocabulary: 4096, context: 256, tied);
        using var chunked = new TrainableModel(spec, seed: 5);
        using var plain = new TrainableModel(spec, seed: 5);
        using var scope = NewDisposeScope();
        Tensor windows = randint(0, 4096, [9, 257], generator: new Generator(3, CPU), dtype: ScalarType.Int64);
        double weight = 1.0 / (9 * 256);

        double loss = TokenLoss.ForwardBackward(chunked, Batch(windows), Precision.Float32, weight) * weight;
        Tensor logits = nn.functional.linear(plain.Hidden(new(windows.narrow(1, 0, 256)), Precision.Float32).view(-1, 24), plain.Head.Weight);
        Tensor reference = nn.functional.cross_entropy(logits, windows.narrow(1, 1, 256).reshape(-1));
        reference.backward();

        Assert.Equal(reference.item<float>(), loss, GradientTolerance * loss);
        foreach ((TrainableParameter a, TrainableParameter b) in chunked.Parameters.Zip(plain.Parameters))
            Assert.True((a.Tensor.grad! - b.Tensor.grad!).abs().max().item<float>() < GradientTolerance, a.Name);
    }

    [Theory]
    [InlineData("head 0")]
    [InlineData("head 1")]
    [InlineData("head 2")]
    [InlineData("head 3")]
    [InlineData("head 4")]
    [InlineData("like Gemma")]
    public void Loss_and_gradients_of_every_head_equal_those_of_autograd(string name)
    {
        ModelSpec spec = MechanismSpecs.All[name];
        using TrainableModel exact = SampleInput.RandomModel(spec).Model, plain = SampleInput.RandomModel(spec).Model;
        using var scope = NewDisposeScope();
        Tensor windows = randint(0, spec.VocabularySize, [3, 13], generator: new Generator(3, CPU), dtype: ScalarType.Int64);
        double weight = 1.0 / (3 * 12);

        double loss = TokenLoss.ForwardBackward(exact, Batch(windows), Precision.Float32, weight) * weight;
        Tensor logits = plain.Outputs(new(windows.narrow(1, 0, 12)), Precision.Float32).view(-1, spec.VocabularySize);
        Tensor reference = nn.functional.cross_entropy(logits, windows.narrow(1, 1, 12).reshape(-1));
        reference.backward();

        Assert.Equal(reference.item<float>(), loss, GradientTolerance * loss);
        Assert.Equal(loss, TokenLoss.Loss(exact, Batch(windows), Precision.Float32) * weight, 1e-9);
        foreach ((TrainableParameter a, TrainableParameter b) in exact.Parameters.Zip(plain.Parameters))
            Assert.True((a.Tensor.grad! - b.Tensor.grad!).abs().max().item<float>() < GradientTolerance * Math.Max(1, b.Tensor.grad!.abs().max().item<float>()), a.Name);
    }

    [Theory]
    [InlineData("head 0", 0.1, 0)]
    [InlineData("head 0", 0, 0.01)]
    [InlineData("head 4", 0.2, 0.02)]
    [InlineData("like Gemma", 0.1, 0.01)]
    [InlineData("encoder's head 0", 0, 0)]
    [InlineData("encoder's head 0", 0.1, 0.01)]
    [InlineData("encoder's head 1", 0, 0.01)]
    [InlineData("like T5", 0.1, 0.01)]
    [InlineData("like the first Transformer", 0.1, 0)]
    public void Smoothed_and_regularized_loss_of_some_positions_equals_that_of_autograd(string name, double smoothing, double zLoss)
    {
        ModelSpec spec = MechanismSpecs.All[name];
        using TrainableModel exact = SampleInput.RandomModel(spec).Model, plain = SampleInput.RandomModel(spec).Model;
        using var scope = NewDisposeScope();
        TrainingBatch batch = Sparse(spec, rows: 3, length: 12, every: 4);
        var options = new TokenLossOptions { LabelSmoothing = smoothing, ZLoss = zLoss };
        double weight = 1.0 / batch.TargetCount;

        double loss = TokenLoss.ForwardBackward(exact, batch, Precision.Float32, weight, options) * weight;
        Tensor logits = plain.Outputs(TensorInput.Of(batch, CPU), Precision.Float32).view(-1, spec.VocabularySize), target = tensor(batch.Targets);
        Tensor reference = nn.functional.cross_entropy(logits, target, ignore_index: TrainingBatch.Ignored, label_smoothing: smoothing)
            + (logits.logsumexp(1).square() * target.ne(TrainingBatch.Ignored).to(ScalarType.Float32)).sum() * (zLoss * weight);
        reference.backward();

        Assert.Equal(reference.item<float>(), loss, GradientTolerance * loss);
        Assert.Equal(loss, TokenLoss.Loss(exact, batch, Precision.Float32, options) * weight, 1e-6); // without gradients, attention takes another kernel
        foreach ((TrainableParameter a, TrainableParameter b) in exact.Parameters.Zip(plain.Parameters))
            Assert.True((a.Tensor.grad! - b.Tensor.grad!).abs().max().item<float>() < GradientTolerance * Math.Max(1, b.Tensor.grad!.abs().max().item<float>()), a.Name);
    }

    [Fact]
    public void A_pass_without_targets_adds_nothing()
    {
        using var model = new TrainableModel(SmallModels.Llama(), seed: 1);
        TrainingBatch batch = Sparse(model.Spec, 2, 8, every: 4);
        batch = batch with { Targets = [.. batch.Targets.Select(_ => TrainingBatch.Ignored)] };
        Assert.Equal(0, TokenLoss.ForwardBackward(model, batch, Precision.Float32, 1));
        Assert.Equal(0, TokenLoss.Loss(model, batch, Precision.Float32));
        Assert.All(model.Parameters, parameter => Assert.Null(parameter.Tensor.grad));
    }

    [Theory]
    [InlineData("like T5", "pairs")]
    [InlineData("encoder's head 3", "TokenClassification")]
    public void What_does_not_suit_the_model_is_refused_by_name(string name, string word)
    {
        using var model = new TrainableModel(MechanismSpecs.All[name], seed: 1);
        using var scope = NewDisposeScope();
        Tensor windows = zeros([1, 5], ScalarType.Int64);
        Assert.Contains(word, Assert.Throws<NotSupportedException>(() => TokenLoss.ForwardBackward(model, Batch(windows), Precision.Float32, 1)).Message, StringComparison.Ordinal);
        Assert.Contains(word, Assert.Throws<NotSupportedException>(() => TokenLoss.Loss(model, Batch(windows), Precision.Float32)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sources_and_impossible_options_are_refused_by_name()
    {
        using var model = new TrainableModel(SmallModels.Llama(), seed: 1);
        TrainingBatch pairs = Sparse(MechanismSpecs.All["like T5"], 1, 4, 2);
        Assert.Contains("no encoder", Assert.Throws<NotSupportedException>(() => TokenLoss.Loss(model, pairs, Precision.Float32)).Message, StringComparison.Ordinal);
        Assert.Contains("1.5", Assert.Throws<ArgumentOutOfRangeException>(() => new TokenLossOptions { LabelSmoothing = 1.5 }.Validate()).Message, StringComparison.Ordinal);
        Assert.Contains("ZLoss", Assert.Throws<ArgumentOutOfRangeException>(() => new TokenLossOptions { ZLoss = double.NaN }.Validate()).Message, StringComparison.Ordinal);
    }

    /// <summary>The mean over a step's targets, not the mean of its passes' means: rows differ in length, and so do passes.</summary>
    [Theory]
    [InlineData("like Gemma")]
    [InlineData("encoder's head 0")]
    [InlineData("like T5")]
    public void Rows_of_unequal_lengths_give_equal_gradients_however_they_are_split(string name)
    {
        const double RelativeTolerance = 1e-6;
        ModelSpec spec = MechanismSpecs.All[name];
        using TrainableModel whole = SampleInput.RandomModel(spec).Model, split = SampleInput.RandomModel(spec).Model;
        TrainingBatch batch = Sparse(spec, rows: 32, length: 16, every: 3);
        for (int row = 0; row < 32; row++)
            Array.Fill(batch.Targets, TrainingBatch.Ignored, row * 16, row % 8 * 2);
        double weight = 1.0 / batch.TargetCount;
        using var scope = NewDisposeScope();
        TokenLoss.ForwardBackward(whole, batch, Precision.Float32, weight);
        for (int first = 0; first < 32; first += 4)
            TokenLoss.ForwardBackward(split, batch.Slice(first, 4), Precision.Float32, weight);
        double difference = Math.Sqrt(whole.Parameters.Zip(split.Parameters).Sum(pair => (pair.First.Tensor.grad! - pair.Second.Tensor.grad!).square().sum().item<float>()));
        Assert.InRange(difference / Norm(whole), 0, RelativeTolerance);
    }

    [Fact]
    public void Gradients_do_not_depend_on_how_a_batch_is_split()
    {
        using var whole = new TrainableModel(SmallModels.Gpt2(), seed: 1);
        using var split = new TrainableModel(SmallModels.Gpt2(), seed: 1);
        using var scope = NewDisposeScope();
        Tensor windows = randint(0, 61, [6, 17], generator: new Generator(3, CPU), dtype: ScalarType.Int64);
        double weight = 1.0 / (6 * 16);
        TokenLoss.ForwardBackward(whole, Batch(windows), Precision.Float32, weight);
        for (int i = 0; i < 6; i += 2)
            TokenLoss.ForwardBackward(split, Batch(windows.narrow(0, i, 2)), Precision.Float32, weight);
        foreach ((TrainableParameter a, TrainableParameter b) in whole.Parameters.Zip(split.Parameters))
            Assert.True((a.Tensor.grad! - b.Tensor.grad!).abs().max().item<float>() < GradientTolerance, a.Name);
    }

    [Fact]
    public void Half_precision_gives_nearly_the_same_loss_and_gradient_norm()
    {
        using var full = new TrainableModel(SmallModels.Llama(), seed: 1);
        using var half = new TrainableModel(SmallModels.Llama(), seed: 1);
        using var scope = NewDisposeScope();
        Tensor windows = randint(0, 61, [8, 17], generator: new Generator(3, CPU), dtype: ScalarType.Int64);
        double weight = 1.0 / (8 * 16);
        double a = TokenLoss.ForwardBackward(full, Batch(windows), Precision.Float32, weight) * weight;
        double b = TokenLoss.ForwardBackward(half, Batch(windows), Precision.BFloat16, weight) * weight;
        Assert.InRange(b / a, 1 - BFloat16Tolerance, 1 + BFloat16Tolerance);
        Assert.InRange(Norm(half) / Norm(full), 1 - BFloat16Tolerance, 1 + BFloat16Tolerance);
    }

    [Fact]
    public void Loss_without_gradients_equals_loss_with_them()
    {
        using var model = new TrainableModel(SmallModels.Llama(), seed: 1);
        using var scope = NewDisposeScope();
        Tensor windows = randint(0, 61, [4, 17], generator: new Generator(3, CPU), dtype: ScalarType.Int64);
        Assert.Equal(TokenLoss.ForwardBackward(model, Batch(windows), Precision.Float32, 1), TokenLoss.Loss(model, Batch(windows), Precision.Float32));
    }

    private static double Norm(TrainableModel model) =>
        Math.Sqrt(model.Parameters.Sum(parameter => parameter.Tensor.grad!.pow(2).sum().item<float>()));

    /// <summary>[B, T + 1] ids as inputs and what follows each.</summary>
    private static TrainingBatch Batch(Tensor windows) =>
        CausalWindows.Split(windows.contiguous().data<long>().ToArray(), (int)windows.shape[0], (int)windows.shape[1] - 1);

    /// <summary>Random ids, a target at every n-th position, and a source where the model reads one.</summary>
    private static TrainingBatch Sparse(ModelSpec spec, int rows, int length, int every)
    {
        var random = new Random(5);
        long[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextInt64(spec.VocabularySize))];
        return new()
        {
            Rows = rows,
            Length = length,
            Ids = Draw(rows * length),
            Targets = [.. Draw(rows * length).Select((id, i) => i % every == 1 ? id : TrainingBatch.Ignored)],
            SourceLength = spec.HasSource ? 7 : 0,
            SourceIds = spec.HasSource ? Draw(rows * 7) : null,
        };
    }
}
