using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Objectives;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Modules;

public class RoutingTests
{
    /// <summary>fp32 sums of some dozens of numbers below one.</summary>
    private const double Tolerance = 1e-6;

    [Theory]
    [InlineData(0.5, 0, false)]
    [InlineData(0, 0.3, false)]
    [InlineData(0.5, 0.3, true)]
    public void Costs_and_gradients_equal_the_formulas_by_autograd(double balance, double z, bool padded)
    {
        const int Tokens = 14, Experts = 5, Chosen = 2;
        const double Weight = 0.1;
        using var scope = NewDisposeScope();
        Tensor values = randn([Tokens, Experts], generator: new Generator(2, CPU)), upstream = randn([Tokens, Experts], generator: new Generator(3, CPU));
        Tensor scores = values.clone().requires_grad_(), plain = values.clone().requires_grad_();
        Tensor chosen = values.topk(Chosen, -1).indexes;
        bool[] meaningful = [.. Enumerable.Range(0, Tokens).Select(n => !padded || n % 3 != 0)];
        var losses = new RoutingLosses(new(balance, z), targets: 7, Weight);

        Tensor attached = losses.Attach(scores, chosen, padded ? tensor(meaningful) : null);
        (attached * upstream).sum().backward();

        // As in Mixtral's code: shares of each choice by one-hot vectors, over the tokens that mean something.
        Tensor kept = tensor(meaningful).nonzero().squeeze(1), own = plain.index_select(0, kept);
        Tensor shares = nn.functional.one_hot(chosen.index_select(0, kept), Experts).to(ScalarType.Float32).mean([0]); // [C, E]
        Tensor load = (shares * own.softmax(-1).mean([0]).unsqueeze(0)).sum() * (double)Experts;
        Tensor cost = (load * balance) + (own.exp().sum(-1).log().square().mean() * z);
        ((plain * upstream).sum() + (cost * (7 * Weight))).backward();

        Assert.Equal(7 * cost.item<float>(), losses.Sum, 1e-5);
        Assert.True((scores.grad! - plain.grad!).abs().max().item<float>() < Tolerance);
        Assert.True((values - attached.detach()).abs().max().item<float>() == 0);
    }

    [Fact]
    public void Balance_costs_least_where_all_experts_are_chosen_equally_often()
    {
        using var scope = NewDisposeScope();
        double Cost(Tensor scores)
        {
            var losses = new RoutingLosses(new(1, 0), 1, 1);
            losses.Attach(scores.requires_grad_(), scores.argmax(-1, keepdim: true), null);
            return losses.Sum;
        }
        Assert.Equal(1, Cost(eye(4) * 1.0), 1e-6);
        Assert.True(Cost(eye(4).index_select(0, tensor(new long[] { 0, 0, 1, 2 }))) > 1.01);
    }

    [Theory]
    [InlineData("experts, softmax before")]
    [InlineData("experts, softmax after")]
    [InlineData("experts, gated shared")]
    [InlineData("like gpt-oss")]
    public void The_gradient_of_a_router_is_that_of_the_loss_that_is_returned(string name)
    {
        ModelSpec spec = MechanismSpecs.All[name];
        using TrainableModel model = SampleInput.RandomModel(spec).Model;
        var random = new Random(5);
        long[] ids = [.. Enumerable.Range(0, 2 * 13).Select(_ => random.NextInt64(spec.VocabularySize))];
        TrainingBatch batch = CausalWindows.Split(ids, 2, 12);
        double weight = 1.0 / batch.TargetCount;
        var options = new TokenLossOptions { LoadBalance = 2, RouterZLoss = 0.5 };
        using var scope = NewDisposeScope();
        Assert.True(TokenLoss.ForwardBackward(model, batch, Precision.Float32, weight, options) > TokenLoss.Loss(model, batch, Precision.Float32) + (batch.TargetCount * 0.5));
        (TrainableParameter, Tensor)[] routers = [.. model.Parameters.Where(parameter => parameter.Name.EndsWith("router.weight", StringComparison.Ordinal))
            .Select(parameter => (parameter, parameter.Tensor.grad!.clone()))];
        foreach ((TrainableParameter router, Tensor gradient) in routers)
        {
            Tensor direction = rand(router.Tensor.shape, generator: new Generator(4, CPU)).Plus(-0.5).detach();
            double At(double step)
            {
                using (no_grad())
                    router.Tensor.PlusInPlace(direction.Times(step));
                double loss = TokenLoss.ForwardBackward(model, batch, Precision.Float32, weight, options) * weight;
                using (no_grad())
                    router.Tensor.PlusInPlace(direction.Times(-step));
                return loss;
            }
            // Small enough that no token chooses another expert, large enough for losses in fp32, which are 1e-7 apart.
            const double Step = 2e-4, QuotientTolerance = 5e-3;
            double expected = (At(Step) - At(-Step)) / (2 * Step), actual = (gradient * direction).sum().item<float>();
            Assert.True(Math.Abs(expected - actual) < QuotientTolerance * Math.Max(1, Math.Abs(expected)), $"{router.Name}: {expected} expected, {actual} found");
        }
    }

    [Fact]
    public void The_router_z_loss_does_not_depend_on_how_a_batch_is_split()
    {
        ModelSpec spec = MechanismSpecs.All["experts, softmax after"];
        using TrainableModel whole = SampleInput.RandomModel(spec).Model, split = SampleInput.RandomModel(spec).Model;
        var random = new Random(5);
        TrainingBatch batch = CausalWindows.Split([.. Enumerable.Range(0, 4 * 13).Select(_ => random.NextInt64(spec.VocabularySize))], 4, 12);
        double weight = 1.0 / batch.TargetCount;
        var options = new TokenLossOptions { RouterZLoss = 0.5 };
        using var scope = NewDisposeScope();
        double loss = TokenLoss.ForwardBackward(whole, batch, Precision.Float32, weight, options);
        double sum = Enumerable.Range(0, 4).Sum(row => TokenLoss.ForwardBackward(split, batch.Slice(row, 1), Precision.Float32, weight, options));
        Assert.Equal(loss, sum, 1e-3);
        foreach ((TrainableParameter a, TrainableParameter b) in whole.Parameters.Zip(split.Parameters))
            Assert.True((a.Tensor.grad! - b.Tensor.grad!).abs().max().item<float>() < 5 * Tolerance * Math.Max(1, a.Tensor.grad!.abs().max().item<float>()), a.Name);
    }
}
