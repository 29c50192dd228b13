using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Objectives;
using Weft.Training.Optimizers;
using Weft.Training.Runs;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Modules;

public class DropoutTests
{
    /// <summary>Next to nothing of what a small model adds to the line is kept: one element in 2^32.</summary>
    private const double NearlyAll = 1 - 1e-12;

    /// <summary>Of numbers of order 1 in fp32, normalised three times.</summary>
    private const double Rounding = 1e-5;

    /// <summary>Standard deviations of a share of independent draws from fixed seeds.</summary>
    private const double Deviations = 5.5;

    public static TheoryData<string> Families => [.. ModelFamilies];

    private static string[] ModelFamilies => ["llama", "gpt2", "bert", "marian", "bart", "t5"];

    [Fact]
    public void None_is_none()
    {
        Assert.Null(Dropout.Of(0, 1, 2));
        foreach (double wrong in new[] { 1, -0.1, double.NaN })
            Assert.Throws<ArgumentOutOfRangeException>(() => Dropout.Of(wrong, 1, 2));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Whatever_a_part_adds_to_the_line_is_dropped_in_every_family(string family)
    {
        ModelSpec spec = Spec(family);
        foreach (StackSpec stack in new[] { spec.Encoder, spec.Decoder }.OfType<StackSpec>())
            AssertNothingIsAdded(spec, stack == spec.Decoder ? "" : ModelParameters.Encoder, stack.Blocks[0]);
    }

    [Theory]
    [InlineData(NormPlacement.Sandwich)]
    [InlineData(NormPlacement.Parallel)]
    public void So_it_is_wherever_norms_stand(NormPlacement placement)
    {
        ModelSpec spec = SmallModels.Llama();
        BlockSpec block = spec.Decoder!.Blocks[0] with { Placement = placement };
        AssertNothingIsAdded(spec with { Decoder = StackSpec.Uniform(1, block, null) }, "", block);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Embedded_tokens_are_dropped_in_every_stack(string family)
    {
        using var scope = NewDisposeScope();
        using TrainableModel model = SampleInput.RandomModel(Spec(family)).Model;
        TensorInput input = SampleInput.For(model.Spec).ToTensors();
        Assert.False(IsConstant(model.Hidden(input, Precision.Float32)));
        // Nothing of the ids is left, neither of the target's nor of the source's: each token has the same state.
        Assert.True(IsConstant(model.Hidden(input with { Dropout = Dropout.Of(NearlyAll, 1, 2) }, Precision.Float32)));

        static bool IsConstant(Tensor states) => ((states - states.narrow(1, 0, 1)).abs().max() < Rounding).item<bool>();
    }

    [Theory]
    [InlineData("gpt2", Precision.Float32)]
    [InlineData("marian", Precision.BFloat16)]
    public void Seed_and_batch_decide_what_is_dropped_and_nothing_else_does(string family, Precision precision)
    {
        using var scope = NewDisposeScope();
        using TrainableModel model = SampleInput.RandomModel(Spec(family)).Model;
        TensorInput input = SampleInput.For(model.Spec).ToTensors();
        float[] States(Dropout? dropout) => Numbers(model.Hidden(input with { Dropout = dropout }, precision));
        float[] states = States(Dropout.Of(0.3, seed: 1, draw: 2));
        _ = States(Dropout.Of(0.3, seed: 1, draw: 3));
        manual_seed(77).Dispose();
        Assert.Equal(states, States(Dropout.Of(0.3, seed: 1, draw: 2)));
        Assert.NotEqual(states, States(Dropout.Of(0.3, seed: 1, draw: 3)));
        Assert.NotEqual(states, States(Dropout.Of(0.3, seed: 2, draw: 2)));
        Assert.NotEqual(states, States(null));
    }

    [Fact]
    public void Rows_places_and_batches_drop_independently()
    {
        using var scope = NewDisposeScope();
        Dropout first = Dropout.Of(0.5, 1, 0)!.Value;
        Tensor Mask(Dropout dropout, int rows = 2) => dropout.Apply(ones(rows, 512)) > 0;
        (Tensor Left, Tensor Right)[] pairs =
        [
            (Mask(first)[0], Mask(first)[1]), (Mask(first.At(0)), Mask(first.At(1))), (Mask(first.At(0)), Mask(first.At(0).At(0))),
            (Mask(first.At(0).At(1)), Mask(first.At(1).At(0))), (Mask(first), Mask(Dropout.Of(0.5, 1, 1)!.Value)), (Mask(first), Mask(Dropout.Of(0.5, 2, 0)!.Value)),
        ];
        foreach ((Tensor left, Tensor right) in pairs)
        {
            double count = left.numel(), equal = (left == right).sum().item<long>();
            Assert.InRange(equal / count, 0.5 - (Deviations * 0.5 / Math.Sqrt(count)), 0.5 + (Deviations * 0.5 / Math.Sqrt(count)));
        }
        // The rows of a pass are those of the whole batch.
        Assert.Equal(Bits(Mask(first, rows: 5).narrow(0, 3, 2)), Bits(Mask(first with { FirstRow = 3 })));

        static bool[] Bits(Tensor mask) => mask.contiguous().data<bool>().ToArray();
    }

    /// <summary>Widths at which the compute type's own kernels are used, and rows of an odd number of elements.</summary>
    [Theory]
    [InlineData(Precision.Float32, 24)]
    [InlineData(Precision.BFloat16, 24)]
    public void A_batch_in_several_passes_drops_what_it_drops_in_one(Precision precision, int width)
    {
        using var scope = NewDisposeScope();
        ModelSpec spec = SmallModels.Gpt2();
        Assert.Equal(width, spec.HiddenSize);
        TrainingBatch batch = CausalWindows.Split([.. Enumerable.Range(0, 6 * 16).Select(i => (long)(i * 7 % 61))], 6, 15);
        double[] Losses(int rows)
        {
            using TrainableModel model = SampleInput.RandomModel(spec).Model;
            Dropout dropout = Dropout.Of(0.4, 3, 4)!.Value;
            double loss = 0;
            for (int first = 0; first < 6; first += rows)
                loss += TokenLoss.ForwardBackward(model, batch.Slice(first, rows), precision, 1.0 / batch.TargetCount, dropout: dropout with { FirstRow = first });
            return [loss, .. model.Parameters.Select(parameter => parameter.Gradient().norm().item<float>())];
        }
        double[] whole = Losses(6), split = Losses(2);
        // Matrix products of other shapes round otherwise, in bf16 each number to 2^-9 of itself.
        double tolerance = precision == Precision.Float32 ? 1e-4 : 0.02;
        for (int i = 0; i < whole.Length; i++)
            Assert.InRange(split[i] / whole[i], 1 - tolerance, 1 + tolerance);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    public void By_torch_it_is_the_same_but_for_which_elements_are_dropped(ScalarType type)
    {
        using var scope = NewDisposeScope();
        const double probability = 0.25;
        Dropout dropout = Dropout.Of(probability, 1, 2)!.Value;
        Tensor x = ones([64, 1000], type, requires_grad: true), y = ones([64, 1000], type, requires_grad: true);
        Tensor sum = dropout.ByTorch(x, y);
        sum.backward([full([64, 1000], 3, type)]);
        float[] dropped = Numbers(sum.detach() - 1), gradient = Numbers(y.grad!);
        float scale = Numbers(ones(1, type) * (1 / (1 - probability)))[0];
        Assert.All(dropped, value => Assert.True(value == 0 || Math.Abs(value - scale) < 2e-3, $"{value} is neither 0 nor the scale"));
        Assert.Equal(dropped.Select(value => value != 0), gradient.Select(value => value != 0));
        Assert.All(gradient, value => Assert.True(value == 0 || Math.Abs(value - (3 * scale)) < 6e-3));
        Assert.All(Numbers(x.grad!), value => Assert.Equal(3, value));
        double deviation = Math.Sqrt(probability * (1 - probability) / dropped.Length);
        Assert.InRange(dropped.Count(value => value != 0) / (double)dropped.Length, 1 - probability - (Deviations * deviation), 1 - probability + (Deviations * deviation));
        manual_seed(99).Dispose();
        Assert.Equal(Numbers(sum), Numbers(dropout.ByTorch(x, y)));
        Assert.NotEqual(Numbers(sum), Numbers(dropout.At(0).ByTorch(x, y)));
        Assert.Equal(Numbers(dropout.ByTorch(null, y)).Select(value => value != 0), dropped.Select(value => value != 0));
        // Types that our own kernel does not know come this way by themselves.
        if (type == ScalarType.Float16)
            Assert.Equal(Numbers(sum), Numbers(Dropout.Sum(x, y, dropout)));
    }

    /// <summary>With all of it dropped the line goes on as it came, but for norms that stand on it.</summary>
    private static void AssertNothingIsAdded(ModelSpec spec, string stack, BlockSpec blockSpec)
    {
        using var scope = NewDisposeScope();
        using var factory = new ParameterFactory(spec, seed: 3);
        using var tables = new RotaryTables(spec.ContextLength, CPU);
        var block = new Block(blockSpec, ModelParameters.Block(stack, 0), factory, tables);
        Tensor x = randn([2, 8, spec.HiddenSize], generator: new Generator(1, CPU)), memory = randn([2, 5, spec.HiddenSize], generator: new Generator(2, CPU));
        Tensor? read = blockSpec.CrossAttention is null ? null : memory;
        Tensor expected = x;
        if (blockSpec.Placement == NormPlacement.Post)
            for (int norm = 0; norm < (read is null ? 2 : 3); norm++)
                expected = nn.functional.layer_norm(expected, [spec.HiddenSize], eps: blockSpec.AttentionNorm.Epsilon);
        Pairs pairs = default;
        Assert.True(Distance(block.Forward(x, read, pairs)) > 100 * Rounding, "the block adds nothing anyway");
        Assert.InRange(Distance(block.Forward(x, read, pairs with { Dropout = Dropout.Of(NearlyAll, 1, 2) })), 0, Rounding);
        foreach (TrainableParameter parameter in factory.Made)
            parameter.Tensor.Dispose();

        double Distance(Tensor y) => (y - expected).abs().max().item<float>();
    }

    private static ModelSpec Spec(string family) => Derivation.ToSpec(Derivation.Resolve(new()
    {
        Model = new() { Architecture = family, Layers = 2, Width = 24, Heads = 4, Inner = 48, Context = 16 },
    }).Recipe.Model, 61);

    private static float[] Numbers(Tensor tensor) => tensor.detach().to(ScalarType.Float32).contiguous().data<float>().ToArray();
}
